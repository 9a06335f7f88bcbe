import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../base/index.ts';
import { seededRandom } from '../rows/random.ts';
import { contributionsAgainst } from '../trees/contributions-against.ts';
import { expectedOf, modelBytes, rowsOf } from '../trees/fixtures.testing.ts';
import { boostedSums } from '../trees/predict.ts';
import { readBoostedModel } from '../trees/read-model.ts';
import { contributionsByColumn } from './by-column.ts';
import { type Explanations, readExplanations, writeExplanations } from './document.ts';
import { heldOutFacts } from './held-out-facts.ts';
import { rangesOf } from './ranges.ts';
import { outsideOf, trustOf } from './trust.ts';

const bare: Explanations = {
  format: 'linnet-explanations',
  version: 1,
  task: 'regression',
  featureCount: 1,
  columns: null,
  means: null,
  ranges: null,
  calibration: null,
  conformal: null,
};

/** Standard normal numbers. */
function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

test('Intervals of 95 % hold 95 % of new labels, over many data sets', () => {
  const seeds = 200;
  const [heldOut, fresh] = [100, 200];
  let held = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const normal = normals(seed);
    // A model that is wrong by half, of labels whose spread grows: nothing of this is known to the intervals.
    const draw = (): { prediction: number; label: number } => {
      const x = normal();
      return { prediction: 0.5 * x, label: x + (0.2 + Math.abs(x)) * normal() };
    };
    const rows = Array.from({ length: heldOut }, draw);
    const facts = heldOutFacts({
      from: 'validation',
      task: 'regression',
      outputCount: 1,
      scores: Float64Array.from(rows, ({ prediction }) => prediction),
      labels: Float64Array.from(rows, ({ label }) => label),
      linked: false,
    });
    const explanations = { ...bare, ...facts };
    for (let i = 0; i < fresh; i += 1) {
      const { prediction, label } = draw();
      const { interval } = trustOf(explanations, Float64Array.of(prediction), prediction);
      assert.equal(interval!.level, 0.95);
      held += Number(interval!.low <= label && label <= interval!.high);
    }
  }
  const coverage = held / (seeds * fresh);
  // Split conformal promises 0.95 to 0.95 + 1/101; the standard error of 200 sets is 0.0016.
  assert.ok(coverage > 0.945 && coverage < 0.965, `${coverage}`);
});

test('Sets of 95 % hold 95 % of new classes, and probabilities are mended where the model is too sure', () => {
  const seeds = 100;
  const [heldOut, fresh] = [400, 200];
  let held = 0;
  let mended = 0;
  let own = 0;
  let best = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const normal = normals(seed);
    const random = seededRandom(seed + 1000);
    // The score is four times the true log-odds.
    const draw = (): { score: number; label: number } => {
      const x = normal();
      return { score: 4 * x, label: Number(random() < 1 / (1 + Math.exp(-x))) };
    };
    const rows = Array.from({ length: heldOut }, draw);
    const facts = heldOutFacts({
      from: 'validation',
      task: 'binary',
      outputCount: 1,
      scores: Float64Array.from(rows, ({ score }) => score),
      labels: Float64Array.from(rows, ({ label }) => label),
      linked: true,
    });
    const explanations: Explanations = { ...bare, task: 'binary', ...facts };
    const loss = (probability: number, label: number): number => -Math.log(label === 1 ? probability : 1 - probability);
    for (let i = 0; i < fresh; i += 1) {
      const { score, label } = draw();
      const { set, probability } = trustOf(explanations, Float64Array.of(score), Number.NaN);
      held += Number(set!.classes.includes(label));
      mended += loss(probability!.value as number, label);
      own += loss(1 / (1 + Math.exp(-score)), label);
      best += loss(1 / (1 + Math.exp(-score / 4)), label);
    }
  }
  const coverage = held / (seeds * fresh);
  assert.ok(coverage > 0.945 && coverage < 0.965, `${coverage}`);
  // Nothing is better than the probabilities that the labels were drawn with.
  assert.ok(mended < 1.02 * best && best < 0.7 * own, `${mended} of ${own}, at best ${best}`);
});

test('Sets hold their level where rows have one of two scores, whose last digits are lost on the way', () => {
  const random = seededRandom(7);
  for (let seed = 0; seed < 20; seed += 1) {
    const size = 1 + 1.5 * random();
    const draw = (): { score: number; label: number } => {
      const score = random() < 0.5 ? -size : size;
      return { score, label: Number(random() < 1 / (1 + Math.exp(-score))) };
    };
    const rows = Array.from({ length: 400 }, draw);
    const facts = heldOutFacts({
      from: 'validation',
      task: 'binary',
      outputCount: 1,
      scores: Float64Array.from(rows, ({ score }) => score),
      labels: Float64Array.from(rows, ({ label }) => label),
      linked: true,
    });
    const written = new TextEncoder().encode(writeExplanations({ ...bare, task: 'binary', ...facts }));
    const explanations = readExplanations(written, 'x.json');
    const held = rows.filter(({ score, label }) => {
      // What a sum of contributions in single precision makes of it.
      const { set } = trustOf(explanations, Float64Array.of(score * (1 + 2e-7)), Number.NaN);
      return set!.classes.includes(label);
    });
    assert.ok(held.length >= 0.95 * rows.length, `${held.length} of ${rows.length}`);
  }
});

