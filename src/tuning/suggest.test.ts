import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Question, Strategy, Tried } from './question.ts';
import { autoScale, combinationCount, placeOf, type Scale, type Space, valuesAt } from './space.ts';
import { suggest } from './suggest.ts';

const number = (name: string, min: number, max: number, scale: Scale = 'linear'): Space[number] => ({
  name,
  kind: 'continuous',
  min,
  max,
  scale,
});

/** Runs a search of so many trials, one after the other, and gives its best loss. */
function searched(question: Omit<Question, 'tried'>, trials: number, lossOf: (values: any) => number): number {
  const tried: Tried[] = [];
  for (let count = 0; count < trials; count += 1) {
    const values = suggest({ ...question, tried });
    if (values === undefined) break;
    tried.push({ values, loss: lossOf(values) });
  }
  return Math.min(...tried.map(({ loss = Number.POSITIVE_INFINITY }) => loss));
}

const meanOver = (seeds: number, of: (seed: number) => number): number =>
  Array.from({ length: seeds }, (_, seed) => of(seed)).reduce((sum, each) => sum + each, 0) / seeds;

const mixed: Space = [
  number('rate', 1e-5, 1, 'logarithmic'),
  { name: 'depth', kind: 'integer', min: 1, max: 12, scale: 'linear' },
  { name: 'kind', kind: 'categorical', values: ['a', 'b', 'c'] },
];
const mixedLoss = ({ rate, depth, kind }: Record<string, string>): number =>
  (Math.log10(Number(rate)) + 2.3) ** 2 + 0.1 * (Number(depth) - 7) ** 2 + { a: 1, b: 0, c: 3 }[kind as 'a']!;

test('Values lie within their ranges, whatever strategy, scale and place they come from', () => {
  const scale = fc.constantFrom<Scale>('linear', 'logarithmic', 'reverse-logarithmic');
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(scale, share, share, share, fc.boolean(), (kind, one, other, at, isInteger) => {
      const integer = isInteger && kind !== 'reverse-logarithmic';
      const ends = kind === 'reverse-logarithmic' ? [one * 0.99, other * 0.99] : [1e-6 + 100 * one, 1e-6 + 100 * other];
      const [min, max] = ends.map((end) => (integer ? Math.ceil(end) : end)).sort((a, b) => a - b) as [number, number];
      const space: Space = [{ name: 'x', kind: integer ? 'integer' : 'continuous', min, max, scale: kind }];
      const values = valuesAt(space, Float64Array.of(at));
      const value = Number(values.x);
      assert.ok(value >= min && value <= max, `${value} of ${min} to ${max}`);
      if (integer) assert.ok(Number.isInteger(value));
      // What was tried is found again where it was.
      assert.deepEqual(valuesAt(space, placeOf(space, values)!), values);
    }),
  );
});

test('A logarithmic scale draws each order of magnitude as often, a reverse one nears its upper end', () => {
  const shareBelow = (space: Space, limit: number): number => {
    const tried: Tried[] = [];
    for (let count = 0; count < 400; count += 1)
      tried.push({ values: suggest({ strategy: 'Random', space, seed: 5, tried })!, loss: 0 });
    return tried.filter(({ values }) => Number(values.x) < limit).length / tried.length;
  };
  assert.ok(Math.abs(shareBelow([number('x', 1e-4, 1, 'logarithmic')], 1e-2) - 0.5) < 0.08);
  assert.ok(Math.abs(shareBelow([number('x', 0, 0.9999, 'reverse-logarithmic')], 0.99) - 0.5) < 0.08);
  assert.ok(Math.abs(shareBelow([number('x', 0, 1)], 0.5) - 0.5) < 0.08);
  assert.equal(autoScale(1e-7, 1), 'logarithmic');
  assert.equal(autoScale(0.1, 0.5), 'linear');
  assert.equal(autoScale(0, 1000), 'linear');
});

for (const strategy of ['Random', 'Bayesian', 'Hyperband'] as const satisfies Strategy[]) {
  test(`${strategy} gives the same trials for the same seed and others for another, and none twice`, () => {
    const run = (seed: number): string => {
      const tried: Tried[] = [];
      for (let count = 0; count < 12; count += 1) {
        const values = suggest({ strategy, space: mixed, seed, tried })!;
        tried.push({ values, loss: mixedLoss(values) });
      }
      assert.equal(new Set(tried.map(({ values }) => JSON.stringify(values))).size, 12);
      return JSON.stringify(tried);
    };
    assert.equal(run(3), run(3));
    assert.notEqual(run(3), run(4));
  });

  test(`${strategy} tries each combination of a small space once and then has none`, () => {
    const space: Space = [
      { name: 'n', kind: 'integer', min: 1, max: 3, scale: 'linear' },
      { name: 'kind', kind: 'categorical', values: ['a', 'b'] },
    ];
    const tried: Tried[] = [];
    for (let values = suggest({ strategy, space, seed: 1, tried }); values !== undefined; ) {
      tried.push({ values, loss: Number(values.n) });
      values = suggest({ strategy, space, seed: 1, tried });
    }
    assert.equal(combinationCount(space), 6);
    assert.equal(new Set(tried.map(({ values }) => JSON.stringify(values))).size, 6);
    assert.equal(tried.length, 6);
  });
}

