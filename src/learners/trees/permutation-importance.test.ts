import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtures, modelBytes, rowsOf } from './fixtures.testing.ts';
import { permutationImportance } from './permutation-importance.ts';
import { type Answers, predictBoosted } from './predict.ts';
import { readBoostedModel } from './read-model.ts';

test('A feature that answers hang on is important, one that no tree asks for is not, and a seed repeats it', () => {
  const model = readBoostedModel(modelBytes('reg-squarederror.ubj'));
  const rows = rowsOf(fixtures);
  const labels = predictBoosted(model, rows).values;
  const lossOf = ({ values }: Answers): number =>
    values.reduce((sum, value, i) => sum + (value - labels[i]!) ** 2, 0) / labels.length;
  const wide = { ...rows, featureCount: 7, features: widened(rows.features, 6) };
  const importance = permutationImportance(model, wide, { lossOf, seed: 1 });
  assert.deepEqual(permutationImportance(model, wide, { lossOf, seed: 1 }), importance);
  assert.notDeepEqual(permutationImportance(model, wide, { lossOf, seed: 2 }), importance);
  assert.equal(importance[6], 0);
  // The labels were made of feature 0 above all.
  assert.equal(importance.indexOf(Math.max(...importance)), 0);
  assert.ok(importance.every((value) => value >= 0));
});

function widened(features: Float32Array, width: number): Float32Array {
  const rowCount = features.length / width;
  const wide = new Float32Array(rowCount * (width + 1));
  for (let i = 0; i < rowCount; i++) wide.set(features.subarray(i * width, (i + 1) * width), i * (width + 1));
  return wide;
}
