import { chiSquaredTail } from '../../../calibration/distributions.ts';
import { cholesky, choleskySolve } from '../../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../../../solvers/problem.ts';
import type { Coefficient, Inference } from '../statistics.ts';
import { estimate } from './estimate.ts';

/** The fit of which features are left out; its theta, and the covariance of its free parameters, are standardised. */
export interface LeftOutFrom {
  problem: ExactProblem;
  method: Inference['method'];
  value: number;
  theta: Float64Array;
  covariance: Float64Array;
}

export const ratioOf = (
  statistic: number,
  degrees: number,
): { statistic: number; degrees: number; pValue: number } => ({
  statistic,
  degrees,
  pValue: chiSquaredTail(statistic, degrees),
});

/**
 * Twice the loss of log-likelihood when one feature is left out, of all classes. Where the estimate has Jeffreys' prior, of
 * the likelihood with the whole design's prior (Heinze and Schemper 2002).
 */
export function likelihoodRatios(
  { problem, method, value, theta, covariance }: LeftOutFrom,
  free: Uint32Array,
  { K, stopped }: { K: number; stopped: () => boolean },
): Map<number, Coefficient['likelihoodRatio']> {
  const ratios = new Map<number, Coefficient['likelihoodRatio']>();
  const d = problem.design.featureCount;
  const features = [...new Set(Array.from(free, (place) => Math.floor(place / K)))].filter((j) => j < d);
  for (const j of features) {
    if (stopped()) break;
    const isLeft = (place: number): boolean => Math.floor(place / K) === j;
    const rest = free.filter((place) => !isLeft(place));
    const start = withoutFeature(theta, free, isLeft, covariance);
    const without =
      rest.length === 0
        ? undefined
        : estimate(problem, rest, {
            start,
            stopped,
            ...(method === 'Firth' && { jeffreysOver: free }),
          });
    // Jeffreys' prior may have several optima where features nearly determine each other: then nothing can be said.
    if (without === undefined || without.value < value * (1 - 1e-9)) continue;
    ratios.set(j, ratioOf(Math.max(0, 2 * problem.design.rowCount * (without.value - value)), Math.max(1, K - 1)));
  }
  return ratios;
}

/** Where the quadratic around the estimate has its least value without some parameters: theta - S_rl S_ll^-1 theta_l. */
function withoutFeature(
  theta: Float64Array,
  free: Uint32Array,
  isLeft: (place: number) => boolean,
  covariance: Float64Array,
): Float64Array {
  const p = free.length;
  const left = Array.from(free.keys()).filter((at) => isLeft(free[at]));
  const m = left.length;
  const own = new Float64Array(m * m);
  left.forEach((a, i) => {
    left.forEach((b, k) => {
      own[i * m + k] = covariance[a * p + b];
    });
  });
  const shares = choleskySolve(
    cholesky(own, m),
    Float64Array.from(left, (at) => theta[free[at]]),
  );
  const moved = theta.slice();
  free.forEach((place, at) => {
    left.forEach((other, i) => {
      moved[place] -= covariance[at * p + other] * shares[i];
    });
    if (isLeft(place)) moved[place] = 0;
  });
  return moved;
}
