import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SparseBlock } from '../../formats/index.ts';
import { contributionsOfBoosted } from './contributions.ts';
import { expectedOf, fixtures, floats, modelBytes, modelFiles, rowsOf } from './fixtures.testing.ts';
import { expSingle, logSingle } from './float-functions.ts';
import { importanceOf } from './importance.ts';
import { boostedSums, type DenseRows, predictBoosted } from './predict.ts';
import { readBoostedModel } from './read-model.ts';

const scored = modelFiles.filter((file) => !file.startsWith('vector-leaf'));

test('Every model of XGBoost is scored as the library scores it, to the last bit', () => {
  for (const file of scored) {
    const model = readBoostedModel(modelBytes(file));
    const { expected, answers } = expectedOf(file);
    const rows = rowsOf(expected);
    assert.deepEqual(predictBoosted(model, rows).values, floats(answers.prediction!), file);
    if (answers.margin !== undefined)
      assert.deepEqual(boostedSums(model, rows).values, floats(answers.margin), `${file}, before its objective`);
  }
  assert.ok(scored.length > 45, `${scored.length} models`);
});

test('A model that stopped early is scored up to its best round', () => {
  const model = readBoostedModel(modelBytes('early-stopped.ubj'));
  const { best, prediction } = fixtures.models['early-stopped']!;
  assert.ok(model.bestIteration !== undefined);
  const answer = predictBoosted(model, rowsOf(fixtures), { roundCount: model.bestIteration + 1 });
  assert.deepEqual(answer.values, floats(best!));
  assert.notEqual(best, prediction);
});

test('Sparse rows, in which what is not stored is missing, score as dense ones', () => {
  const dense = rowsOf(fixtures);
  for (const file of scored.filter((name) => expectedOf(name).expected === fixtures)) {
    const model = readBoostedModel(modelBytes(file));
    assert.deepEqual(predictBoosted(model, sparse(dense)), predictBoosted(model, dense), file);
  }
});

test('Many rows score as each of them alone does', () => {
  const { rowCount, featureCount, features } = rowsOf(fixtures);
  const many = { rowCount: 3 * rowCount, featureCount, features: new Float32Array(3 * features.length) };
  for (let i = 0; i < 3; i++) many.features.set(features, i * features.length);
  const model = readBoostedModel(modelBytes('forest.ubj'));
  const together = predictBoosted(model, many).values;
  for (let i = 0; i < many.rowCount; i++) {
    const row = many.features.slice(i * featureCount, (i + 1) * featureCount);
    const { values, width } = predictBoosted(model, { rowCount: 1, featureCount, features: row });
    assert.deepEqual(values, together.slice(i * width, (i + 1) * width));
  }
});

test('exp and log of single precision are those of the C library, where they are not the nearest number too', () => {
  const exps = [
    [81.97774505615234, 4.003891851016616e35],
    [-1.118733525276184, 0.3266932964324951],
    [20.606128692626953, 889463232],
    [-43.21842575073242, 1.7001067686726813e-19],
    [1.3788203001022339, 3.970215320587158],
    [-0.08278614282608032, 0.9205480217933655],
    [88.8, Number.POSITIVE_INFINITY],
    [-104, 0],
    [0, 1],
  ] as const;
  for (const [x, y] of exps) assert.equal(expSingle(x), Math.fround(y), `exp ${x}`);
  const logs = [
    [1.0948292016983032, 0.09059836715459824],
    [0.736907422542572, -0.3052930235862732],
    [0.9787971377372742, -0.02143087051808834],
    [1.0366897583007812, 0.03603271022439003],
    [1.8519350290298462, 0.6162310242652893],
    [1, 0],
  ] as const;
  for (const [x, y] of logs) assert.equal(logSingle(x), Math.fround(y), `log ${x}`);
  for (const [x] of exps.slice(0, 6)) if (expSingle(x) !== Math.fround(Math.exp(x))) return;
  assert.fail('every one is the nearest number');
});

function sparse({ rowCount, featureCount, features }: DenseRows): SparseBlock {
  const rowStart = new Uint32Array(rowCount + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rowCount; i++) {
    for (let j = 0; j < featureCount; j++) {
      const value = features[i * featureCount + j]!;
      if (Number.isNaN(value)) continue;
      columns.push(j);
      values.push(value);
    }
    rowStart[i + 1] = columns.length;
  }
  const arrays = { columns: Uint32Array.from(columns), values: Float32Array.from(values), labels: new Float64Array(0) };
  return { rowCount, featureCount, rowStart, ...arrays };
}

test('Contributions are those of the library, and add up to the sums', () => {
  for (const file of scored) {
    const { expected, answers } = expectedOf(file);
    if (answers.contributions === undefined) continue;
    const model = readBoostedModel(modelBytes(file));
    const rows = rowsOf(expected);
    const { values, width } = contributionsOfBoosted(model, rows);
    const theirs = floats(answers.contributions);
    assert.equal(values.length, theirs.length);
    for (const [i, value] of values.entries())
      assert.ok(Math.abs(value - theirs[i]!) < 1e-5, `${file}, value ${i}: ${value} instead of ${theirs[i]}`);
    const sums = boostedSums(model, rows).values;
    const perSum = width / model.groupCount;
    for (const [i, sum] of sums.entries()) {
      const total = values.subarray(i * perSum, (i + 1) * perSum).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total - sum) < 1e-5, `${file}, sum ${i}`);
    }
  }
});

test('Importances are those of the library', () => {
  const ours = importanceOf(readBoostedModel(modelBytes('binary-logistic.ubj')));
  const {
    weight,
    gain,
    cover,
    total_gain: totalGain,
    total_cover: totalCover,
  } = fixtures.importances as Record<string, Record<string, number>>;
  const theirs = { weight, gain, cover, totalGain, totalCover };
  for (const [kind, values] of Object.entries(theirs)) {
    for (const [j, importance] of ours.entries()) {
      const due = values![`f${j}`] ?? 0;
      assert.ok(Math.abs(importance[kind as keyof typeof importance] - due) <= 1e-6 * due, `${kind} of feature ${j}`);
    }
  }
});
