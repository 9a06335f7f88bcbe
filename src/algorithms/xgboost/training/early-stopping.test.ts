import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlyStopping } from './early-stopping.ts';

const of = (metric: string, value: number) => [
  { of: 'train', metric, value: 0 },
  { of: 'validation', metric, value },
];

/** The round after which it ends, and the best one. */
function ended(stopping: ReturnType<typeof earlyStopping>, metric: string, values: readonly number[], first = 0) {
  const at = values.findIndex((value, i) => stopping.after(first + i, of(metric, value)));
  return { after: at < 0 ? undefined : first + at, best: stopping.best };
}

test('It ends so many rounds after the best, of a loss and of a score', () => {
  assert.deepEqual(ended(earlyStopping(2), 'rmse', [3, 2, 2, 2.5, 1]), { after: 3, best: { round: 1, score: 2 } });
  assert.deepEqual(ended(earlyStopping(2), 'auc', [0.5, 0.7, 0.6, 0.8]), {
    after: undefined,
    best: { round: 3, score: 0.8 },
  });
  assert.deepEqual(ended(earlyStopping(2), 'ndcg@5', [0.5, 0.4, 0.3]), { after: 2, best: { round: 0, score: 0.5 } });
});

test('What is no number improves nothing', () => {
  assert.deepEqual(ended(earlyStopping(3), 'rmse', [Number.NaN, 4, Number.NaN]), {
    after: undefined,
    best: { round: 1, score: 4 },
  });
  assert.equal(ended(earlyStopping(2), 'rmse', [Number.NaN, Number.NaN]).after, 1);
});

test('The metric that it is given counts, and rounds of a checkpoint too', () => {
  const stopping = earlyStopping(3, { metric: 'mae', known: { round: 4, score: 1 }, lastRound: 5 });
  assert.equal(stopping.after(6, [...of('mae', 2), ...of('rmse', 0)]), false);
  assert.equal(stopping.after(7, [...of('mae', 2), ...of('rmse', 0)]), true);
  assert.deepEqual(stopping.best, { round: 4, score: 1 });
});