test('A grid goes through all combinations in order', () => {
  const space: Space = [
    { name: 'a', kind: 'categorical', values: ['1', '2'] },
    { name: 'b', kind: 'categorical', values: ['x', 'y', 'z'] },
  ];
  const seen: string[] = [];
  const tried: Tried[] = [];
  for (;;) {
    const values = suggest({ strategy: 'Grid', space, seed: 0, tried });
    if (values === undefined) break;
    seen.push(`${values.a}${values.b}`);
    tried.push({ values });
  }
  assert.deepEqual(seen, ['1x', '1y', '1z', '2x', '2y', '2z']);
});

test('Bayesian search finds the minimum of published functions where random search is far from it', () => {
  const branin = ({ x, y }: { x: string; y: string }): number => {
    const [u, v] = [Number(x), Number(y)];
    const bowl = v - (5.1 * u * u) / (4 * Math.PI ** 2) + (5 * u) / Math.PI - 6;
    return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(u) + 10;
  };
  const space = [number('x', -5, 10), number('y', 0, 15)];
  const best = (strategy: Strategy): number => meanOver(3, (seed) => searched({ strategy, space, seed }, 30, branin));
  const [bayesian, random] = [best('Bayesian'), best('Random')];
  // The minimum is 0.397887.
  assert.ok(bayesian < 0.45, `${bayesian}`);
  assert.ok(random > 0.8, `${random}`);
});

test('Bayesian search handles magnitudes, whole numbers and categories together', () => {
  assert.ok(meanOver(3, (seed) => searched({ strategy: 'Bayesian', space: mixed, seed }, 25, mixedLoss)) < 0.02);
});

test('Trials that run are not repeated, and those that failed keep the search away', () => {
  const space = [number('x', 0, 1)];
  const tried: Tried[] = [0.1, 0.3, 0.5, 0.7, 0.9].map((x) => ({ values: { x: String(x) }, loss: (x - 0.55) ** 2 }));
  const places: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    const values = suggest({ strategy: 'Bayesian', space, seed: 1, tried })!;
    places.push(Number(values.x));
    tried.push({ values });
  }
  const sorted = [...places].sort((left, right) => left - right);
  for (const [at, place] of sorted.slice(1).entries()) assert.ok(place - sorted[at]! > 1e-4, `${sorted}`);
  const failing: Tried[] = [
    ...[0.05, 0.2, 0.35, 0.5].map((x) => ({ values: { x: String(x) }, loss: 1 - x })),
    ...[0.6, 0.7, 0.8, 0.9, 0.99].map((x) => ({ values: { x: String(x) }, failed: true })),
  ];
  const next = Number(suggest({ strategy: 'Bayesian', space, seed: 1, tried: failing })!.x);
  assert.ok(next < 0.6, `${next}`);
});

test('Results of earlier searches save the search its first look around', () => {
  const space = [number('x', 0, 1), number('y', 0, 1)];
  const lossOf = ({ x, y }: Record<string, string>) => (Number(x) - 0.3) ** 2 + (Number(y) - 0.8) ** 2;
  const earlier: Tried[] = [];
  for (let count = 0; count < 20; count += 1) {
    const values = suggest({ strategy: 'Random', space, seed: 9, tried: earlier })!;
    earlier.push({ values, loss: lossOf(values) });
  }
  const bestOfThree = (list: Tried[], sameScale: boolean): number =>
    meanOver(5, (seed) => searched({ strategy: 'Bayesian', space, seed, earlier: [list], sameScale }, 3, lossOf));
  const without = bestOfThree([], true);
  assert.ok(bestOfThree(earlier, true) < without / 100);
  // Of other data it is known which values were good there, and nothing of the size of losses here.
  const onOtherData = earlier.map(({ values, loss = 0 }) => ({ values, loss: 1000 + 50 * loss }));
  assert.ok(bestOfThree(onOtherData, false) < without / 10);
});

test('Losses that are not finite, and places outside of the space, are no obstacle', () => {
  const space = [number('x', 0, 1)];
  const tried: Tried[] = [
    { values: { x: '0.1' }, loss: Number.POSITIVE_INFINITY },
    { values: { x: '0.2' }, loss: Number.NaN },
    { values: { x: '7' }, loss: 3 },
    { values: { y: '1' }, loss: 2 },
    { values: { x: 'abc' }, loss: 2 },
    ...[0.3, 0.5, 0.7, 0.9].map((x) => ({ values: { x: String(x) }, loss: 1 })),
  ];
  const value = Number(suggest({ strategy: 'Bayesian', space, seed: 1, tried })!.x);
  assert.ok(value >= 0 && value <= 1);
});
