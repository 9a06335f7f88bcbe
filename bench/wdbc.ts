import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RowBlock, RowSource } from '../src/formats/index.ts';
import type { LinearLearnerSettings } from '../src/learners/index.ts';

/** wdbc.csv as float32 rows; label 1 is malignant. */
export function readWdbc(): RowBlock {
  const file = fileURLToPath(new URL('../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url));
  const rows = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return {
    rowCount: rows.length,
    featureCount: 30,
    features: Float32Array.from(rows.flatMap((row) => row.slice(2).map(Number))),
    labels: Float32Array.from(rows, (row) => (row[1] === 'M' ? 1 : 0)),
  };
}

export function pickBlock(block: RowBlock, order: readonly number[]): RowBlock {
  const d = block.featureCount;
  return {
    rowCount: order.length,
    featureCount: d,
    features: Float32Array.from(order.flatMap((row) => [...block.features.subarray(row * d, (row + 1) * d)])),
    labels: Float32Array.from(order, (row) => block.labels[row] ?? 0),
  };
}

export const sourceOf = (name: string, block: RowBlock): RowSource => ({
  name,
  featureCount: block.featureCount,
  async *blocks() {
    yield block;
  },
});

/** The documented defaults of every hyperparameter. */
export const defaults: Omit<LinearLearnerSettings, 'predictorType'> = {
  numClasses: 1,
  featureDim: 'auto',
  miniBatchSize: 1000,
  miniBatchSizeGiven: false,
  epochs: 15,
  useBias: true,
  numModels: 'auto',
  numCalibrationSamples: 10_000_000,
  selection: 'accuracy',
  targetRecall: 0.8,
  targetPrecision: 0.8,
  fBeta: 1,
  accuracyTopK: 3,
  positiveExampleWeightMult: 1,
  balanceMulticlassWeights: false,
  initMethod: 'uniform',
  initScale: 0.07,
  initSigma: 0.01,
  initBias: 0,
  optimizer: 'auto',
  loss: 'auto',
  margin: 1,
  quantile: 0.5,
  lossInsensitivity: 0.01,
  huberDelta: 1,
  wd: 'auto',
  l1: 'auto',
  momentum: 'auto',
  learningRate: 'auto',
  beta1: 'auto',
  beta2: 'auto',
  biasLrMult: 'auto',
  biasWdMult: 'auto',
  useLrScheduler: true,
  lrSchedulerStep: 'auto',
  lrSchedulerFactor: 'auto',
  lrSchedulerMinimumLr: 'auto',
  normalizeData: true,
  normalizeLabel: 'auto',
  unbiasData: 'auto',
  unbiasLabel: 'auto',
  numPointForScaler: 10_000,
  earlyStoppingPatience: 3,
  earlyStoppingTolerance: 0.001,
  tuningObjectiveMetric: '',
  compatibility: 'linnet',
  seed: 0,
};

/** T. Ettinger's mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const shuffledRows = (rows: readonly number[], random: () => number): number[] =>
  rows
    .map((row) => ({ row, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ row }) => row);
