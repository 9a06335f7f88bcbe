/** The report of a training as JSON: see docs/report.md, which describes every member. */

/** The value that `format` has in every report. */
export const reportFormat = 'linnet-report';
/** Grows when a member changes its meaning or goes; new members do not change it. */
export const reportVersion = 1;

/** A number measured on rows, with its 95 % interval where there is one. */
export interface Measured {
  value: number;
  low: number | null;
  high: number | null;
}

export interface Metric extends Measured {
  name: string;
  /** The same of the baseline, which knows the training labels only. */
  baseline: number | null;
  better: 'higher' | 'lower';
}

export interface Report {
  format: typeof reportFormat;
  version: typeof reportVersion;
  task: 'binary' | 'multiclass' | 'regression';
  model: ModelFacts;
  /** Whether cells of rows, rare categories and extremes are shown. */
  rowsShown: boolean;
  /** The name of what is predicted, where it is known. */
  label: string | null;
  /** Names of the classes, in the order of their labels; empty for a regression. */
  classes: readonly string[];
  channels: readonly ChannelFacts[];
  heldOut: HeldOutFacts;
  metrics: readonly Metric[];
  binary: BinaryNumbers | null;
  multiclass: MulticlassNumbers | null;
  regression: RegressionNumbers | null;
  drivers: readonly Driver[];
  /** Columns that are not among `drivers` and `columns`, the ones that matter least. */
  columnsLeftOut: number;
  columns: readonly ColumnNumbers[];
  decisions: readonly Decision[];
  subgroups: readonly Subgroups[];
  mistakes: readonly Mistake[];
  candidates: readonly Record<string, number | string | boolean>[];
  /** Why the one was chosen, as a sentence. */
  choice: string | null;
  curves: readonly LearningCurve[];
  warnings: readonly Warning[];
  reproduction: Reproduction;
}

export interface ModelFacts {
  algorithm: 'linear-learner' | 'xgboost';
  /** Its file in model.tar.gz. */
  file: string;
  sha256: string;
  bytes: number;
  featureCount: number;
  /** What else there is to say of it, such as its loss, by name. */
  facts: Readonly<Record<string, string | number>>;
}

export interface ChannelFacts {
  name: string;
  rows: number;
  /** By class, or null for numbers. */
  labels: readonly { label: number; rows: number }[] | null;
}

export interface HeldOutFacts {
  /**
   * The rows that everything is measured on: those of a channel, or training rows predicted by models without them (folds,
   * leave-one-out), or training rows by the model that has seen them.
   */
  from: 'validation' | 'test' | 'folds' | 'leave-one-out' | 'training';
  /** Rows that are measured. */
  rows: number;
  /** Every so many-th row of all was taken; 1 for all. */
  every: number;
  /** The row's number of the first one is 1. */
  channel: string;
}

/** A point of a curve. */
export type Point = readonly [x: number, y: number];

