import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnnx } from '../../onnx.testing.ts';
import { seededRandom } from '../../rows/random.ts';
import type { LinearModel } from '../model.ts';
import { predict } from './predict.ts';
import { linearModelToOnnx } from './to-onnx.ts';

const random = seededRandom(5);
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => 4 * random() - 2);
const base = { featureCount: 3, outputCount: 1, threshold: 0.5, metricsParams: {} } as const;
const regressor: LinearModel = {
  ...base,
  predictorType: 'regressor',
  loss: 'squared_loss',
  weights: numbers(3),
  bias: numbers(1),
};
const expansion = { degree: 3, interactions: 'all', centre: numbers(3), factor: Float64Array.of(0.5, 0, 2) } as const;
const models: Record<string, LinearModel> = {
  regressor,
  'regressor within a range': { ...regressor, range: { low: -1, high: 1 } },
  'regressor of powers and products': { ...regressor, expansion, weights: numbers(3 * 3 + 3) },
  'regressor of chosen products': {
    ...regressor,
    expansion: { ...expansion, degree: 1, interactions: [[1, 2]] },
    weights: numbers(4),
  },
  'binary classifier': {
    ...regressor,
    predictorType: 'binary_classifier',
    loss: 'logistic',
    threshold: Math.fround(0.3),
  },
  'multiclass classifier': {
    ...regressor,
    predictorType: 'multiclass_classifier',
    loss: 'softmax_loss',
    outputCount: 4,
    weights: numbers(12),
    bias: numbers(4),
  },
  'multiclass classifier of powers': {
    ...regressor,
    predictorType: 'multiclass_classifier',
    loss: 'softmax_loss',
    outputCount: 4,
    weights: numbers(4 * 12),
    bias: numbers(4),
    expansion,
  },
};

test('ONNX Runtime answers as the model does', async () => {
  const features = Float32Array.from(numbers(3 * 50));
  const rows = { rowCount: 50, featureCount: 3, features };
  for (const [name, model] of Object.entries(models)) {
    const { scores, labels } = predict(model, 'float64', { ...rows, labels: new Float64Array(0) });
    const { score, predicted_label: labelled } = await runOnnx(linearModelToOnnx(model), rows);
    assert.equal(score!.length, scores.length, name);
    for (const [i, value] of Array.from(scores).entries())
      assert.ok(
        Math.abs(score![i]! - value) <= 1e-6 * Math.max(1, Math.abs(value)),
        `${name}: ${score![i]}, not ${value}`,
      );
    assert.deepEqual(labelled, labels && Array.from(labels), name);
  }
});

test('A model of hashed columns is refused', () => {
  assert.throws(() => linearModelToOnnx({ ...regressor, hashBits: 4, featureCount: 16 }), /hashes the columns/);
});
