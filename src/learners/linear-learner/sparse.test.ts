import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { FitResult } from './model.ts';
import type { LinearLearnerSettings } from './settings.ts';

// Sparse rows against the same rows stored densely: what is learned must not depend on how zeros are stored.

const random = seededRandom(12);
const truth = Array.from({ length: 40 }, () => 2 * random() - 1);
const block = blockOf(
  Array.from({ length: 1500 }, () => {
    const x = truth.map(() => (random() < 0.15 ? 1 + random() : 0));
    const score = x.reduce((sum, value, j) => sum + value * truth[j]!, 0) + random() - 0.5;
    return [score > 0 ? 1 : 0, ...x];
  }),
);

function fit(sparse: boolean, changes: Partial<LinearLearnerSettings>): Promise<FitResult> {
  const source = sparse ? sparseSourceOf(block, 400) : sourceOf(block, 400);
  // Sparse rows are never shifted, so that dense ones must not be either.
  const settings = makeSettings({ predictorType: 'binary_classifier', unbiasData: false, epochs: 5, ...changes });
  return fitLinearLearner(settings, { train: source, validation: source }, quietObserver, { nowMs: () => 0 });
}

for (const [name, changes] of [
  ['solved to the optimum', { wd: 1e-3, numModels: 1 }],
  ['solved with l1', { wd: 1e-4, l1: 0.01, numModels: 1 }],
  ['of several classes', { predictorType: 'multiclass_classifier', numClasses: 3, wd: 1e-3, numModels: 1 }],
] as [string, Partial<LinearLearnerSettings>][]) {
  test(`Sparse and dense rows give the same model ${name}`, async () => {
    const [sparse, dense] = [await fit(true, changes), await fit(false, changes)];
    assert.ok(sparse.solved?.certificate.reached, 'solved, not only streamed');
    sparse.model.weights.forEach((weight, at) => {
      assert.ok(Math.abs(weight - dense.model.weights[at]) < 1e-4, `${at}: ${weight}, not ${dense.model.weights[at]}`);
    });
    sparse.trainMetrics.forEach(({ name: metric, value }, at) => {
      assert.ok(Math.abs(value - dense.trainMetrics[at]!.value) < 1e-3, metric);
    });
  });
}

for (const compatibility of ['linnet', 'amazon'] as const) {
  test(`Sparse rows stream to about what dense rows stream to, compatibility=${compatibility}`, async () => {
    const changes = { compatibility, optimizer: 'adam', exact: false, miniBatchSize: 50, epochs: 10 } as const;
    const [sparse, dense] = [await fit(true, changes), await fit(false, changes)];
    assert.equal(sparse.solved, undefined);
    const loss = ({ trainMetrics }: FitResult): number =>
      trainMetrics.find(({ name }) => name === 'binary_log_loss')!.value;
    assert.ok(Math.abs(loss(sparse) - loss(dense)) < 0.03 * loss(dense), `${loss(sparse)}, not ${loss(dense)}`);
  });
}

test('The default search over sparse rows finds as good a model as over dense ones', async () => {
  const [sparse, dense] = [await fit(true, {}), await fit(false, {})];
  assert.ok(sparse.table.filter(({ kind }) => kind === 'solved').length > 4);
  assert.equal(sparse.table.filter(({ chosen }) => chosen).length, 1);
  const accuracy = ({ validationMetrics }: FitResult): number => validationMetrics![1]!.value;
  assert.ok(Math.abs(accuracy(sparse) - accuracy(dense)) < 0.01);
});

test('More features than can be kept are refused by number', async () => {
  const wide = { ...sparseSourceOf(block), featureCount: 2 ** 32 };
  await assert.rejects(
    fitLinearLearner(makeSettings({ predictorType: 'binary_classifier' }), { train: wide }, quietObserver, {
      nowMs: () => 0,
    }),
    /train channel has 4294967296 features; at most 16777216/,
  );
});