/** Counts of rows at a threshold: positive is called from it on. */
export interface Confusion {
  threshold: number;
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

/** The best that a threshold reaches where one share is held. */
export interface HeldShare extends Confusion {
  held: 'recall' | 'precision' | 'specificity';
  wanted: number;
  recall: Measured;
  precision: Measured;
  specificity: Measured;
}

export interface BinaryNumbers {
  /** Whether scores are probabilities; without that there is no calibration. */
  probabilities: boolean;
  confusion: Confusion;
  /** The same at thresholds between the scores' ends, for a slider. */
  cuts: readonly Confusion[];
  wanted: readonly HeldShare[];
  roc: { area: Measured; points: readonly Point[] };
  precisionRecall: { averagePrecision: number; points: readonly Point[] };
  /** Share of the positives among the rows of the highest scores: [share of rows, share of positives]. */
  gain: readonly Point[];
  calibration: Calibration | null;
  /** Net benefit by probability threshold, and that of calling every row positive. */
  decision: readonly { threshold: number; model: number; all: number }[] | null;
  /** Rows by score and class, in bins. */
  histogram: { edges: readonly number[]; negative: readonly number[]; positive: readonly number[] };
  stability: readonly Stability[];
}

export interface Calibration {
  /** Of the logistic regression of the label on the predicted log-odds; 1 where calibrated, null where it has no maximum. */
  slope: Measured | null;
  /** The same with the slope held at 1; 0 where calibrated. */
  intercept: Measured | null;
  brier: number;
  bins: readonly CalibrationBin[];
}

export interface CalibrationBin {
  rows: number;
  positives: number;
  predicted: number;
  observed: Measured;
}

/** A metric over rows drawn again from those measured. */
export interface Stability extends Measured {
  name: string;
  resamples: number;
  median: number;
}

export interface MulticlassNumbers {
  /** Rows by label (outer) and call. */
  confusion: readonly (readonly number[])[];
  perClass: readonly {
    label: number;
    rows: number;
    recall: Measured;
    precision: Measured;
    f1: number;
    /** One against the rest. */
    area: number | null;
    /** 95 % intervals of `f1` and `area`; left out in early reports. */
    intervals?: { f1: readonly [number, number]; area: readonly [number, number] | null };
  }[];
  stability: readonly Stability[];
}

export interface RegressionNumbers {
  /** Rows in tenths by prediction. */
  byPrediction: readonly {
    rows: number;
    predicted: number;
    label: Measured;
    residual: { mean: number; p10: number; median: number; p90: number };
  }[];
  residuals: { edges: readonly number[]; rows: readonly number[]; mean: number; deviation: number };
  /** Quantiles of standardised residuals against those of the normal distribution. */
  quantiles: readonly Point[];
  /** prediction +- radius, from every other row, and how many of the others it holds. */
  intervals: readonly { level: number; radius: number; coverage: Measured; rows: number }[];
  stability: readonly Stability[];
}

/** What the model goes by: a term of a linear model, or a feature of trees. */
export interface Driver {
  name: string;
  /** The column counted from 0; null for a product of several. */
  column: number | null;
  /** Share of all terms: of |weight| times deviation, or of the splits' gain. */
  share: number;
  linear: LinearTerm | null;
  trees: { gain: number; splits: number; permutation: number | null } | null;
  /** Mean answer of the model where all rows have this value: [value, answer]. */
  dependence: readonly Point[];
}

export interface LinearTerm {
  /** By class for several classes, else one. In raw units, and per standard deviation. */
  weights: readonly number[];
  standardised: readonly number[];
  deviation: number;
  /** Of a fit without penalties, with its interval; null where there is none. */
  estimate: (Measured & { standardError: number; pValue: number }) | null;
}

export interface ColumnNumbers {
  name: string;
  column: number;
  kind: 'number' | 'category' | 'constant';
  missing: number;
  mean: number | null;
  deviation: number | null;
  /** 5, 25, 50, 75 and 95 %. */
  quantiles: readonly number[];
  /** Only where rows are shown. */
  extremes: readonly [number, number] | null;
  /** Means by class, or null for a regression. */
  classMeans: readonly (number | null)[] | null;
  /** Rows by class (one for a regression) in bins between the edges, or of each value. */
  bins: { edges: readonly number[]; rows: readonly (readonly number[])[] } | null;
  values: readonly { value: number | null; rows: readonly number[] }[] | null;
}

export interface Decision {
  column: string;
  decision: string;
  why: string;
}

export interface Subgroups {
  name: string;
  column: number;
  metric: string;
  groups: readonly {
    /** A value, or from (inclusive) and to (exclusive); null is an open end, both null a missing value or several. */
    group: { value: number } | { from: number | null; to: number | null } | 'missing' | 'others';
    rows: number;
    positives: number | null;
    score: Measured;
    /** Of a binary classifier's positives, the share called so. */
    recall: Measured | null;
    small: boolean;
  }[];
}

export interface Mistake {
  /** Its number in the channel, from 1. */
  row: number;
  label: number | null;
  called: number | null;
  /** Of a classifier: the probability or score of the call; of a regression: prediction less label. */
  score: number;
  /** What moved the model most: the column and the direction, and where rows are shown by how much and its value. */
  because: readonly { name: string; direction: 'up' | 'down'; by?: number; value?: number }[];
}

export interface LearningCurve {
  /** The channel. */
  name: string;
  /** What is measured. */
  measure: string;
  /** `epoch` or `round`. */
  step: string;
  points: readonly Point[];
}

export interface Warning {
  kind: 'separation' | 'collinearity' | 'leakage' | 'label-noise' | 'shift' | 'few-rows' | 'cross-validation' | 'log';
  text: string;
}

export interface Reproduction {
  hyperparameters: Readonly<Record<string, string>>;
  deterministic: boolean;
  linnet: string | null;
  /** The files of the channels; left out in early reports. */
  inputs?: readonly { channel: string; file: string; bytes: number; sha256: string | null }[];
  /** Further files. */
  inputsLeftOut?: number;
}
