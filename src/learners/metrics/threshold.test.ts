import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeSettings } from '../linear-learner/fit.testing.ts';
import type { LinearLearnerSettings } from '../linear-learner/settings.ts';
import { bestCut } from './threshold.ts';

const criteria = ['accuracy', 'f_beta', 'precision_at_target_recall', 'recall_at_target_precision'] as const;

interface Reached {
  value: number;
  /** How far the constraint is kept; 0 without one. */
  room: number;
}

/** What a threshold reaches, counted row by row. */
function reached(
  scores: Float32Array,
  labels: Float32Array,
  threshold: number,
  { selection, fBeta, targetRecall, targetPrecision }: LinearLearnerSettings,
): Reached {
  const count = (called: boolean, label: number): number =>
    scores.reduce((sum, score, row) => sum + (score >= threshold === called && labels[row] === label ? 1 : 0), 0);
  const [tp, fp, fn, tn] = [count(true, 1), count(true, 0), count(false, 1), count(false, 0)];
  const precision = tp + fp === 0 ? 0 : tp / (tp + fp);
  const recall = tp + fn === 0 ? 0 : tp / (tp + fn);
  if (selection === 'precision_at_target_recall') return { value: precision, room: recall - targetRecall };
  if (selection === 'recall_at_target_precision') return { value: recall, room: precision - targetPrecision };
  if (selection === 'accuracy') return { value: scores.length === 0 ? 0 : (tp + tn) / scores.length, room: 0 };
  const bottom = fBeta ** 2 * precision + recall;
  return { value: bottom === 0 ? 0 : ((1 + fBeta ** 2) * precision * recall) / bottom, room: 0 };
}

// Few distinct scores, so that ties are common.
const rows = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(0, 0.25, 0.5, 0.75, 1), fc.float({ min: -2, max: 3, noNaN: true })),
    fc.constantFrom(0, 1),
  ),
  { maxLength: 25 },
);

for (const selection of criteria) {
  test(`The best cut for ${selection} is as good as any threshold tried by brute force`, () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 0.3, 0.8, 1), fc.constantFrom(0.5, 1, 2), (pairs, target, fBeta) => {
        const settings = makeSettings({ selection, fBeta, targetRecall: target, targetPrecision: target });
        const scores = Float32Array.from(pairs, ([score]) => score);
        const labels = Float32Array.from(pairs, ([, label]) => label);
        const cut = bestCut(scores, labels, settings);
        assert.equal(Math.fround(cut.threshold), cut.threshold, 'a single-precision number');
        const own = reached(scores, labels, cut.threshold, settings);
        assert.ok(Math.abs(own.value - cut.value) < 1e-12, `claims ${cut.value}, reaches ${own.value}`);
        assert.equal(cut.met, own.room >= 0);
        for (const threshold of [...scores, 0.5, 9]) {
          const other = reached(scores, labels, threshold, settings);
          if (other.room >= 0) {
            assert.ok(cut.met, `${threshold} keeps the constraint`);
            assert.ok(other.value <= own.value + 1e-12, `${threshold} reaches ${other.value}, not ${own.value}`);
          } else if (!cut.met) assert.ok(other.room <= own.room + 1e-12, `${threshold} comes nearer`);
        }
      }),
    );
  });
}

const cutOf = (pairs: readonly (readonly [number, number])[], changes: Partial<LinearLearnerSettings> = {}) =>
  bestCut(
    Float32Array.from(pairs, ([score]) => score),
    Float32Array.from(pairs, ([, label]) => label),
    makeSettings(changes),
  );

test('A cut lies in the middle of its gap, and at 0.5 where the gap holds it', () => {
  assert.equal(
    cutOf([
      [0.125, 0],
      [0.375, 1],
    ]).threshold,
    0.25,
  );
  assert.equal(
    cutOf([
      [0.1, 0],
      [0.9, 1],
    ]).threshold,
    0.5,
  );
  assert.equal(
    cutOf([
      [0.1, 0],
      [0.5, 1],
    ]).threshold,
    0.5,
  );
});

test('Of equally good cuts the one nearest to 0.5 wins', () => {
  // Cutting below 0.9 or below 0.6 is right on three of four rows.
  assert.equal(
    cutOf([
      [0.9, 1],
      [0.8, 0],
      [0.6, 1],
      [0.2, 0],
    ]).threshold,
    0.5,
  );
});

test('Labels of one class give a threshold that calls all rows right', () => {
  assert.deepEqual(
    cutOf([
      [0.2, 1],
      [0.3, 1],
    ]),
    { threshold: Math.fround(0.2), value: 1, met: true },
  );
  const none = cutOf([
    [0.7, 0],
    [0.9, 0],
  ]);
  assert.equal(none.value, 1);
  assert.ok(none.threshold > Math.fround(0.9) && none.threshold < 0.9001);
  assert.equal(cutOf([[1, 0]]).threshold > 1, true, 'above a probability of 1');
});

test('A target out of reach is not met, and the nearest cut is taken', () => {
  const cut = cutOf(
    [
      [0.9, 0],
      [0.8, 1],
      [0.7, 0],
    ],
    { selection: 'recall_at_target_precision', targetPrecision: 0.9 },
  );
  assert.equal(cut.met, false);
  assert.equal(cut.value, 1, 'precision 1/2 with both upper rows: the most there is');
});

test('Without rows the threshold is 0.5', () => {
  assert.equal(cutOf([]).threshold, 0.5);
});
