import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { predictBoosted, readBoostedModel } from '../../learners/index.ts';
import { importanceCsv, permutationOf } from './importance-file.ts';

const model = readBoostedModel(
  readFileSync(new URL('../../../../test/fixtures/xgboost/models/reg-squarederror.ubj', import.meta.url)),
);

test('The table of importances has a row for each feature, the most important first', () => {
  const [header, ...lines] = importanceCsv(model).trimEnd().split('\n');
  assert.equal(header, 'feature,weight,gain,cover,total_gain,total_cover,permutation');
  const cells = lines.map((line) => line.split(','));
  assert.deepEqual(cells.map(([feature]) => Number(feature)).sort(), [0, 1, 2, 3, 4, 5]);
  assert.equal(cells[0]![0], '0');
  for (const [, weight, gain, , totalGain, , permutation] of cells) {
    assert.ok(Math.abs(Number(weight) * Number(gain) - Number(totalGain)) < 1e-3);
    assert.equal(permutation, '');
  }
});

test('Held-out rows add what dealing a feature out anew costs', () => {
  const features = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
  const rows = { rowCount: 10, featureCount: 6, features };
  const labels = predictBoosted(model, rows).values;
  const lossOf = ({ values }: { values: Float32Array }) =>
    values.reduce((sum, value, i) => sum + Math.abs(value - labels[i]!), 0);
  const lines = importanceCsv(model, permutationOf(model, { rows, lossOf, seed: 3 }))
    .trimEnd()
    .split('\n')
    .slice(1);
  const permutation = lines.map((line) => Number(line.split(',').at(-1)));
  assert.ok(permutation[0]! > 0);
  assert.ok(permutation.every((value) => value >= 0));
});
