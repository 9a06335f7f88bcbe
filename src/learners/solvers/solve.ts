import { lossOf, outputsOf } from '../../kernels/index.ts';
import { HybridDesign } from './large/hybrid-design.ts';
import { solveKinked } from './piecewise/piecewise-solver.ts';
import { kinkedObjective, weightsOf } from './piecewise/quantile-preprocessing.ts';
import { type ExactProblem, type Solution, type SolveOptions, sizeOf } from './problem.ts';
import { proximalNewton } from './proximal/proximal-newton.ts';
import { activeFeatures } from './proximal/working-set.ts';
import { absentClasses, solvePresent } from './smooth/absent-classes.ts';
import { isWide, solveInRowSpace } from './smooth/dual-form.ts';
import { pointAt } from './smooth/smooth-objective.ts';
import { solveSmooth } from './smooth/smooth-solver.ts';

/** Parameters up to which l1 takes all features at once. */
export const directSizeMax = 500;

/**
 * Minimises the problem's objective in double precision and proves how near the optimum the result is. The result does
 * not depend on the start but for the certificate's tolerance. When stopped, it is the point reached.
 */
export function solve(given: ExactProblem, options: SolveOptions = {}): Solution {
  const absent = absentClasses(given);
  if (absent !== undefined) return solvePresent(given, absent, options, solve);
  if (isWide(given)) return solveInRowSpace(given, options, solve, (theta) => objectiveOf(given, theta));
  // What rounding leaves is no matter where much may be left.
  const problem = isLarge(given) && (options.tolerance ?? 0) >= 1e-6 ? given : inDoubles(given);
  const loss = lossOf(problem.loss);
  const isKinked = loss.pieces !== undefined;
  if (problem.l1 > 0 && sizeOf(problem) > directSizeMax) return finer(activeFeatures, problem, options);
  if (problem.l1 > 0 && !isKinked && isLarge(problem)) return coarseThenFine(proximalNewton, given, options);
  if (isKinked && loss.exact !== undefined && problem.l1 === 0) {
    const solution = solveSmooth(problem, options);
    if (solution.certificate.reached || options.stopped?.() === true) return solution;
    return solveKinked(problem, { ...options, start: solution.theta });
  }
  if (isKinked) return solveKinked(problem, options);
  return problem.l1 > 0 ? finer(proximalNewton, problem, options) : smoothThenFine(problem, options);
}

/** Cells from which sums in double arithmetic take their time. */
const largeCells = 2 ** 20;
const isLarge = ({ design }: ExactProblem): boolean => design.rowCount * design.featureCount > largeCells;

/** Of many rows single precision finds nearly all of the way, and doubles prove the end. */
function coarseThenFine(
  method: (problem: ExactProblem, options: SolveOptions) => Solution,
  given: ExactProblem,
  options: SolveOptions,
): Solution {
  const coarse = method(given, options);
  const isDone = coarse.certificate.reached || coarse.separable || options.stopped?.() === true;
  if (isDone || given.fine === undefined) return coarse;
  const fine = finer(method, inDoubles(given), { ...options, start: coarse.theta });
  return { ...fine, iterations: coarse.iterations + fine.iterations };
}

/** Grams of single precision may mislead so far that the certificate is not reached: then all is of doubles. */
function finer(
  method: (problem: ExactProblem, options: SolveOptions) => Solution,
  problem: ExactProblem,
  options: SolveOptions,
): Solution {
  const { fine } = problem;
  const solution = method(problem, options);
  const isDone = solution.certificate.reached || solution.separable || options.stopped?.() === true;
  if (isDone || fine === undefined) return solution;
  const again = method({ ...problem, design: fine }, { ...options, start: solution.theta });
  return again.certificate.relative < solution.certificate.relative
    ? { ...again, iterations: solution.iterations + again.iterations }
    : solution;
}

/** Where a start leads nowhere, as one at which a class has no chance at all, the solve begins anew. */
function fromAnywhere(problem: ExactProblem, options: SolveOptions): Solution {
  const solution = solveSmooth(problem, options);
  const isLost = !(solution.certificate.relative < lostShare) && !solution.separable && options.stopped?.() !== true;
  if (options.start === undefined || !isLost) return solution;
  const anew = solveSmooth(problem, { ...options, start: undefined });
  return anew.objective < solution.objective ? anew : solution;
}

/** Share of the objective that no solve leaves that came to its end. */
const lostShare = 1e-3;

/** Cells times outputs up to which steps in double arithmetic take less than a second each. */
const doublesCellsMax = 2 ** 28;

/** Where single precision ends before the tolerance does, as for objectives near 0, doubles go on from there. */
function smoothThenFine(problem: ExactProblem, options: SolveOptions): Solution {
  const coarse = fromAnywhere(problem, options);
  const { design, fine, loss } = problem;
  const isWanted = coarse.certificate.relative <= (options.tolerance ?? 0);
  const isDone = coarse.certificate.reached || isWanted || coarse.separable || options.stopped?.() === true;
  const cells = design.rowCount * design.featureCount * outputsOf(loss);
  if (isDone || fine === undefined || cells > doublesCellsMax) return coarse;
  const finer = solveSmooth(
    { ...problem, design: new HybridDesign(fine, design) },
    { ...options, start: coarse.theta },
  );
  return { ...finer, iterations: coarse.iterations + finer.iterations };
}

/**
 * A smooth loss without l1 needs no doubles: what its gap has of a gradient's noise is the square. Gaps of l1 and of
 * kinks have all of it.
 */
function inDoubles(problem: ExactProblem): ExactProblem {
  const { design, fine, loss, l1 } = problem;
  if (fine === undefined || (l1 === 0 && lossOf(loss).pieces === undefined)) return problem;
  return { ...problem, design: new HybridDesign(fine, design) };
}

/** The objective of a problem without l1. */
function objectiveOf(problem: ExactProblem, theta: Float64Array): number {
  const { pieces } = lossOf(problem.loss);
  const design = problem.fine ?? problem.design;
  if (pieces === undefined) return pointAt({ ...problem, design }, theta, false).value;
  return kinkedObjective({ ...problem, design }, pieces, weightsOf(problem), theta);
}
