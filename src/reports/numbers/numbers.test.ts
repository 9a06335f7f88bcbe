import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnNumbers } from './columns.ts';
import { precisionRecallOf, rocOf } from './curves.ts';
import { histogram, shownRowsMin } from './histogram.ts';
import { quantile, share } from './intervals.ts';
import { normalQuantile } from './normal-quantile.ts';
import { ranked } from './ranked.ts';
import { subgroupsOf } from './subgroups.ts';
import { confusionAt, wantedOf } from './thresholds.ts';

const near = (found: number | null, wanted: number, tolerance = 1e-12): void =>
  assert.ok(found !== null && Math.abs(found - wanted) <= tolerance, `${found}, not ${wanted}`);

test("A share has Wilson's interval, closed at its ends", () => {
  // Of statsmodels: proportion_confint(8, 10, method='wilson').
  const { low, high } = share(8, 10);
  near(low, 0.490_162_471, 1e-8);
  near(high, 0.943_317_849, 1e-8);
  assert.deepEqual([share(0, 5).low, share(5, 5).high], [0, 1]);
  assert.deepEqual(share(0, 0), { value: 0, low: 0, high: 1 });
});

test('Quantiles are those of the normal distribution and of values', () => {
  near(normalQuantile(0.975), 1.959_963_984_540_054);
  near(normalQuantile(0.001), -3.090_232_306_167_81, 1e-12);
  near(quantile([1, 2, 4, 8], 0.5), 3);
});

const rows = fc.array(fc.tuple(fc.constantFrom(0, 0.1, 0.25, 0.5, 0.5, 0.9, 1), fc.constantFrom(0, 1)), {
  minLength: 1,
  maxLength: 40,
});
const scoresOf = (pairs: readonly (readonly number[])[]) => Float64Array.from(pairs, ([score]) => score!);
const labelsOf = (pairs: readonly (readonly number[])[]) => Float64Array.from(pairs, ([, label]) => label!);

test('Counts and areas are those of counting row by row, whatever ties there are', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(0, 0.1, 0.3, 0.5, 1, 2), (pairs, threshold) => {
      const all = ranked(scoresOf(pairs), labelsOf(pairs));
      const counts = confusionAt(all, threshold);
      const count = (label: number, called: boolean): number =>
        pairs.filter(([score, own]) => own === label && score >= threshold === called).length;
      assert.deepEqual(counts, {
        threshold,
        truePositive: count(1, true),
        falsePositive: count(0, true),
        falseNegative: count(1, false),
        trueNegative: count(0, false),
      });
      const ones = pairs.filter(([, label]) => label === 1);
      const zeros = pairs.filter(([, label]) => label === 0);
      let won = 0;
      for (const [a] of ones) for (const [b] of zeros) won += a > b ? 1 : a === b ? 0.5 : 0;
      const area = ones.length * zeros.length === 0 ? 0.5 : won / ones.length / zeros.length;
      near(rocOf(all).area.value, area);
      const { averagePrecision } = precisionRecallOf(all);
      assert.ok(averagePrecision >= 0 && averagePrecision <= 1 + 1e-12);
      for (const each of wantedOf(all)) assert.ok(each[each.held].value >= each.wanted, JSON.stringify(each));
    }),
  );
});

test('A bin of fewer than five rows is never shown', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 5, maxLength: 200 }), (list) => {
      const values = Float64Array.from(list);
      const { edges, rows: byClass } = histogram(values, {
        low: -3,
        high: 4,
        binCount: 12,
        classOf: () => 0,
        classCount: 1,
      });
      assert.equal(edges.length, byClass[0]!.length + 1);
      assert.equal(
        byClass[0]!.reduce((sum, count) => sum + count, 0),
        list.length,
      );
      assert.ok(
        byClass[0]!.every((count) => count === 0 || count >= shownRowsMin),
        String(byClass),
      );
    }),
  );
});

const column = (values: number[], rowsShown = false) =>
  columnNumbers({
    column: 0,
    name: 'c',
    values: Float64Array.from(values),
    classOf: () => 0,
    classCount: 1,
    rowsShown,
  });

test('Rare values and extremes are hidden until rows are asked for', () => {
  const values = [...Array(20).fill(1), ...Array(10).fill(2), 3, 3, 4, 7, 9];
  assert.deepEqual(column(values).values, [
    { value: 1, rows: [20] },
    { value: 2, rows: [10] },
    { value: null, rows: [5] },
  ]);
  // Fewer than five rows are not shown as the rest either.
  assert.equal(column(values.slice(0, 32)).values!.length, 2);
  assert.equal(column(values).extremes, null);
  assert.deepEqual(column(values, true).extremes, [1, 9]);
  assert.equal(column(values, true).values!.length, 6);
});

test('Groups of fewer than five rows are left out, and small ones are marked', () => {
  const values = Float64Array.from([...Array(40).fill(0), ...Array(8).fill(1), 2, 2, Number.NaN]);
  const found = subgroupsOf({ column: 0, name: 'c' }, values, {
    metric: 'accuracy',
    isShare: true,
    values: values.map((value) => Number(value === 0)),
    positives: undefined,
  });
  assert.deepEqual(
    found?.groups.map(({ group, rows: count, score, small }) => [group, count, score.value, small]),
    [
      [{ value: 0 }, 40, 1, false],
      [{ value: 1 }, 8, 0, true],
    ],
  );
});
