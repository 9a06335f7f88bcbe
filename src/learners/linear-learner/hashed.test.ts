import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashColumns, type RowSource, type SparseBlock } from '../../formats/index.ts';
import { seededRandom } from '../rows/random.ts';
import { makeSettings, quietObserver } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { LinearModel } from './model.ts';
import { evaluateLinearModel, rawScores } from './selection/metrics.ts';
import type { LinearLearnerSettings } from './settings.ts';

// Hashed columns against the same columns renumbered from 0: as long as few of them fall together, nothing is lost.

/** Rows of 1 in `perRow` columns: of `numbers`, by their place. The label follows random weights of 1 and -1. */
function rowsOf(numbers: readonly number[], rowCount: number, perRow: number, seed: number): SparseBlock {
  const weigh = seededRandom(1);
  const truth = numbers.map(() => (weigh() < 0.5 ? -1 : 1));
  const random = seededRandom(seed);
  const places: number[] = [];
  const labels = Float64Array.from({ length: rowCount }, () => {
    const row = new Set<number>();
    // As words are in texts: the few first are common, most are rare.
    while (row.size < perRow) row.add(Math.floor(numbers.length ** random()) - 1);
    const sorted = [...row].sort((a, b) => a - b);
    places.push(...sorted);
    const score = sorted.reduce((sum, place) => sum + truth[place]!, 0);
    return random() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  });
  return {
    rowCount,
    featureCount: numbers.length,
    rowStart: Uint32Array.from({ length: rowCount + 1 }, (_, i) => i * perRow),
    columns: Uint32Array.from(places),
    values: new Float32Array(places.length).fill(1),
    labels,
  };
}

const sourceOf = (block: SparseBlock): RowSource => ({
  name: 'train',
  featureCount: block.featureCount,
  // biome-ignore lint/correctness/useYield: rows this wide cannot be expanded.
  async *blocks() {
    assert.fail('rows are read as they are stored');
  },
  async *sparseBlocks() {
    yield block;
  },
});

/** The rows under their columns' own numbers, which ascend as the places do. */
const numbered = (block: SparseBlock, numbers: readonly number[]): SparseBlock => ({
  ...block,
  featureCount: 2 ** 32,
  columns: block.columns.map((place) => numbers[place]!),
});

/** Numbers from 0 to 2^32 - 1. */
const spreadNumbers = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor((i * (2 ** 32 - 1)) / (count - 1)));

async function fit(block: SparseBlock, changes: Partial<LinearLearnerSettings>): Promise<LinearModel> {
  const settings = makeSettings({ predictorType: 'binary_classifier', numModels: 1, normalizeData: false, ...changes });
  const source = sourceOf(block);
  return (await fitLinearLearner(settings, { train: source }, quietObserver, { nowMs: () => 0 })).model;
}

test('Of 100,000 columns among 2^32, hashed ones predict nearly as well as renumbered ones, fewer bits worse', async () => {
  const numbers = spreadNumbers(100_000);
  const train = rowsOf(numbers, 10_000, 30, 2);
  const tests = rowsOf(numbers, 5000, 30, 3);
  const streamed = { optimizer: 'adam', wd: 1e-4, epochs: 8 } as const;
  const accuracy = async (model: LinearModel, rows: SparseBlock): Promise<number> =>
    (await evaluateLinearModel(model, sourceOf(rows)))[1]!.value;
  const renumbered = await accuracy(await fit(train, streamed), tests);
  const hashed = async (bits: number): Promise<number> => {
    const model = await fit(numbered(train, numbers), { ...streamed, featureHashBits: bits });
    return accuracy(model, numbered(tests, numbers));
  };
  const [many, few] = [await hashed(18), await hashed(8)];
  assert.ok(renumbered > 0.7, `renumbered ${renumbered}`);
  assert.ok(many > renumbered - 0.015, `18 bits ${many}, renumbered ${renumbered}`);
  assert.ok(few < renumbered - 0.05, `8 bits ${few}, renumbered ${renumbered}`);
});

