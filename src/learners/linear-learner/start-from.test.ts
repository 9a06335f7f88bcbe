import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowBlock } from '../../formats/index.ts';
import { seededRandom } from '../rows/random.ts';
import type { Scaler } from '../rows/scaler.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import { foldBack } from './fold.ts';
import type { FitResult, LinearModel } from './model.ts';
import type { LinearLearnerSettings } from './settings.ts';
import { startFrom } from './start-from.ts';

const random = seededRandom(3);
const noise = (): number => random() + random() + random() - 1.5;

const rowsOf = (count: number, label: (x: readonly number[]) => number): RowBlock =>
  blockOf(
    Array.from({ length: count }, () => {
      const x = [noise(), 300 + 20 * noise(), 2e7 + 1000 * noise()];
      return [label(x), ...x];
    }),
  );
const surface = (x: readonly number[]): number => 5 * x[0]! - 0.3 * x[1]! + 0.002 * (x[2]! - 2e7) + 0.5 * noise();
const numbers = rowsOf(2000, surface);
const classes = rowsOf(2000, (x) => (surface(x) > -90 ? 1 : 0));

const fit = (rows: RowBlock, changes: Partial<LinearLearnerSettings>, start?: LinearModel): Promise<FitResult> =>
  fitLinearLearner(makeSettings(changes), { train: sourceOf(rows, 300), start }, quietObserver, { nowMs: () => 0 });

const lossOf = ({ trainMetrics }: FitResult): number => trainMetrics[0]!.value;

test('A start in standardised units folds back to the model it came from', async () => {
  const { model } = await fit(numbers, {});
  const scaler = {
    shift: Float64Array.of(1, 290, 2e7),
    divisor: Float64Array.of(2, 30, 800),
    labelShift: -80,
    labelDivisor: 7,
  } as unknown as Scaler;
  const { weights, bias } = foldBack(startFrom(model, scaler), scaler);
  weights.forEach((value, j) => {
    assert.ok(Math.abs(value - model.weights[j]!) <= 1e-12 * Math.abs(value));
  });
  assert.ok(Math.abs(bias[0]! - model.bias[0]!) <= 1e-9 * Math.abs(bias[0]!));
});

const streamed = {
  optimizer: 'adam',
  exact: false,
  learningRate: 0.005,
  wd: 0,
  numModels: 1,
  earlyStoppingPatience: 20,
} as const;
for (const [name, rows, changes] of [
  ['a regressor', numbers, {}],
  ['a classifier', classes, { predictorType: 'binary_classifier' }],
  ['three classes', classes, { predictorType: 'multiclass_classifier', numClasses: 3 }],
  ['products of features', numbers, { interactions: 'all', polynomialDegree: 2 }],
] as [string, RowBlock, Partial<LinearLearnerSettings>][]) {
  test(`Five epochs and ten more of ${name} end below five, and never above what they started from`, async () => {
    const first = await fit(rows, { ...streamed, ...changes, epochs: 5 });
    const more = await fit(rows, { ...streamed, ...changes, epochs: 10, seed: 4 }, first.model);
    const anew = await fit(rows, { ...streamed, ...changes, epochs: 15 });
    assert.ok(lossOf(more) < lossOf(first));
    assert.ok(lossOf(more) < 1.1 * lossOf(anew) + 1e-9, `${lossOf(more)} and ${lossOf(anew)}`);
    const wild = await fit(rows, { ...streamed, ...changes, epochs: 2, learningRate: 30 }, more.model);
    assert.ok(lossOf(wild) <= lossOf(more) * (1 + 1e-5), `${lossOf(wild)} and ${lossOf(more)}`);
  });
}

test('Training on at the optimum keeps it', async () => {
  for (const optimizer of ['auto', 'adam'] as const) {
    const best = await fit(numbers, { wd: 0 });
    const again = await fit(numbers, { wd: 0, optimizer, epochs: 2 }, best.model);
    assert.ok(lossOf(again) <= lossOf(best) * (1 + 1e-6));
  }
});

test('An earlier model counts with the penalty that training goes on under: it is not given back for its loss alone', async () => {
  const { model } = await fit(numbers, { wd: 0 });
  const on = await fit(numbers, { ...streamed, wd: 0.3, learningRate: 5e-5, earlyStoppingPatience: 1 }, model);
  assert.equal(on.epochsRun, 15);
  on.model.weights.forEach((weight, j) => {
    assert.ok(Math.abs(weight) < Math.abs(model.weights[j]!), `feature ${j}: ${model.weights[j]} to ${weight}`);
  });
});

test('An earlier model that no epoch betters is given back, and that is said', async () => {
  const first = await fit(numbers, { ...streamed, epochs: 5 });
  const notices: string[] = [];
  const settings = makeSettings({ ...streamed, epochs: 1, learningRate: 1000, useLrScheduler: false });
  const { model } = await fitLinearLearner(
    settings,
    { train: sourceOf(numbers), start: first.model },
    { ...quietObserver, notice: (text) => notices.push(text) },
    { nowMs: () => 0 },
  );
  assert.ok(notices.includes('No epoch came out better than the earlier model: it is given back'), notices.join('; '));
  model.weights.forEach((weight, j) => {
    assert.ok(Math.abs(weight - first.model.weights[j]!) <= 1e-5 * Math.abs(weight));
  });
});

test('A start that does not fit the job is refused with both sides named', async () => {
  const { model } = await fit(numbers, { optimizer: 'adam', epochs: 1 });
  const three = await fit(classes, { predictorType: 'multiclass_classifier', numClasses: 3, epochs: 1 });
  const refused = (changes: Partial<LinearLearnerSettings>, message: string, start = model, rows = classes) =>
    assert.rejects(fit(rows, changes, start), { message: `Training cannot start from the earlier model: ${message}` });
  await refused({ predictorType: 'binary_classifier' }, 'it is a regressor, but predictor_type is binary_classifier');
  await refused(
    { predictorType: 'multiclass_classifier', numClasses: 4 },
    'it has 3 classes, but num_classes is 4',
    three.model,
  );
  await refused({ useBias: false }, 'it has an intercept, but use_bias is false');
  await refused(
    { interactions: [[0, 1]] },
    'it was trained with polynomial_degree 1 and interactions none, but this job has polynomial_degree 1 and interactions 0:1',
  );
  await refused({}, 'it has 3 features, but the rows have 1', model, blockOf([[1, 2]]));
});
