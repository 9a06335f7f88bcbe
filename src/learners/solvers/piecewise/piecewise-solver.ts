import { assert } from '../../../base/index.ts';
import { type LossPieces, lossOf } from '../../../kernels/index.ts';
import { HybridDesign } from '../large/hybrid-design.ts';
import { type ExactProblem, nonZeroOf, type Solution, type SolveOptions, scaleOf } from '../problem.ts';
import { hasNoGram } from '../smooth/preconditioner.ts';
import type { InteriorOptions, InteriorPoint } from './interior-point.ts';
import { multipliers } from './method-of-multipliers.ts';
import { kinkedObjective, lossAt, nearKinks, overAllRows, weightsOf } from './quantile-preprocessing.ts';

/** Gap, as a share of the objective, at which a solution counts as exact. */
export const kinkedTolerance = 1e-8;

/** With each row's weighted slope at the dual point that bounds the optimum. */
export interface KinkedSolution extends Solution {
  slopes: Float64Array;
}

/** Minimises a loss made of pieces, with any penalty, by an interior point method with a duality gap as its proof. */
export function solveKinked(problem: ExactProblem, options: SolveOptions): KinkedSolution {
  const { design, labels, loss } = problem;
  const { pieces } = lossOf(loss);
  assert(pieces !== undefined, 'a loss of pieces');
  const weight = weightsOf(problem);
  const n = design.rowCount;
  const atZero = lossAt(pieces, labels, weight, new Float64Array(n));
  const scale = (objective: number): number => scaleOf(objective, atZero);
  if (atZero === 0) return nothingToGain(problem);
  const interior: InteriorOptions = {
    start: options.start ?? new Float64Array(design.featureCount + 1),
    doubt: options.doubt ?? 1,
    tolerance: Math.max(1e-10, (options.tolerance ?? 0) / 10),
    scale,
    stopped: options.stopped ?? (() => false),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  };
  // Without a gram there is no interior point.
  if (hasNoGram(design)) {
    const found = overAllRows(problem, pieces, weight, (whole) => multipliers(whole, interior));
    return { ...solutionOf(problem, found, pieces, weight, scale), method: 'method of multipliers' };
  }
  const solution = solutionOf(problem, nearKinks(problem, pieces, weight, interior), pieces, weight, scale);
  const enough = Math.max(kinkedTolerance, options.tolerance ?? 0);
  if (solution.certificate.relative <= enough || interior.stopped()) return solution;
  const fine = design instanceof HybridDesign ? { ...problem, design: design.fine } : problem;
  const again = overAllRows(fine, pieces, weight, (whole) =>
    multipliers(whole, { ...interior, start: solution.theta }),
  );
  return betterOf(solution, solutionOf(problem, again, pieces, weight, scale));
}

const betterOf = (one: KinkedSolution, other: KinkedSolution): KinkedSolution => ({
  ...(other.certificate.relative < one.certificate.relative ? { ...other, method: 'method of multipliers' } : one),
  iterations: one.iterations + other.iterations,
});

/** No loss and no penalty is below 0, so that theta = 0 without loss is an optimum. */
function nothingToGain({ design }: ExactProblem): KinkedSolution {
  return {
    theta: new Float64Array(design.featureCount + 1),
    objective: 0,
    certificate: { kind: 'duality gap', value: 0, relative: 0, tolerance: kinkedTolerance, reached: true },
    iterations: 0,
    method: 'interior point',
    nonZero: 0,
    separable: false,
    slopes: new Float64Array(design.rowCount),
  };
}

function solutionOf(
  problem: ExactProblem,
  { theta, bound, iterations, slopes }: InteriorPoint,
  pieces: LossPieces,
  weight: Float64Array,
  scale: (objective: number) => number,
): KinkedSolution {
  const at = (candidate: Float64Array): number => kinkedObjective(problem, pieces, weight, candidate);
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
      tolerance: kinkedTolerance,
      reached: relative <= kinkedTolerance,
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
    if (now - objective <= Math.min(allowed, 0.1 * kinkedTolerance * scale(objective)))
      return { theta: cut, objective: now };
  }
  return { theta, objective };
}
