import type { Calibration } from '../../calibration/calibration.ts';
import type { Correction } from './estimates/covariance.ts';
import type { Conformal } from './held-out/conformal.ts';
import type { Missing } from './missing.ts';

/** The statistics of a fit, beside the model. All are in the units of the raw features and labels. */
export interface Statistics {
  rowCount: number;
  /** The level of the intervals of coefficients. */
  confidenceLevel: number;
  /** Tests and intervals, of a fit without penalties; or why there are none. */
  inference: Inference | Missing;
  /** Predictions of rows that had no part in the model that made them; or why there are none. */
  heldOut: HeldOut | Missing;
  conformal: Conformal | Missing;
  calibration: Calibration | Missing;
  contributions: ContributionFacts | Missing;
}

/** One estimate without penalties, with its tests and intervals. */
export interface Inference {
  method: 'least squares' | 'maximum likelihood' | 'Firth' | 'M-estimation' | 'quantile regression';
  coefficients: readonly Coefficient[];
  /** Features left out because others determine them (or they are constant), counted from 0. */
  aliased: readonly number[];
  /** Which correction the robust covariance has for few rows. */
  correction: Correction;
  /** Rows less parameters: the degrees of freedom of t; null where the normal is used. */
  residualDegrees: number | null;
  /** Standard deviation of residuals, for losses of residuals. */
  residualDeviation: number | null;
  /** The test of the whole model against one with an intercept only. */
  overall: {
    statistic: number;
    degrees: number;
    residualDegrees: number | null;
    pValue: number;
    test: 'F' | 'likelihood ratio';
  } | null;
  logLikelihood: number | null;
  nullLogLikelihood: number | null;
  aic: number | null;
  bic: number | null;
  /** R squared, McFadden's for classifiers. */
  rSquared: number | null;
  /** Row-major over `coefficients`; null for more than `covarianceMax` of them. */
  covariance: { model: Float64Array; sandwich: Float64Array } | null;
}

export interface Coefficient {
  /** The model's column (after expansion) counted from 0; null for the intercept. */
  feature: number | null;
  /** `x3`, `x3^2`, `x3*x7`; `intercept`. */
  name: string;
  /** The class, against class 0; 0 for a model of one score. */
  output: number;
  estimate: number;
  standardError: number;
  robustStandardError: number;
  /** estimate / standardError, and how likely one as far from 0 is where the coefficient is 0 (Wald). */
  statistic: number;
  pValue: number;
  robustPValue: number;
  /** Interval of the confidence level, by standardError. */
  low: number;
  high: number;
  robustLow: number;
  robustHigh: number;
  /** The test of the feature as a whole, all classes together; null where it was not computed or is not valid. */
  likelihoodRatio: { statistic: number; degrees: number; pValue: number } | null;
}

export interface HeldOut {
  /**
   * `leave-one-out`: each row's prediction without that row, exact for squares, else one Newton step from the model.
   * `folds`: by models of the same penalty, fitted without the row's fold. `validation`: of the validation channel.
   */
  method: 'leave-one-out' | 'folds' | 'validation';
  folds: number | null;
  rowCount: number;
  /** The mean of the model's loss, and the metrics that users ask for. */
  metrics: Readonly<Record<string, number>>;
  /** Numbers of the rows in the training channel, their labels, and raw scores before any link: scores[at * K + k]. */
  rows: Uint32Array;
  labels: Float64Array;
  scores: Float64Array;
}

/** The baseline of contributions: see `contributionsOf`. */
export interface ContributionFacts {
  /** Mean of each of the model's columns over the training rows. */
  means: Float64Array;
  /** Score of a row at the means, one an output. */
  baseline: Float64Array;
  /** Standard deviation over the training rows of what each column contributes, columns x outputs. */
  deviations: Float64Array;
}

/** Coefficients up to which covariances are kept. */
export const covarianceMax = 200;