test('A model that is well calibrated keeps its own probabilities', () => {
  const normal = normals(5);
  const random = seededRandom(6);
  const scores = Float64Array.from({ length: 2000 }, () => 2 * normal());
  const labels = scores.map((score) => Number(random() < 1 / (1 + Math.exp(-score))));
  const held = { from: 'validation', task: 'binary', outputCount: 1, scores, labels, linked: true } as const;
  assert.equal(heldOutFacts(held).calibration, null);
});

test('Two columns of one name keep their own contributions, and features of one column are summed', () => {
  const parts = { baselines: Float64Array.of(1), values: Float64Array.of(2, -4, 1, 0.5) };
  const columns = { columns: [{ name: 'a' }, { name: 'a' }, { name: 'b' }], placeOf: [0, 1, 2, 2] };
  assert.deepEqual(contributionsByColumn(parts, 0, columns), [
    { column: 'a', value: -4 },
    { column: 'a', value: 2 },
    { column: 'b', value: 1.5 },
  ]);
});

test('Ranges name no extreme of a single row, and notes say what lies beyond them', () => {
  const column = Float64Array.from({ length: 100 }, (_, row) => row);
  const ranges = rangesOf(100, 1, () => column, false);
  assert.deepEqual(ranges, { rows: 100, beyond: 4, low: [4], high: [95] });
  assert.deepEqual(
    rangesOf(100, 1, () => column, true),
    { rows: 100, beyond: 0, low: [0], high: [99] },
  );
  assert.equal(
    rangesOf(19, 1, () => column.slice(0, 19), false),
    null,
  );
  const missing = Float64Array.from({ length: 100 }, (_, row) => (row < 3 ? row : Number.NaN));
  assert.deepEqual(
    rangesOf(100, 1, () => missing, false),
    { rows: 100, beyond: 4, low: [null], high: [null] },
  );
  const explanations = { ...bare, ranges };
  assert.deepEqual(
    outsideOf(explanations, () => 96),
    [{ feature: 0, value: 96, low: 4, high: 95 }],
  );
  for (const inside of [4, 95, Number.NaN])
    assert.deepEqual(
      outsideOf(explanations, () => inside),
      [],
    );
});

test('Against given rows, contributions of trees are the Shapley values that all orders of columns give', () => {
  for (const file of ['binary-logistic.ubj', 'multi-softprob.ubj', 'dart.ubj', 'categories.ubj', 'linear.ubj']) {
    const model = readBoostedModel(modelBytes(file));
    const { featureCount: d, groupCount: K } = model;
    const { features } = rowsOf(expectedOf(file).expected);
    const row = (at: number): Float32Array => features.slice(at * d, (at + 1) * d);
    // A linear model takes what is missing for 0, and so is tried on whole rows.
    const full = (at: number): Float32Array => row(at).map((value) => (Number.isNaN(value) ? 0.5 : value));
    const [x, ...others] = (file === 'linear.ubj' ? [0, 1, 2].map(full) : [0, 1, 2].map(row)) as [
      Float32Array,
      ...Float32Array[],
    ];
    const block = (rows: readonly Float32Array[]) => ({
      rowCount: rows.length,
      featureCount: d,
      features: Float32Array.from(rows.flatMap((each) => Array.from(each))),
    });
    const { values, width } = contributionsAgainst(model, block([x]), block(others));
    const sums = (known: number): Float32Array => {
      const mixed = others.map((other) => other.map((value, j) => (known & (1 << j) ? x[j]! : value)));
      const { values: all } = boostedSums(model, block(mixed));
      return Float32Array.from(
        { length: K },
        (_, k) => all.filter((_, at) => at % K === k).reduce((sum, v) => sum + v, 0) / others.length,
      );
    };
    const worth = Array.from({ length: 1 << d }, (_, known) => sums(known));
    const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
    for (let k = 0; k < K; k += 1) {
      assert.ok(Math.abs(values[k * (d + 1) + d]! - worth[0]![k]!) < 1e-4, `${file}: baseline`);
      for (let j = 0; j < d; j += 1) {
        let expected = 0;
        for (let known = 0; known < 1 << d; known += 1) {
          if (known & (1 << j)) continue;
          const size = known.toString(2).replaceAll('0', '').length;
          const share = (factorial(size) * factorial(d - size - 1)) / factorial(d);
          expected += share * (worth[known | (1 << j)]![k]! - worth[known]![k]!);
        }
        assert.ok(
          Math.abs(values[k * (d + 1) + j]! - expected) < 1e-4,
          `${file}: ${values[k * (d + 1) + j]} for ${expected}`,
        );
      }
    }
    assert.equal(width, K * (d + 1));
  }
});

test('The document is read as it was written, and a damaged one is refused by its place', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const ranges = { rows: 20, beyond: 4, low: [null], high: [1 / 3] };
  const read = readExplanations(encode(writeExplanations({ ...bare, ranges })), 'x.json');
  assert.deepEqual(read.ranges, { ...ranges, high: [0.3333333333] });
  for (const [text, because] of [
    ['{', /"x.json" is not valid JSON/],
    ['{}', /"format" is not "linnet-explanations"/],
    [JSON.stringify({ ...bare, version: 2 }), /has version 2; this Linnet reads version 1/],
    [JSON.stringify({ ...bare, means: 3 }), /"means" is no list/],
    [JSON.stringify({ ...bare, featureCount: 0 }), /"featureCount" is 0/],
    [JSON.stringify({ ...bare, calibration: {} }), /"calibration.map" has no "kind"/],
  ] as const)
    assert.throws(
      () => readExplanations(encode(text), 'x.json'),
      (error) => error instanceof DataError && because.test(error.message),
    );
});
