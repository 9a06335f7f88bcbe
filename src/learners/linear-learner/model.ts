import type { Certificate } from '../solvers/index.ts';
import type { Expansion } from './expansion/expansion.ts';
import type { LinearLearnerSettings, LossName, PredictorType } from './settings.ts';
import type { Statistics } from './statistics/statistics.ts';

/** A trained linear model in raw (unstandardised) units: score = x . weights + bias. */
export interface LinearModel {
  predictorType: PredictorType;
  loss: LossName;
  /** The number of a client's features, before any expansion; 2^hashBits where their columns are hashed. */
  featureCount: number;
  /** 1, or the number of classes. */
  outputCount: number;
  /** One for each feature (after expansion) and output, feature-major (MXNet's fc0_weight order: row = feature). Float64 for the exact fold. */
  weights: Float64Array;
  /** outputCount values. */
  bias: Float64Array;
  /** Binary: predicted_label is 1 when score >= threshold. 0.5 otherwise. A float32 where one separates the scores. */
  threshold: number;
  /** Predictions are cut to this range: a regressor of two-valued labels under absolute loss (default mode only). */
  range?: { low: number; high: number };
  /** Powers and products that rows are given before they are scored. */
  expansion?: Expansion;
  /** It was trained on features of single precision: others are rounded to it before they are scored. */
  singleRows?: boolean;
  /** The columns of rows are hashed to 2^hashBits features before they are scored. */
  hashBits?: number;
  /** The settings of the metrics, as Amazon's additional-params.json carries them. */
  metricsParams: Readonly<Record<string, number | string | readonly number[] | null>>;
}

/** One of the models trained side by side. */
export interface Candidate {
  index: number;
  optimizer: string;
  learningRate: number;
  l1: number;
  wd: number;
  lrSchedulerStep: number;
  lrSchedulerFactor: number;
  lrSchedulerMinimumLr: number;
  positiveExampleWeightMult: number;
}

/** Events while fitting; the `train` program turns them into log lines. `model` indexes candidates. */
export interface FitObserver {
  notice(text: string): void;
  /** A warning about data that cannot be learned from as they seem to be meant. */
  warn(text: string): void;
  scaler(scaler: {
    featureMean: Float64Array;
    featureStd: Float64Array;
    labelMean: number | null;
    labelStd: number | null;
    rowCount: number;
  }): void;
  candidates(candidates: readonly Candidate[]): void;
  epoch(report: EpochReport): void;
  /** Now and then within a long pass. */
  progress?(report: PassProgress): void;
}

/** How far a pass over the rows has come. */
export interface PassProgress {
  epoch: number;
  /** At most. */
  epochs: number;
  rowCount: number;
  rowsPerSecond: number;
  /** The time left of this pass, by the bytes read; undefined where they are not known. */
  share: number | undefined;
  /** Until the last epoch, at this pace. */
  remainingMs: number | undefined;
}

export interface EpochReport {
  epoch: number;
  startedAtMs: number;
  endedAtMs: number;
  rowCount: number;
  batchCount: number;
  objectiveName: string;
  /** Per candidate. */
  trainObjectives: readonly number[];
  /** Per candidate, when there is a validation channel. */
  validationObjectives: readonly number[] | undefined;
  /** The number that early stopping uses, and its printed name. */
  criterion: { name: string; value: number };
  improved: boolean;
  bestModel: number;
  stopping: boolean;
}

/** `[metric name, kind, value]` in the order the original prints them. */
export interface Metric {
  name: string;
  kind: 'loss' | 'score';
  value: number;
}

/** One of the models that were tried, with what it scored: a row of the table of candidates. */
export interface CandidateRow {
  /** `streamed` models are as the epochs left them, `solved` ones at the optimum of their penalty, `compared` ones only on folds. */
  kind: 'streamed' | 'solved' | 'compared';
  wd: number;
  l1: number;
  positiveExampleWeightMult: number;
  /** Of streamed models. */
  learningRate?: number;
  lrSchedulerStep?: number;
  lrSchedulerMinimumLr?: number;
  /** The value that selection minimises: the validation score, or without a validation channel the loss of training or of held-out rows. */
  selection?: number;
  /** Mean loss over rows left out of training, of solved and compared models. */
  crossValidation?: number;
  /** Mean loss and penalties at the optimum, in standardised units. */
  objective?: number;
  /** Bound or estimate of the distance to the true optimum, as a share of the objective. */
  gap?: number;
  /** Weights other than 0. */
  nonZero?: number;
  chosen: boolean;
}

/** How a solved model's optimum was reached and what proves it. */
export interface SolvedBy {
  method: string;
  iterations?: number;
  objective: number;
  certificate: Certificate;
  nonZero: number;
  separable: boolean;
}

export interface FitResult {
  model: LinearModel;
  best: Candidate;
  candidates: readonly Candidate[];
  /** All models that were tried; exactly one is chosen. */
  table: readonly CandidateRow[];
  /** Undefined for a streamed model. */
  solved: SolvedBy | undefined;
  /** Selection score per candidate (lower is better), infinite for one that diverged. */
  selectionScores: readonly number[];
  epochsRun: number;
  rowCount: number;
  /** Final metrics of the selected model over all rows, raw units. */
  trainMetrics: readonly Metric[];
  validationMetrics: readonly Metric[] | undefined;
  /** Undefined when the job does not ask for them. */
  statistics: Statistics | undefined;
}

export type { LinearLearnerSettings, PredictorType };
