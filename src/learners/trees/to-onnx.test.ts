import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnnx } from '../onnx.testing.ts';
import { expectedOf, modelBytes, modelFiles, rowsOf } from './fixtures.testing.ts';
import { predictBoosted } from './predict.ts';
import { readBoostedModel } from './read-model.ts';
import { boostedModelToOnnx } from './to-onnx.ts';

const models = modelFiles.filter((file) => file.endsWith('.ubj') && !/categories|vector-leaf/.test(file));

test('ONNX Runtime answers as the model does, for every objective and booster', async () => {
  for (const file of models) {
    const rows = rowsOf(expectedOf(file).expected);
    const model = readBoostedModel(modelBytes(file));
    const roundCount = model.bestIteration === undefined ? undefined : model.bestIteration + 1;
    const { values, width } = predictBoosted(model, rows, { roundCount });
    const { score, predicted_label: labels } = await runOnnx(boostedModelToOnnx(model), rows);
    assert.equal(score!.length, values.length, file);
    for (const [i, value] of values.entries())
      assert.ok(
        Math.abs(score![i]! - value) <= 1e-6 * Math.max(1, Math.abs(value)),
        `${file}: ${score![i]}, not ${value}`,
      );
    assert.deepEqual(labels, labelsOf(model.objective, values, width), file);
  }
  assert.ok(models.length > 20);
});

test('A model of categories is refused', () => {
  assert.throws(() => boostedModelToOnnx(readBoostedModel(modelBytes('categories.ubj'))), /splits by category/);
});

function labelsOf(objective: string, values: Float32Array, width: number): number[] | undefined {
  switch (objective) {
    case 'binary:logistic':
      return Array.from(values, (value) => Number(value > 0.5));
    case 'binary:logitraw':
    case 'binary:hinge':
      return Array.from(values, (value) => Number(value > 0));
    case 'multi:softmax':
      return Array.from(values);
    case 'multi:softprob':
      return Array.from({ length: values.length / width }, (_, row) => {
        const scores = values.subarray(row * width, (row + 1) * width);
        return scores.indexOf(Math.max(...scores));
      });
    default:
      return undefined;
  }
}
