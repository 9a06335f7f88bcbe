import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, report } from './scores.ts';

test('A report counts each cell of the confusion matrix and ranks ties as half', () => {
  const of = report([1, 1, 0, 0, 0], [0.9, 0.4, 0.4, 0.6, 0.1], 0.5);
  assert.deepEqual(of.confusion, { truePositive: 1, falsePositive: 1, trueNegative: 2, falseNegative: 1 });
  assert.equal(of.accuracy, 3 / 5);
  assert.equal(of.precision, 0.5);
  assert.equal(of.recall, 0.5);
  assert.equal(of.auc, (3 + 1.5) / 6);
  assert.ok(Math.abs(of.meanAbsoluteError - (0.1 + 0.6 + 0.4 + 0.6 + 0.1) / 5) < 1e-12);
});

test('Calling nothing positive gives zeros, not NaN', () => {
  const of = report([1, 0], [0.1, 0.1], 0.5);
  assert.deepEqual([of.precision, of.recall, of.f1], [0, 0, 0]);
});

test('The median of an even count is the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});
