// Losses with kinks: the interior point, and the method of multipliers where that has no gram or does not end.
import { assert } from '../../../base/index.ts';
import { type LossPieces, lossOf } from '../../../kernels/index.ts';
import { HybridDesign } from '../large/hybrid-design.ts';
import { type ExactProblem, nonZeroOf, type Solution, type SolveOptions, scaleOf } from '../problem.ts';
import { hasNoGram } from '../smooth/preconditioner.ts';
import { methodOfMultipliers } from './method-of-multipliers.ts';
import type { PieceOptions, PieceSolution } from './piece-problem.ts';
import { lossAt, overAllRows, piecewiseObjective, preprocessed, weightsOf } from './quantile-preprocessing.ts';

/** Gap, as a share of the objective, at which a solution counts as exact. */
export const piecewiseTolerance = 1e-8;

/** With each row's weighted slope at the dual point that bounds the optimum. */
export interface PiecewiseSolution extends Solution {
  slopes: Float64Array;
}

/** Minimises a loss made of pieces, with any penalty, by an interior point method with a duality gap as its proof. */
export function solvePiecewise(problem: ExactProblem, options: SolveOptions): PiecewiseSolution {
  const { design, labels, loss } = problem;
  const { pieces } = lossOf(loss);
  assert(pieces !== undefined, 'a loss of pieces');
  const weight = weightsOf(problem);
  const n = design.rowCount;
  const atZero = lossAt(pieces, labels, weight, new Float64Array(n));
  const scale = (objective: number): number => scaleOf(objective, atZero);
  if (atZero === 0) return nothingToGain(problem);
  const interior: PieceOptions = {
    start: options.start ?? new Float64Array(design.featureCount + 1),
    doubt: options.doubt ?? 1,
    tolerance: Math.max(1e-10, (options.tolerance ?? 0) / 10),
    scale,
    stopped: options.stopped ?? (() => false),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  };
  // Without a gram there is no interior point.
  if (hasNoGram(design)) {
    const found = overAllRows(problem, pieces, weight, (whole) => methodOfMultipliers(whole, interior));
    return { ...solutionOf(problem, found, pieces, weight, scale), method: 'method of multipliers' };
  }
  const solution = solutionOf(problem, preprocessed(problem, pieces, weight, interior), pieces, weight, scale);
  const enough = Math.max(piecewiseTolerance, options.tolerance ?? 0);
  if (solution.certificate.relative <= enough || interior.stopped()) return solution;
  const fine = design instanceof HybridDesign ? { ...problem, design: design.fine } : problem;
  const again = overAllRows(fine, pieces, weight, (whole) =>
    methodOfMultipliers(whole, { ...interior, start: solution.theta }),
  );
  return betterOf(solution, solutionOf(problem, again, pieces, weight, scale));
}

const betterOf = (one: PiecewiseSolution, other: PiecewiseSolution): PiecewiseSolution => ({
  ...(other.certificate.relative < one.certificate.relative ? { ...other, method: 'method of multipliers' } : one),
  iterations: one.iterations + other.iterations,
});

/** No loss and no penalty is below 0, so that theta = 0 without loss is an optimum. */
function nothingToGain({ design }: ExactProblem): PiecewiseSolution {
  return {
    theta: new Float64Array(design.featureCount + 1),
    objective: 0,
    certificate: { kind: 'duality gap', value: 0, relative: 0, tolerance: piecewiseTolerance, reached: true },
    iterations: 0,
    method: 'interior point',
    nonZero: 0,
    separable: false,
    slopes: new Float64Array(design.rowCount),
  };
}

function solutionOf(
  problem: ExactProblem,
  { theta, bound, iterations, slopes }: PieceSolution,
  pieces: LossPieces,
  weight: Float64Array,
  scale: (objective: number) => number,
): PiecewiseSolution {
  const at = (candidate: Float64Array): number => piecewiseObjective(problem, pieces, weight, candidate);
  const sparse = problem.l1 > 0 ? zeroed(problem, theta, bound, scale, at) : { theta, objective: at(theta) };
  const gap = Math.max(0, sparse.objective - bound);
  const relative = gap / scale(sparse.objective);
  return {
    theta: sparse.theta,
    objective: sparse.objective,
    certificate: {
      kind: 'duality gap',
      value: gap,
      relative,
      tolerance: piecewiseTolerance,
      reached: relative <= piecewiseTolerance,
    },
    iterations,
    method: 'interior point',
    nonZero: nonZeroOf(sparse.theta, 1),
    separable: false,
    slopes,
  };
}

/** An interior point comes near 0 but not to it: weights are set to 0 as long as the gap allows. */
function zeroed(
  problem: ExactProblem,
  theta: Float64Array,
  bound: number,
  scale: (objective: number) => number,
  at: (theta: Float64Array) => number,
): { theta: Float64Array; objective: number } {
  const objective = at(theta);
  const d = problem.design.featureCount;
  let largest = 0;
  for (let j = 0; j < d; j += 1) largest = Math.max(largest, Math.abs(theta[j]));
  // The greatest cut that costs nothing to speak of, found from large to small.
  for (const share of [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8]) {
    const cut = theta.map((value, j) => (j < d && Math.abs(value) <= share * largest ? 0 : value));
    const now = at(cut);
    const allowed = Math.max(1e-9 * scale(objective), objective - bound);
    if (now - objective <= Math.min(allowed, 0.1 * piecewiseTolerance * scale(objective)))
      return { theta: cut, objective: now };
  }
  return { theta, objective };
}
