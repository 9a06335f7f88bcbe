import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';

// Fifteen epochs without any solver, with default batches, rates and schedules.

const random = seededRandom(8);
const rows = Array.from({ length: 600 }, () => {
  const common = random() - 0.5;
  const x = Array.from({ length: 12 }, (_, j) => (j + 1) * (random() - 0.5 + (j % 3 === 0 ? 2 * common : 0)) + 5 * j);
  return [x[0]! + x[5]! - 0.7 * x[9]! + 8 * (random() - 0.5), ...x];
});
const deviationsOf = (of: readonly number[][]): number[] =>
  of[0]!.map((_, at) => {
    const mean = of.reduce((sum, row) => sum + row[at]!, 0) / of.length;
    return Math.sqrt(of.reduce((sum, row) => sum + (row[at]! - mean) ** 2, 0) / of.length);
  });
const deviations = deviationsOf(rows);

for (const loss of ['squared_loss', 'absolute_loss'] as const) {
  for (const wd of [1e-4, 1e-2]) {
    test(`Streaming alone comes within 1 % of the optimum: ${loss}, wd=${wd}`, async () => {
      const fit = (exact: boolean) =>
        fitLinearLearner(makeSettings({ loss, wd, exact }), { train: sourceOf(blockOf(rows)) }, quietObserver, {
          nowMs: () => 0,
        });
      const objective = ({ model }: Awaited<ReturnType<typeof fit>>): number => {
        const losses = rows.map(([label, ...x]) => {
          const prediction = x.reduce((sum, value, j) => sum + value * model.weights[j]!, model.bias[0]!);
          const error = (prediction - label!) / deviations[0]!;
          return loss === 'squared_loss' ? error ** 2 / 2 : Math.abs(error);
        });
        const squares = Array.from(model.weights, (weight, j) => ((weight * deviations[j + 1]!) / deviations[0]!) ** 2);
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        return sum(losses) / rows.length + (wd / 2) * sum(squares);
      };
      const [solved, streamed] = [await fit(true), await fit(false)];
      assert.equal(streamed.solved, undefined);
      assert.ok(
        Math.abs(objective(solved) - solved.solved!.objective) < 1e-6 * objective(solved),
        'the objective meant',
      );
      const above = objective(streamed) / objective(solved) - 1;
      assert.ok(above < 0.01, `${above}`);
    });
  }
}

test('Streaming goes on to shrink weights whose hinge loss is 0 already: no epoch is best by its loss alone', async () => {
  const apart = rows.map(([, ...x]) => [
    Number(x[0]! > 0),
    ...x.map((value, j) => (j === 0 ? value + 2 * Math.sign(value) : value)),
  ]);
  const wd = 0.01;
  const fit = (exact: boolean) =>
    fitLinearLearner(
      makeSettings({ predictorType: 'binary_classifier', loss: 'hinge_loss', wd, exact, selection: 'loss_function' }),
      { train: sourceOf(blockOf(apart)) },
      quietObserver,
      { nowMs: () => 0 },
    );
  const deviationsApart = deviationsOf(apart);
  const objective = ({ model }: Awaited<ReturnType<typeof fit>>): number => {
    let loss = 0;
    for (const [label, ...x] of apart) {
      const score = x.reduce((sum, value, j) => sum + value * model.weights[j]!, model.bias[0]!);
      loss += Math.max(0, label === 1 ? 1 - score : score) / apart.length;
    }
    return model.weights.reduce((sum, weight, j) => sum + (wd / 2) * (weight * deviationsApart[j + 1]!) ** 2, loss);
  };
  const [solved, streamed] = [await fit(true), await fit(false)];
  assert.ok(Math.abs(objective(solved) - solved.solved!.objective) < 1e-6 * objective(solved), 'the objective meant');
  const above = objective(streamed) / objective(solved) - 1;
  assert.ok(above < 0.05, `${above}`);
});
