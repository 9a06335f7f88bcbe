import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, makeSettings, sourceOf, sparseSourceOf } from '../linear-learner/fit.testing.ts';
import { foldBack } from '../linear-learner/fold.ts';
import { makePlan } from '../linear-learner/plan.ts';
import type { LinearLearnerSettings } from '../linear-learner/settings.ts';
import { sampler, seededRandom } from './random.ts';
import { batches } from './rows.ts';
import { fitScaler, type Scaler, standardiseBlock } from './scaler.ts';

const rows = [
  [10, 1, 5],
  [20, 2, 5],
  [30, 3, 5],
  [50, 10, 5],
  [90, 100, 7],
];
const scalerOf = (
  changes: Partial<LinearLearnerSettings>,
  sample: { pointCount: number; batchSize: number; wholeBatches: boolean },
  blockRows = 2,
): Promise<Scaler> => fitScaler(sourceOf(blockOf(rows), blockRows), makePlan(makeSettings(changes)), sample);

test('The scaler takes means and population standard deviations', async () => {
  const scaler = await scalerOf({}, { pointCount: 3, batchSize: 4, wholeBatches: false });
  assert.equal(scaler.rowCount, 4);
  assert.deepEqual([...scaler.featureMean], [4, 5]);
  near(scaler.featureStd[0], Math.sqrt((9 + 4 + 1 + 36) / 4));
  near(scaler.labelMean, 27.5);
  near(scaler.labelStd, Math.sqrt((17.5 ** 2 + 7.5 ** 2 + 2.5 ** 2 + 22.5 ** 2) / 4));
});

test("The original's scaler reads whole batches until it has more rows than asked for, and leaves a partial one out", async () => {
  const rowsRead = async (pointCount: number, batchSize: number, wholeBatches = true): Promise<number> =>
    (await scalerOf({}, { pointCount, batchSize, wholeBatches })).rowCount;
  assert.equal(await rowsRead(1, 1), 2, 'more than 1, not 1');
  assert.equal(await rowsRead(2, 2), 4);
  assert.equal(await rowsRead(100, 2), 4, 'the fifth row never fills a batch');
  assert.equal(await rowsRead(100, 2, false), 5);
  assert.equal(await rowsRead(100, 6), 0, 'no batch at all');
});

test('Where blocks of rows end does not change a bit of the scaler', async () => {
  const draw = seededRandom(5);
  const many = blockOf(Array.from({ length: 2000 }, () => [draw(), draw() * 1000, 7 + draw()]));
  const scalerIn = (blockRows: number, pointCount = 1600): Promise<Scaler> =>
    fitScaler(sourceOf(many, blockRows), makePlan(makeSettings({})), {
      pointCount,
      batchSize: 10,
      wholeBatches: false,
    });
  for (const pointCount of [5000, 1600, 100]) {
    const whole = await scalerIn(2000, pointCount);
    for (const blockRows of [1, 37, 512, 700]) assert.deepEqual(await scalerIn(blockRows, pointCount), whole);
  }
});

test('A constant column has divisor 1 and is counted, and spread that is rounding noise counts as constant', async () => {
  const scaler = await scalerOf({}, { pointCount: 3, batchSize: 4, wholeBatches: true });
  assert.equal(scaler.constantFeatures, 1);
  assert.equal(scaler.divisor[1], 1);
  assert.equal(scaler.shift[1], 5);
});

test('Shift and scale are switched one by one', async () => {
  const sample = { pointCount: 99, batchSize: 5, wholeBatches: false };
  const scaled = await scalerOf({ unbiasData: false }, sample);
  assert.deepEqual([scaled.shift[0], scaled.divisor[0] > 1], [0, true]);
  const shifted = await scalerOf({ normalizeData: false, normalizeLabel: false }, sample);
  near(shifted.shift[0], 23.2);
  assert.deepEqual([shifted.divisor[0], shifted.labelDivisor], [1, 1]);
  const classifier = await scalerOf({ predictorType: 'binary_classifier' }, sample);
  assert.deepEqual([classifier.labelShift, classifier.labelDivisor], [0, 1]);
});

