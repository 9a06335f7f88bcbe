import { studentQuantile, studentTwoSided } from '../../calibration/distributions.ts';
import { ratioOf } from './estimates/likelihood-ratios.ts';
import type { Whole } from './estimates/whole-fit.ts';
import { type Coefficient, covarianceMax, type Inference } from './statistics.ts';

/** A fit without penalties in the units of the raw features and labels. */
export interface RawFit {
  method: Inference['method'];
  rowCount: number;
  featureCount: number;
  /** Outputs of the model. */
  K: number;
  /** Places of what was estimated: feature * K + output, the intercepts after the features. */
  free: Uint32Array;
  aliased: readonly number[];
  /** Of each of `free`, and p x p. */
  estimates: Float64Array;
  model: Float64Array;
  sandwich: Float64Array;
  correction: Inference['correction'];
  residualDeviation: number | null;
  /** Likelihood-ratio tests of features, where they were left out. */
  ratios: ReadonlyMap<number, Coefficient['likelihoodRatio']>;
  whole: Whole;
}

export interface DescribeOptions {
  confidenceLevel: number;
  /** Of the columns, without the intercept. */
  nameOf: (column: number) => string;
}

/** Intervals and tests of every coefficient. */
export function describe(fit: RawFit, { confidenceLevel, nameOf }: DescribeOptions): Inference {
  const { method, rowCount: n, featureCount: d, K, free, estimates, model, sandwich, ratios } = fit;
  const p = free.length;
  const isLikelihood = method === 'maximum likelihood' || method === 'Firth';
  const residualDegrees = isLikelihood ? null : n - p;
  const degrees = residualDegrees ?? Number.POSITIVE_INFINITY;
  const reach = studentQuantile(confidenceLevel, degrees);
  const coefficients = Array.from(free, (place, at): Coefficient => {
    const j = Math.floor(place / K);
    const estimate = estimates[at];
    const standardError = Math.sqrt(model[at * p + at]);
    const robustStandardError = Math.sqrt(sandwich[at * p + at]);
    const statistic = estimate / standardError;
    return {
      feature: j === d ? null : j,
      name: j === d ? 'intercept' : nameOf(j),
      output: place % K,
      estimate,
      standardError,
      robustStandardError,
      statistic,
      pValue: studentTwoSided(statistic, degrees),
      robustPValue: studentTwoSided(estimate / robustStandardError, degrees),
      low: estimate - reach * standardError,
      high: estimate + reach * standardError,
      robustLow: estimate - reach * robustStandardError,
      robustHigh: estimate + reach * robustStandardError,
      likelihoodRatio:
        method === 'least squares'
          ? ratioOf(n * Math.log1p((statistic * statistic) / (n - p)), 1)
          : j === d
            ? null
            : (ratios.get(j) ?? null),
    };
  });
  return {
    method,
    coefficients,
    aliased: fit.aliased,
    correction: fit.correction,
    residualDegrees,
    residualDeviation: fit.residualDeviation,
    ...fit.whole,
    covariance: p <= covarianceMax ? { model, sandwich } : null,
  };
}
