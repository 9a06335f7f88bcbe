import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addProduct, addTo, type DoubleDouble } from '../linear-algebra/double-double.ts';
import { type LeastSquaresRows, leastSquares } from './least-squares.ts';

interface NistSet {
  name: string;
  degree: number;
  intercept?: boolean;
  x: number[] | number[][];
  y: number[];
  certified: number[];
}

const root = new URL('../../../../', import.meta.url);
const { sets } = JSON.parse(readFileSync(new URL('test/fixtures/exact/nist.json', root), 'utf8')) as {
  sets: NistSet[];
};

/** Powers are made in double-double when `exact`, else rounded as a table of them would have them. */
function rowsOf({ x, y, degree, intercept }: NistSet, exact: boolean): LeastSquaresRows {
  const cells: DoubleDouble[] = x.flatMap((value) => {
    if (typeof value !== 'number') return value.map((high) => ({ high, low: 0 }));
    const powers: DoubleDouble[] = [{ high: value, low: 0 }];
    for (let power = 2; power <= degree; power += 1) {
      const next = { high: 0, low: 0 };
      addProduct(next, powers[power - 2].high, value);
      addProduct(next, powers[power - 2].low, value);
      powers.push(next);
    }
    return powers;
  });
  return {
    x: Float64Array.from(cells, ({ high }) => high),
    xLow: exact ? Float64Array.from(cells, ({ low }) => low) : undefined,
    labels: Float64Array.from(y),
    rowCount: y.length,
    featureCount: cells.length / y.length,
    useBias: intercept !== false,
  };
}

/** Digits in which the worst coefficient agrees. */
function digits(set: NistSet, exact = false): number {
  const fit = leastSquares(rowsOf(set, exact));
  assert.ok(fit !== undefined);
  assert.deepEqual(fit.dependent, []);
  const found = set.intercept === false ? [...fit.weights] : [fit.bias, ...fit.weights];
  return Math.min(...found.map((value, at) => -Math.log10(Math.max(1e-16, Math.abs(value / set.certified[at] - 1)))));
}

for (const set of sets) {
  if (set.name === 'Filip') continue;
  test(`NIST's ${set.name} agrees with its certified coefficients in 12 digits`, () => {
    const agreed = digits(set);
    assert.ok(agreed >= 12, `${agreed} digits`);
  });
}

test("NIST's Filip agrees in 9 digits from exact powers, and in the 7.6 that its powers have when rounded to doubles", () => {
  // 7.655 is what a solution in rational numbers of the rounded powers has.
  const filip = sets.find(({ name }) => name === 'Filip')!;
  const [exact, rounded] = [digits(filip, true), digits(filip)];
  assert.ok(exact >= 9, `${exact} digits`);
  assert.ok(Math.abs(rounded - 7.655) < 0.1, `${rounded} digits`);
});

test('A column that depends on others gets weight 0, and the fit is the same', () => {
  const x = Float64Array.of(1, 2, 2, 4, 3, 6, 5, 10, 9, 18);
  const fit = leastSquares({
    x,
    labels: Float64Array.of(3, 5, 7, 11, 19),
    rowCount: 5,
    featureCount: 2,
    useBias: true,
  })!;
  assert.deepEqual(fit.dependent, [1]);
  assert.ok(Math.abs(fit.weights[0] - 2) < 1e-14 && fit.weights[1] === 0 && Math.abs(fit.bias - 1) < 1e-14);
});

test('Fewer rows than parameters have no least squares here', () => {
  const fit = leastSquares({
    x: Float64Array.of(1, 2),
    labels: Float64Array.of(1),
    rowCount: 1,
    featureCount: 2,
    useBias: true,
  });
  assert.equal(fit, undefined);
});

test('Double-double sums keep what doubles lose', () => {
  const sum = { high: 0, low: 0 };
  addProduct(sum, 1 + 2 ** -30, 1 + 2 ** -30);
  addTo(sum, -1);
  addTo(sum, -(2 ** -29));
  assert.equal(sum.high, 2 ** -60);
});