test('A column of mean 2e7 keeps the spread that single precision leaves it', async () => {
  const wide = Array.from({ length: 1000 }, (_, row) => [row, 2e7 + 2 * (row % 10)]);
  const scaler = await fitScaler(sourceOf(blockOf(wide)), makePlan(makeSettings({})), {
    pointCount: 1e6,
    batchSize: 100,
    wholeBatches: false,
  });
  near(scaler.featureMean[0], 2e7 + 9);
  near(scaler.featureStd[0], 2 * Math.sqrt(8.25));
});

test('A model folded back to raw units gives the same predictions as on standardised rows', async () => {
  const scaler = await scalerOf({}, { pointCount: 99, batchSize: 5, wholeBatches: false });
  const standard = { w: Float64Array.of(0.7, -1.3), b: Float64Array.of(0.2) };
  const { weights, bias } = foldBack(standard, scaler);
  const block = blockOf(rows);
  const x = new Float32Array(block.features.length);
  standardiseBlock(block, { from: 0, count: rows.length }, scaler, { x, y: new Float32Array(rows.length) }, 0);
  rows.forEach(([, a, b], row) => {
    const inside = 0.7 * x[row * 2] - 1.3 * x[row * 2 + 1] + 0.2;
    near(a * weights[0] + b * weights[1] + bias[0], inside * scaler.labelDivisor + scaler.labelShift, 1e-5);
  });
});

test('Sparse rows are scaled by their standard deviation, zeros counted in, and never shifted', async () => {
  const sparse = [
    [1, 0, 3],
    [0, 0, 0],
    [1, 4, 0],
    [0, 0, -3],
  ];
  for (const blockRows of [1, 3, 4]) {
    const plan = makePlan(makeSettings({ predictorType: 'binary_classifier', unbiasData: true }));
    const sample = { pointCount: 99, batchSize: 3, wholeBatches: false };
    const scaler = await fitScaler(sparseSourceOf(blockOf(sparse), blockRows), plan, sample);
    assert.deepEqual([...scaler.shift], [0, 0]);
    assert.deepEqual([...scaler.featureMean], [1, 0]);
    near(scaler.divisor[0], Math.sqrt((1 + 1 + 9 + 1) / 4));
    near(scaler.divisor[1], Math.sqrt((9 + 9) / 4));
    near(scaler.labelMean, 0.5);
    assert.equal(scaler.rowCount, 4);
  }
});

test('A model of several classes is folded back class by class', async () => {
  const scaler = await scalerOf(
    { predictorType: 'binary_classifier' },
    { pointCount: 99, batchSize: 5, wholeBatches: false },
  );
  const { weights, bias } = foldBack({ w: Float64Array.of(1, 2, 3, 4), b: Float64Array.of(5, 6) }, scaler);
  const [s0, s1] = scaler.divisor;
  near(weights[1], 2 / s0);
  near(weights[2], 3 / s1);
  near(bias[1], 6 - (2 / s0) * scaler.shift[0] - (4 / s1) * scaler.shift[1]);
});

test('Batches have exactly their size whatever the blocks, the last one what is left', async () => {
  for (const blockRows of [1, 2, 3, 5]) {
    const seen: number[][] = [];
    for await (const batch of batches(sourceOf(blockOf(rows), blockRows).blocks(), 2, { size: 2 }))
      seen.push([...batch.labels.subarray(0, batch.rowCount)]);
    assert.deepEqual(seen, [[10, 20], [30, 50], [90]]);
  }
});

test('Without a seed the first rows are sampled; with one every row is as likely', () => {
  const firsts = sampler(3, undefined);
  assert.deepEqual([firsts(), firsts(), firsts(), firsts(), firsts()], [0, 1, 2, undefined, undefined]);
  const hits = new Array<number>(10).fill(0);
  const random = seededRandom(4);
  for (let trial = 0; trial < 4000; trial += 1) {
    const next = sampler(3, Math.floor(random() * 2 ** 32));
    const kept: number[] = [];
    for (let row = 0; row < 10; row += 1) {
      const place = next();
      if (place !== undefined) kept[place] = row;
    }
    for (const row of kept) hits[row] += 1;
  }
  // 1200 each are expected, with a standard deviation of 29.
  for (const count of hits) assert.ok(Math.abs(count - 1200) < 150, `${hits}`);
});

function near(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}
