// The table of solvers: what each needs of loss, penalty and shape, and what it gains. `solve` takes the first that fits.
import { lossOf, outputsOf } from '../../kernels/index.ts';
import { HybridDesign } from './large/hybrid-design.ts';
import { solvePiecewise } from './piecewise/piecewise-solver.ts';
import { piecewiseObjective, weightsOf } from './piecewise/quantile-preprocessing.ts';
import { type ExactProblem, type Solution, type SolveOptions, sizeOf } from './problem.ts';
import { proximalNewton } from './proximal/proximal-newton.ts';
import { solveByWorkingSet } from './proximal/working-set.ts';
import { absentClasses, solvePresent } from './smooth/absent-classes.ts';
import { isWide, solveDualForm } from './smooth/dual-form.ts';
import { preconditionerKindOf } from './smooth/preconditioner.ts';
import { pointAt } from './smooth/smooth-objective.ts';
import { byConjugateGradients, byFactoredHessian, byLbfgs, byPiecesOfParabolas } from './smooth/smooth-solver.ts';

export interface Solver {
  readonly name: string;
  /** What it needs of the loss, the penalty and the shape of the rows, beyond what the rows above it leave. */
  readonly needs: string;
  /** Why it stands in the table, with figures as measured. */
  readonly gains: string;
  takes(problem: ExactProblem): boolean;
  solve(problem: ExactProblem, options: SolveOptions): Solution;
}

type Method = Solver['solve'];

/** Parameters up to which l1 takes all features at once. */
export const directSizeMax = 500;

export const solvers: readonly Solver[] = [
  {
    name: 'classes that occur',
    needs: 'several outputs, a free intercept, a class without rows',
    gains: 'an optimum at all: the intercept of such a class falls for ever',
    takes: (problem) => absentClasses(problem) !== undefined,
    solve: (problem, options) => solvePresent(problem, absentClasses(problem)!, options, solve),
  },
  {
    name: 'dual form',
    needs: 'no l1, dense rows, or up to 500 sparse ones, far fewer than features',
    gains: 'a problem with as many parameters as rows: without it 60 rows of 6,000 features have no factor that fits',
    takes: isWide,
    solve: (problem, options) => solveDualForm(problem, options, solve, (theta) => objectiveOf(problem, theta)),
  },
  {
    name: 'working set',
    needs: 'l1, more than 500 parameters',
    gains: 'grams of the features that matter alone, and certified zeros of the others',
    takes: (problem) => problem.l1 > 0 && sizeOf(problem) > directSizeMax,
    solve: (problem, options) => inTurn(solveByWorkingSet, problem, doublesAtEnd(problem, options), options),
  },
  {
    name: 'proximal Newton',
    needs: 'l1, a loss without pieces',
    gains: 'weights of exactly 0 in a handful of grams',
    takes: ({ loss, l1 }) => l1 > 0 && lossOf(loss).pieces === undefined,
    solve(problem, options) {
      // Of many rows single precision finds nearly all of the way, and doubles prove the end.
      const doubles = doublesAtEnd(problem);
      const isCoarseFirst = isLarge(problem) && problem.fine !== undefined;
      return inTurn(proximalNewton, problem, isCoarseFirst ? [problem.design, ...doubles] : doubles, options);
    },
  },
  {
    name: 'Newton, then interior point',
    needs: 'a loss of pieces that has a slope everywhere, such as Huber, no l1',
    gains: 'few exact steps where the interior point takes a dozen or two',
    takes: ({ loss, l1 }) => l1 === 0 && lossOf(loss).pieces !== undefined && lossOf(loss).exact !== undefined,
    solve(given, options) {
      const problem = { ...given, design: doublesAtEnd(given, options)[0]! };
      const solution = byPiecesOfParabolas(problem, options);
      if (isDone(solution, options)) return solution;
      return solvePiecewise(problem, { ...options, start: solution.theta });
    },
  },
  {
    name: 'interior point',
    needs: 'a loss of pieces; rows so wide and sparse that they have no gram are left to the method of multipliers',
    gains: 'optima of losses with kinks, with a duality gap',
    takes: ({ loss }) => lossOf(loss).pieces !== undefined,
    solve: (problem, options) => solvePiecewise({ ...problem, design: doublesAtEnd(problem, options)[0]! }, options),
  },
  {
    name: 'Newton by conjugate gradients',
    needs: 'sparse rows of more features than a factor pays for',
    gains: 'no gram: of 50,000 rows of 20 values and 2,000 features half the time of a factored hessian',
    takes: (problem) => preconditionerKindOf(problem) === 'none' && problem.design.squares !== undefined,
    solve: (problem, options) => smoothThenDoubles(byConjugateGradients, problem, options),
  },
  {
    name: 'L-BFGS, then conjugate gradients',
    needs: 'dense rows of more than 3,000 features',
    gains: 'no gram; a sweep costs half a product with the hessian',
    takes: (problem) => preconditionerKindOf(problem) === 'none',
    solve: (problem, options) => smoothThenDoubles(byLbfgs, problem, options),
  },
  {
    name: 'Newton or preconditioned L-BFGS',
    needs: 'nothing more',
    gains: 'of many rows but a few sweeps: subsamples give the start and the hessian',
    takes: () => true,
    solve: (problem, options) => smoothThenDoubles(byFactoredHessian, problem, options),
  },
];