for (const [name, more] of [
  ['two classes', {}],
  ['three classes', { predictorType: 'multiclass_classifier', numClasses: 3 }],
] as [string, Partial<LinearLearnerSettings>][]) {
  test(`Where no columns fall together, a solved model of ${name} predicts what that of renumbered columns does`, async () => {
    const numbers = spreadNumbers(60);
    const block = rowsOf(numbers, 800, 8, 4);
    const changes = { wd: 1e-3, ...more };
    const plain = await fit(block, changes);
    const wide = numbered(block, numbers);
    const hashed = await fit(wide, { ...changes, featureHashBits: 14 });
    const features = new Set<number>();
    hashed.weights.forEach((weight, at) => {
      if (weight !== 0) features.add(Math.floor(at / hashed.outputCount));
    });
    assert.equal(features.size, new Set(block.columns).size, 'no columns fell together');
    const scoresOf = async (model: LinearModel, source: RowSource): Promise<number[]> => {
      for await (const { scores } of rawScores(model, source)) return [...scores];
      return [];
    };
    const [one, other] = [await scoresOf(plain, sourceOf(block)), await scoresOf(hashed, sourceOf(wide))];
    one.forEach((score, row) => {
      assert.ok(Math.abs(score - other[row]!) < 1e-4, `row ${row}: ${other[row]}, not ${score}`);
    });
  });
}

test('A source that is hashed already trains the same model; one hashed to other bits is refused', async () => {
  const numbers = spreadNumbers(40);
  const wide = numbered(rowsOf(numbers, 200, 5, 5), numbers);
  const settings = makeSettings({ predictorType: 'binary_classifier', numModels: 1, featureHashBits: 9, epochs: 2 });
  const fitted = (train: RowSource) => fitLinearLearner(settings, { train }, quietObserver, { nowMs: () => 0 });
  const [before, during] = [await fitted(hashColumns(sourceOf(wide), 9)), await fitted(sourceOf(wide))];
  assert.deepEqual(before.model, during.model);
  await assert.rejects(
    fitted(hashColumns(sourceOf(wide), 8)),
    /^DataError: "train" is hashed to 8 bits; it must be hashed to 9$/,
  );
});

test('What is told of features is told by their hashed numbers, whichever of them occur', async () => {
  const numbers = spreadNumbers(15);
  const wide = numbered(rowsOf(numbers, 400, 3, 6), numbers);
  const settings = makeSettings({
    predictorType: 'binary_classifier',
    numModels: 1,
    featureHashBits: 10,
    statistics: true,
  });
  const told: string[] = [];
  const { model, statistics } = await fitLinearLearner(
    settings,
    { train: sourceOf(wide), validation: sourceOf(wide) },
    { ...quietObserver, notice: (text) => told.push(text) },
    { nowMs: () => 0 },
  );
  const used = [...model.weights.keys()].filter((feature) => model.weights[feature] !== 0);
  assert.equal(used.length, 14);
  assert.ok(told.includes('14 of 1024 features occur in the training rows'), told.join('\n'));
  assert.ok(statistics && !('missing' in statistics.inference) && !('missing' in statistics.contributions));
  const { coefficients, aliased } = statistics.inference;
  const named = coefficients.flatMap(({ feature }) => (feature === null ? [] : [feature]));
  assert.deepEqual(
    [...named, ...aliased].sort((a, b) => a - b),
    used,
  );
  for (const { feature, name } of coefficients) if (feature !== null) assert.equal(name, `${feature}`);
  const { means, deviations } = statistics.contributions;
  assert.deepEqual([means.length, deviations.length], [1024, 1024]);
  for (const feature of used) assert.ok(means[feature] !== 0, `feature ${feature}`);
});

test('Training goes on from weights of features that no row has any more', async () => {
  const numbers = spreadNumbers(60);
  const first = numbered(rowsOf(numbers, 500, 5, 7), numbers);
  const few = numbered(rowsOf(numbers.slice(0, 20), 500, 5, 8), numbers);
  const settings = makeSettings({
    predictorType: 'regressor',
    optimizer: 'adam',
    numModels: 1,
    epochs: 1,
    learningRate: 1e-9,
    featureHashBits: 12,
  });
  const { model: start } = await fitLinearLearner(
    { ...settings, optimizer: 'auto', learningRate: 'auto', wd: 1e-3 },
    { train: sourceOf(first) },
    quietObserver,
    { nowMs: () => 0 },
  );
  const { model } = await fitLinearLearner(settings, { train: sourceOf(few), start }, quietObserver, {
    nowMs: () => 0,
  });
  assert.equal(start.weights.filter((weight) => weight !== 0).length, 59);
  model.weights.forEach((weight, at) => {
    assert.ok(Math.abs(weight - start.weights[at]!) < 1e-5, `${at}: ${weight}, not ${start.weights[at]}`);
  });
});
