import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearModel } from '../model.ts';

// Streaming with l1 must descend the mean loss plus l1 |w|_1 itself, whatever scale an optimizer gives its steps.

const random = seededRandom(3);
const rows = Array.from({ length: 3000 }, () => {
  const x = Array.from({ length: 8 }, (_, j) => (random() < 0.5 ? (random() + random() - 1) * (j + 1) : 0));
  const score = 0.3 * x[0]! + x[3]! - 0.4 * x[6]!;
  return [random() < 1 / (1 + Math.exp(-score)) ? 1 : 0, ...x];
});
const block = blockOf(rows);
const l1 = 0.05;

const objective = ({ weights, bias }: LinearModel): number => {
  let loss = 0;
  for (const [label, ...x] of rows) {
    const score = x.reduce((sum, value, j) => sum + value * weights[j]!, bias[0]!);
    loss += Math.log1p(Math.exp(label === 1 ? -score : score));
  }
  return loss / rows.length + l1 * Array.from(weights, Math.abs).reduce((sum, size) => sum + size, 0);
};

for (const optimizer of ['adam', 'sgd', 'rmsprop'] as const) {
  for (const storage of ['dense', 'sparse'] as const) {
    for (const momentum of optimizer === 'sgd' ? [0, 0.9] : [0]) {
      test(`Models streamed over ${storage} rows by ${optimizer} of momentum ${momentum} reach the optimum with l1`, async () => {
        const changes = { predictorType: 'binary_classifier', selection: 'loss_function', l1, wd: 0 } as const;
        const unscaled = { normalizeData: false, unbiasData: false } as const;
        const fit = (exact: boolean) =>
          fitLinearLearner(
            makeSettings({ ...changes, ...unscaled, optimizer, momentum, exact, miniBatchSize: 50 }),
            { train: storage === 'dense' ? sourceOf(block, 500) : sparseSourceOf(block, 500) },
            quietObserver,
            { nowMs: () => 0 },
          );
        const [solved, streamed] = [await fit(true), await fit(false)];
        assert.ok(solved.solved?.certificate.reached);
        assert.equal(streamed.solved, undefined);
        const [best, reached] = [objective(solved.model), objective(streamed.model)];
        assert.ok(reached < 1.005 * best, `${reached}, the optimum is ${best}`);
        // The smallest of the optimum is 0.29; noise of the last steps is up to a tenth of that.
        assert.deepEqual(
          Array.from(streamed.model.weights, (weight) => Math.abs(weight) > 0.1),
          Array.from(solved.model.weights, (weight) => weight !== 0),
        );
      });
    }
  }
}
