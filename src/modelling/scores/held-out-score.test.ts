import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnderCurve } from './area-under-curve.ts';
import { heldOutScore, wilson } from './held-out-score.ts';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test("Wilson's interval is that of statsmodels", () => {
  // statsmodels.stats.proportion.proportion_confint(17, 569, method='wilson')
  const { low, high } = wilson(17, 569);
  near(low, 0.018735999084783593);
  near(high, 0.04732321893794498);
  assert.equal(wilson(0, 10).low, 0);
});

test('The area under the curve counts pairs, ties by half', () => {
  const labels = Float64Array.of(0, 0, 1, 1);
  assert.equal(areaUnderCurve(labels, Float64Array.of(0.1, 0.4, 0.35, 0.8)), 0.75);
  assert.equal(areaUnderCurve(labels, Float64Array.of(1, 1, 1, 1)), 0.5);
  assert.ok(Number.isNaN(areaUnderCurve(Float64Array.of(1, 1), Float64Array.of(0, 1))));
});

test('A score has its error, that of the rule without columns, and the loss', () => {
  const binary = heldOutScore('binary', 2, {
    labels: Float64Array.of(0, 0, 1, 1),
    predictions: Float64Array.of(0, 1, 1, 1),
    probabilities: Float64Array.of(0.2, 0.6, 0.7, 0.9),
    baseline: new Float64Array(4),
  });
  assert.deepEqual([binary.error.value, binary.baselineError], [0.25, 0.5]);
  near(binary.loss, -(Math.log(0.8) + Math.log(0.4) + Math.log(0.7) + Math.log(0.9)) / 4);
  near(binary.metrics.precision!, 2 / 3);
  near(binary.metrics.recall!, 1);
  // Of one class there is no area, and none of the other is found.
  const rows = { labels: Float64Array.of(0, 0), predictions: Float64Array.of(0, 0), baseline: Float64Array.of(0, 0) };
  const one = heldOutScore('binary', 2, { ...rows, probabilities: Float64Array.of(0.1, 0.2) });
  assert.deepEqual(Object.keys(one.metrics), ['accuracy', 'log_loss']);
  assert.equal(one.error.low, 0);
  const values = heldOutScore('regression', 0, {
    labels: Float64Array.of(1, 2, 3, 4),
    predictions: Float64Array.of(1, 2, 3, 6),
    probabilities: undefined,
    baseline: new Float64Array(4).fill(2),
  });
  near(values.metrics.rmse!, 1);
  near(values.metrics.r2!, 1 - 4 / 5);
  assert.deepEqual([values.error.value, values.baselineError], [0.5, 1]);
});