/** The solver that a problem is given to. */
export const solverOf = (problem: ExactProblem): Solver => solvers.find(({ takes }) => takes(problem))!;

/**
 * Minimises the problem's objective in double precision and proves how near the optimum the result is. The result does
 * not depend on the start but for the certificate's tolerance. When stopped, it is the point reached.
 */
export function solve(problem: ExactProblem, options: SolveOptions = {}): Solution {
  return solverOf(problem).solve(problem, options);
}

/** Cells from which sums in double arithmetic take their time. */
const largeCells = 2 ** 20;
const isLarge = ({ design }: ExactProblem): boolean => design.rowCount * design.featureCount > largeCells;

/**
 * The designs of a problem whose gap needs doubles: those of l1 and of kinks have all of a gradient's noise, those of a
 * smooth loss its square. Grams come of single precision at first; what that rounds is no matter where much may be left.
 */
function doublesAtEnd(problem: ExactProblem, { tolerance = 0 }: SolveOptions = {}): ExactProblem['design'][] {
  const { design, fine } = problem;
  if (fine === undefined) return [design];
  return [isLarge(problem) && tolerance >= 1e-6 ? design : new HybridDesign(fine, design), fine];
}

/**
 * Solves with one design after the other, from where the last ended, until the certificate is reached. Grams of single
 * precision may mislead so far that it is not; where doubles only make other grams, the better of the two is taken.
 */
function inTurn(
  method: Method,
  problem: ExactProblem,
  designs: readonly ExactProblem['design'][],
  options: SolveOptions,
): Solution {
  let best: Solution | undefined;
  let iterations = 0;
  for (const [at, design] of designs.entries()) {
    const solution = method({ ...problem, design }, { ...options, start: best?.theta ?? options.start });
    iterations += solution.iterations;
    const isMeasured = designs[at - 1] instanceof HybridDesign;
    if (best === undefined || !isMeasured || solution.certificate.relative < best.certificate.relative) best = solution;
    if (isDone(best, options)) break;
  }
  return { ...best!, iterations };
}

const isDone = ({ certificate, separable }: Solution, { stopped }: SolveOptions): boolean =>
  certificate.reached || separable || stopped?.() === true;

/** Share of the objective that no solve leaves that came to its end. */
const lostShare = 1e-3;

/** Cells times outputs up to which steps in double arithmetic take less than a second each. */
const doublesCellsMax = 2 ** 28;

/**
 * Where a start leads nowhere, as one at which a class has no chance at all, the solve begins anew. Where single precision
 * ends before the tolerance does, as for objectives near 0, doubles go on from there.
 */
function smoothThenDoubles(method: Method, problem: ExactProblem, options: SolveOptions): Solution {
  let coarse = method(problem, options);
  const isLost = !(coarse.certificate.relative < lostShare) && !coarse.separable && options.stopped?.() !== true;
  if (options.start !== undefined && isLost) {
    const anew = method(problem, { ...options, start: undefined });
    if (anew.objective < coarse.objective) coarse = anew;
  }
  const { design, fine, loss } = problem;
  const isWanted = coarse.certificate.relative <= (options.tolerance ?? 0);
  const cells = design.rowCount * design.featureCount * outputsOf(loss);
  if (isDone(coarse, options) || isWanted || fine === undefined || cells > doublesCellsMax) return coarse;
  const finer = method({ ...problem, design: new HybridDesign(fine, design) }, { ...options, start: coarse.theta });
  return { ...finer, iterations: coarse.iterations + finer.iterations };
}

/** The objective of a problem without l1. */
function objectiveOf(problem: ExactProblem, theta: Float64Array): number {
  const { pieces } = lossOf(problem.loss);
  const design = problem.fine ?? problem.design;
  if (pieces === undefined) return pointAt({ ...problem, design }, theta, false).value;
  return piecewiseObjective({ ...problem, design }, pieces, weightsOf(problem), theta);
}
