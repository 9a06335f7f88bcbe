import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linearLearnerMetrics } from './metric-definitions.ts';

/** The definitions that find something in a line, with what they find. */
const found = (line: string): string[] =>
  linearLearnerMetrics.flatMap(({ name, regex }) => {
    const [, value] = new RegExp(regex).exec(line) ?? [];
    return value === undefined ? [] : [`${name} ${value}`];
  });

test("A definition finds its own line of the original's log and no other", () => {
  const quality = '[11/02/2021 10:00:00 INFO 1] #quality_metric: host=algo-1,';
  assert.deepEqual(found(`${quality} epoch=0, train absolute_loss_objective <loss>=0.9`), ['train:objective_loss 0.9']);
  assert.deepEqual(found(`${quality} train absolute_loss_objective <loss>=0.25`), ['train:objective_loss:final 0.25']);
  assert.deepEqual(found(`${quality} validation binary_f_1.000 <score>=0.75`), ['validation:binary_f_beta 0.75']);
  assert.deepEqual(found(`${quality} test roc_auc_score <score>=0.5`), ['test:roc_auc_score 0.5']);
  assert.deepEqual(found('#progress_metric: host=algo-1, completed 20.0 % of epochs'), ['train:progress 20.0']);
});
