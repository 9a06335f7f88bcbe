// Fenchel duality: R. T. Rockafellar, Convex Analysis (1970), section 31.
import { outputsOf } from '../../kernels/index.ts';
import { leastOf } from './piecewise/piece-problem.ts';
import { type ExactProblem, sizeOf } from './problem.ts';

/**
 * Fenchel's gap of a smooth loss with penalty at theta, from the gradient of the mean loss alone (penalties left out):
 * the loss's own part of the gap is 0 at the dual point that its slopes are. Where a penalty is no strictly convex one,
 * weights are bounded by what the objective reached leaves them: l1 |w|_1 <= objective, so that slopes beyond l1 cost no more than
 * the largest of them on a weight that takes it all. An intercept without penalty
 * must have slope 0; for what rounding leaves of it, twice the largest parameter stands for a bound.
 */
export function dualityGap(
  problem: ExactProblem,
  theta: Float64Array,
  ofLoss: Float64Array,
  objective: number,
): number {
  const { wd, l1, biasWd, useBias, loss } = problem;
  const weights = sizeOf(problem) - outputsOf(loss);
  let largest = 1;
  for (let at = 0; at < theta.length; at += 1) largest = Math.max(largest, 2 * Math.abs(theta[at]));
  let gap = 0;
  let least = 0;
  let most = 0;
  for (let at = 0; at < theta.length; at += 1) {
    const isWeight = at < weights;
    if (!isWeight && !useBias) continue;
    const curvature = isWeight ? wd : biasWd;
    const sides = isWeight ? l1 : 0;
    let bound = curvature > 0 ? Math.sqrt((2 * objective) / curvature) : largest;
    if (sides > 0) bound = curvature > 0 ? Math.min(bound, objective / sides) : objective / sides;
    const value = theta[at];
    const here = (curvature * value * value) / 2 + sides * Math.abs(value) + ofLoss[at] * value;
    const beyond = Math.max(0, Math.abs(ofLoss[at]) - sides);
    const leastHere = leastOf(beyond, curvature, Math.max(bound, Math.abs(value)));
    gap += here;
    if (isWeight && l1 > 0) {
      least += leastHere;
      most = Math.max(most, beyond);
    } else gap -= leastHere;
  }
  return l1 > 0 ? gap - Math.max(least, (-most * objective) / l1) : gap;
}
