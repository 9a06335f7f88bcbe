import { outputsOf } from '../../../../kernels/index.ts';
import { cholesky } from '../../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../../../solvers/problem.ts';
import { pointAt } from '../../../solvers/smooth/smooth-objective.ts';
import { bendsAt, leverages } from '../row-terms.ts';

/**
 * Score of each row by the model without that row, from the optimum of a smooth loss of one score without l1: exact for
 * squares, else one Newton step. Source: D. Pregibon, Ann. Stat. 9 (1981) 705; K. Rahnama Rad and A. Maleki, J. R. Statist. Soc. B
 * 82 (2020) 965.
 */
export function leaveOneOut(problem: ExactProblem, theta: Float64Array): LeftOut {
  const size = (problem.design.featureCount + 1) * outputsOf(problem.loss);
  const hessian = pointAt(problem, theta, true).hessian();
  const all = Uint32Array.from({ length: size }, (_, at) => at);
  const { score, slope, curvature } = bendsAt(problem, theta);
  // Without curvature, since a Huber loss may have none where the slope is largest.
  const reach = leverages(problem, all, cholesky(hessian, size), new Float64Array(score.length).fill(1));
  const leverage = curvature.map((bend, row) => bend * reach[row]);
  const isSure = leverage.every((value) => 1 - value > leastRest);
  return {
    scores: score.map((value, row) => value + (slope[row] * reach[row]) / Math.max(1 - leverage[row], leastRest)),
    meanLeverage: leverage.reduce((sum, value) => sum + value, 0) / leverage.length,
    isSure,
  };
}

export interface LeftOut {
  scores: Float64Array;
  /** Share of its own score that a row's label decides, on average: effective parameters for each row. */
  meanLeverage: number;
  /** Whether no row alone determines its own score: without such a row its score is undetermined. */
  isSure: boolean;
}

/** A row that alone determines its own score is predicted far off, but not at infinity. */
const leastRest = 1e-6;
