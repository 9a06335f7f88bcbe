import type { LossName } from '../../kernels/index.ts';
import type { PredictorType } from '../losses/index.ts';
import type { SelectionCriterion } from '../metrics/threshold.ts';

export type { LossName, PredictorType, SelectionCriterion };

/** Checked settings of one Linear Learner job; names and meanings as in Amazon's hyperparameter table. */
export interface LinearLearnerSettings {
  predictorType: PredictorType;
  /** Only for multiclass; at least 3. */
  numClasses: number;
  featureDim: number | 'auto';
  miniBatchSize: number;
  /** Whether the user gave `mini_batch_size`; if not, few rows make smaller batches. */
  miniBatchSizeGiven: boolean;
  epochs: number;
  /** Where not, expanded rows that a search solves stream once. */
  epochsGiven: boolean;
  useBias: boolean;
  numModels: number | 'auto';
  numCalibrationSamples: number;
  selection: SelectionCriterion;
  targetRecall: number;
  targetPrecision: number;
  fBeta: number;
  accuracyTopK: number;
  positiveExampleWeightMult: number | 'balanced' | 'auto';
  balanceMulticlassWeights: boolean;
  initMethod: 'uniform' | 'normal';
  initScale: number;
  initSigma: number;
  initBias: number;
  optimizer: 'auto' | 'adam' | 'sgd' | 'rmsprop';
  /** Ours: whether the model chosen is carried to its optimum; 'auto': not of a named optimizer that trains an earlier model on. */
  exact: boolean | 'auto';
  loss: 'auto' | LossName;
  margin: number;
  quantile: number;
  lossInsensitivity: number;
  huberDelta: number;
  wd: number | 'auto';
  l1: number | 'auto';
  momentum: number | 'auto';
  learningRate: number | 'auto';
  beta1: number | 'auto';
  beta2: number | 'auto';
  biasLrMult: number | 'auto';
  biasWdMult: number | 'auto';
  useLrScheduler: boolean;
  lrSchedulerStep: number | 'auto';
  lrSchedulerFactor: number | 'auto';
  lrSchedulerMinimumLr: number | 'auto';
  normalizeData: boolean | 'auto';
  normalizeLabel: boolean | 'auto';
  unbiasData: boolean | 'auto';
  unbiasLabel: boolean | 'auto';
  /** 'all' in the default mode when the user gave none: all rows that are held, the first million of a stream. */
  numPointForScaler: number | 'all';
  earlyStoppingPatience: number;
  earlyStoppingTolerance: number;
  /** Set inside a tuning job: one model only. */
  tuningObjectiveMetric: string;
  /** Ours: `amazon` reproduces the original, defects included; `linnet` (default) mends them. */
  compatibility: 'linnet' | 'amazon';
  /** Ours: start of every random choice; default 0. */
  seed: number;
  /** Ours: no fused multiply-add anywhere, so that the bytes of a model are equal on every engine. */
  deterministic: boolean;
  /** Ours: threads that train; the bytes of a model do not depend on them. */
  threads: number | 'auto';
  /** Ours: each feature also enters with its powers from 2 up to this degree; 1 for none. */
  polynomialDegree: number | 'auto';
  /** Ours: which products of two features enter: pairs of columns counted from 0, the lower first. */
  interactions: Interactions | 'auto';
  /** Ours: columns are hashed to 2^featureHashBits features, 1 to 24. */
  featureHashBits: number | 'none';
  /** Ours: whether covariances, tests, held-out predictions and what follows from them are computed; auto: where it is quick. */
  statistics: boolean | 'auto';
  /** Ours: level of the intervals of statistics. */
  confidenceLevel: number;
}

export type Interactions = 'none' | 'all' | readonly (readonly [number, number])[];
