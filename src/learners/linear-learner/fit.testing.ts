import type { RowBlock, RowSource, SparseBlock } from '../../formats/index.ts';
import type { FitObserver } from './model.ts';
import type { LinearLearnerSettings } from './settings.ts';

// What the tests of this folder share: settings, rows and an observer that says nothing.

const documentedDefaults: LinearLearnerSettings = {
  predictorType: 'regressor',
  numClasses: 1,
  featureDim: 'auto',
  miniBatchSize: 1000,
  miniBatchSizeGiven: false,
  epochsGiven: false,
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
  numPointForScaler: 'all',
  earlyStoppingPatience: 3,
  earlyStoppingTolerance: 0.001,
  tuningObjectiveMetric: '',
  compatibility: 'linnet',
  seed: 0,
  deterministic: false,
  threads: 'auto',
  polynomialDegree: 1,
  interactions: 'none',
  featureHashBits: 'none',
  exact: 'auto',
  statistics: false,
  confidenceLevel: 0.95,
};

/** The documented defaults with some changed; a mini_batch_size named here counts as given. */
export const makeSettings = (changes: Partial<LinearLearnerSettings>): LinearLearnerSettings => ({
  ...documentedDefaults,
  miniBatchSizeGiven: changes.miniBatchSize !== undefined,
  epochsGiven: changes.epochs !== undefined,
  ...changes,
});

export const quietObserver: FitObserver = {
  notice: () => {},
  warn: () => {},
  scaler: () => {},
  candidates: () => {},
  epoch: () => {},
};

/** Rows of `[label, ...features]`. */
export const blockOf = (rows: readonly (readonly number[])[]): RowBlock => ({
  rowCount: rows.length,
  featureCount: rows[0]!.length - 1,
  features: Float32Array.from(rows.flatMap((row) => row.slice(1))),
  labels: Float64Array.from(rows, (row) => row[0]!),
});

/** A source that gives its rows in blocks of at most `blockRows`. */
export const sourceOf = (block: RowBlock, blockRows = block.rowCount): RowSource => ({
  name: 'train',
  featureCount: block.featureCount,
  async *blocks() {
    const d = block.featureCount;
    for (let row = 0; row < block.rowCount; row += blockRows) {
      const end = Math.min(block.rowCount, row + blockRows);
      yield {
        rowCount: end - row,
        featureCount: d,
        features: block.features.slice(row * d, end * d),
        labels: block.labels.slice(row, end),
      };
    }
  },
});

/** The same rows as a source that stores only what is not 0, in blocks of at most `blockRows`. */
export const sparseSourceOf = (block: RowBlock, blockRows = block.rowCount): RowSource => {
  const dense = sourceOf(block, blockRows);
  return {
    ...dense,
    async *sparseBlocks() {
      for await (const part of dense.blocks()) yield sparseBlockOf(part);
    },
  };
};

function sparseBlockOf({ rowCount, featureCount: d, features, labels }: RowBlock): SparseBlock {
  const rowStart = new Uint32Array(rowCount + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < d; j += 1) {
      if (features[row * d + j] === 0) continue;
      columns.push(j);
      values.push(features[row * d + j]);
    }
    rowStart[row + 1] = columns.length;
  }
  return {
    rowCount,
    featureCount: d,
    rowStart,
    columns: Uint32Array.from(columns),
    values: Float32Array.from(values),
    labels,
  };
}
