import { chiSquaredTail, fTail } from '../../../calibration/distributions.ts';
import type { Inference } from '../statistics.ts';

export type Whole = Pick<Inference, 'overall' | 'logLikelihood' | 'nullLogLikelihood' | 'aic' | 'bic' | 'rSquared'>;

export const nothing: Whole = {
  overall: null,
  logLikelihood: null,
  nullLogLikelihood: null,
  aic: null,
  bic: null,
  rSquared: null,
};

/** Least squares compared with an intercept only; labels and residuals in one unit, with `unit` of the raw label in it. */
export function wholeOfSquares(
  labels: Float32Array | Float64Array,
  residual: number,
  { p, useBias, unit = 1 }: { p: number; useBias: boolean; unit?: number },
): Whole {
  const n = labels.length;
  let sum = 0;
  for (const label of labels) sum += label;
  const mean = useBias ? sum / n : 0;
  let total = 0;
  for (const label of labels) total += (label - mean) ** 2;
  const between = Math.max(0, total - residual);
  const logLikelihoodOf = (squares: number): number =>
    (-n / 2) * (Math.log((2 * Math.PI * squares * unit ** 2) / n) + 1);
  const logLikelihood = logLikelihoodOf(residual);
  const more = p - (useBias ? 1 : 0);
  const f = between / more / (residual / (n - p));
  return {
    overall:
      more === 0
        ? null
        : { test: 'F', statistic: f, degrees: more, residualDegrees: n - p, pValue: fTail(f, more, n - p) },
    logLikelihood,
    nullLogLikelihood: logLikelihoodOf(total),
    aic: 2 * (p + 1) - 2 * logLikelihood,
    bic: Math.log(n) * (p + 1) - 2 * logLikelihood,
    rSquared: total === 0 ? null : 1 - residual / total,
  };
}

/** The likelihood compared with that of an intercept only. */
export function wholeOfLikelihood(
  labels: Float32Array | Float64Array,
  value: number,
  { p, useBias, K }: { p: number; useBias: boolean; K: number },
): Whole {
  const n = labels.length;
  const logLikelihood = -n * value;
  const nullLogLikelihood = useBias ? -entropy(labels) : -n * Math.log(Math.max(2, K));
  const statistic = Math.max(0, 2 * (logLikelihood - nullLogLikelihood));
  const degrees = p - (useBias ? Math.max(1, K - 1) : 0);
  return {
    overall:
      degrees === 0
        ? null
        : {
            test: 'likelihood ratio',
            statistic,
            degrees,
            residualDegrees: null,
            pValue: chiSquaredTail(statistic, degrees),
          },
    logLikelihood,
    nullLogLikelihood,
    aic: 2 * p - 2 * logLikelihood,
    bic: Math.log(n) * p - 2 * logLikelihood,
    rSquared: nullLogLikelihood === 0 ? null : 1 - logLikelihood / nullLogLikelihood,
  };
}

/** Sum over rows of -log of the share of the row's class. */
function entropy(labels: Float32Array | Float64Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - count * Math.log(count / labels.length), 0);
}
