import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RocCurve } from '../../metrics/roc-curve.ts';
import { blockOf, sourceOf } from '../fit.testing.ts';
import type { LinearModel } from '../model.ts';
import { evaluateLinearModel } from './metrics.ts';

/** A model whose score is its only feature; for classes, one feature each. */
const identity = (changes: Partial<LinearModel>): LinearModel => ({
  predictorType: 'regressor',
  loss: 'squared_loss',
  featureCount: 1,
  outputCount: 1,
  weights: Float64Array.of(1),
  bias: Float64Array.of(0),
  threshold: 0.5,
  metricsParams: {},
  ...changes,
});
const metricsOf = async (model: LinearModel, rows: readonly (readonly number[])[]): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await evaluateLinearModel(model, sourceOf(blockOf(rows), 2))).map(({ name, value }) => [name, value]),
  );

test('The area under the curve is the share of pairs in order, ties counting half', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 30 }),
      (pairs) => {
        const positives = pairs.filter(([, label]) => label === 1);
        const negatives = pairs.filter(([, label]) => label === 0);
        let won = 0;
        for (const [high] of positives) for (const [low] of negatives) won += high > low ? 1 : high === low ? 0.5 : 0;
        const expected = positives.length * negatives.length === 0 ? 0.5 : won / (positives.length * negatives.length);
        // Small whole scores have bins of their own, so that counting in bins is exact too.
        for (const rowsMax of [1000, 5]) {
          const curve = new RocCurve(rowsMax);
          for (const [score, label] of pairs) curve.add(Float64Array.of(score), Float64Array.of(label));
          assert.ok(Math.abs(curve.area() - expected) < 1e-12, `${curve.area()}, not ${expected}`);
        }
      },
    ),
  );
});

test('Metrics of a regressor are in raw units, named as the original names them', async () => {
  const metrics = await metricsOf(identity({}), [
    [1, 3],
    [5, 4],
    [2, 2],
  ]);
  assert.deepEqual(metrics, { mse_objective: 5 / 3, mse: 5 / 3, absolute_loss: 1, rmse: Math.sqrt(5 / 3) });
});

test('Metrics of other losses carry that loss, with its parameters', async () => {
  const quantile = await metricsOf(identity({ loss: 'quantile_loss', metricsParams: { quantile: 0.9 } }), [[10, 0]]);
  assert.equal(quantile.quantile_loss_objective, 9);
  const huber = await metricsOf(identity({ loss: 'huber_loss', metricsParams: { huber_delta: 2 } }), [[10, 0]]);
  assert.equal(huber.huber_loss_objective, 18);
  const eps = await metricsOf(
    identity({ loss: 'eps_insensitive_absolute_loss', metricsParams: { loss_insensitivity: 4 } }),
    [[10, 0]],
  );
  assert.equal(eps.eps_insensitive_absolute_loss_objective, 6);
});

test('Metrics of a binary classifier come from its confusion at the threshold', async () => {
  // Hinge scores are served raw. At 0.5: true positives 2, false positives 1, false negatives 1, true negatives 2.
  const model = identity({
    predictorType: 'binary_classifier',
    loss: 'hinge_loss',
    metricsParams: { f_beta: 2, margin: 1 },
  });
  const metrics = await metricsOf(model, [
    [1, 2],
    [1, 0.5],
    [1, 0],
    [0, 1],
    [0, 0.25],
    [0, -1],
  ]);
  const close = (name: string, value: number) =>
    assert.ok(Math.abs(metrics[name]! - value) < 1e-12, `${name}: ${metrics[name]}, not ${value}`);
  close('binary_classification_accuracy', 4 / 6);
  close('precision', 2 / 3);
  close('recall', 2 / 3);
  close('binary_f_2.000', 2 / 3);
  close('binary_balanced_accuracy', 2 / 3);
  close('roc_auc_score', 6 / 9);
  close('hinge_loss_objective', (0 + 0.5 + 1 + 1 + 0.25 + 0) / 6);
  assert.equal('binary_log_loss' in metrics, false);
});

test('A logistic model has a true log-loss beside its weighted objective', async () => {
  const model = identity({
    predictorType: 'binary_classifier',
    loss: 'logistic',
    metricsParams: { f_beta: 1, positive_example_weight_mult: 3 },
  });
  const metrics = await metricsOf(model, [
    [1, 2],
    [0, 1],
  ]);
  const [miss, wrong] = [Math.log(1 + Math.exp(-2)), Math.log(1 + Math.E)];
  assert.ok(Math.abs(metrics.binary_log_loss! - (miss + wrong) / 2) < 1e-12);
  assert.ok(Math.abs(metrics.binary_classification_weighted_cross_entropy_objective! - (3 * miss + wrong) / 2) < 1e-12);
});

test('Metrics of several classes average over the classes', async () => {
  const model = identity({
    predictorType: 'multiclass_classifier',
    loss: 'softmax_loss',
    featureCount: 3,
    outputCount: 3,
    weights: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    bias: new Float64Array(3),
    metricsParams: { f_beta: 1, accuracy_top_k: 2 },
  });
  // Called 0, 1, 0, 1 for labels 0, 1, 1, 2; the true classes rank 1, 1, 2, 3.
  const metrics = await metricsOf(model, [
    [0, 3, 1, 0],
    [1, 0, 3, 1],
    [1, 3, 2, 0],
    [2, 1, 3, 0],
  ]);
  const close = (name: string, value: number) =>
    assert.ok(Math.abs(metrics[name]! - value) < 1e-12, `${name}: ${metrics[name]}, not ${value}`);
  close('multiclass_accuracy', 1 / 2);
  close('multiclass_top_k_accuracy_2', 3 / 4);
  close('dcg', (1 + 1 + 1 / Math.log2(3) + 1 / 2) / 4);
  close('macro_recall', (1 + 1 / 2 + 0) / 3);
  close('multiclass_balanced_accuracy', (1 + 1 / 2 + 0) / 3);
  close('macro_precision', (1 / 2 + 1 / 2 + 0) / 3);
  close('macro_f_1.000', (2 / 3 + 1 / 2 + 0) / 3);
  const part = (own: number, ...all: number[]) => Math.log(all.reduce((sum, z) => sum + Math.exp(z), 0)) - own;
  const loss = (part(3, 3, 1, 0) + part(3, 0, 3, 1) + part(2, 3, 2, 0) + part(0, 1, 3, 0)) / 4;
  close('multiclass_log_loss', loss);
  close('multiclass_cross_entropy_objective', loss);
});

test('Metrics stay finite on labels of a single class', async () => {
  const model = identity({ predictorType: 'binary_classifier', loss: 'logistic', metricsParams: { f_beta: 1 } });
  for (const label of [0, 1]) {
    for (const value of Object.values(
      await metricsOf(model, [
        [label, 2],
        [label, -30],
      ]),
    ))
      assert.ok(Number.isFinite(value));
  }
});
