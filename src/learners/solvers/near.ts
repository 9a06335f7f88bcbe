// Warm starts: problems over most of the same rows, as the folds of a cross-validation are, share one Hessian.
import { lossOf, outputsOf } from '../../kernels/index.ts';
import { type ExactProblem, type SolveOptions, scaleOf, sizeOf } from './problem.ts';
import { proximalNewton } from './proximal/proximal-newton.ts';
import { separates } from './separable.ts';
import { absentClasses } from './smooth/absent-classes.ts';
import { isWide } from './smooth/dual-form.ts';
import { lbfgs } from './smooth/lbfgs.ts';
import { hasNoGram, type Preconditioner, preconditionerAt, preconditionerKindOf } from './smooth/preconditioner.ts';
import { pointAt, valueAtZero } from './smooth/smooth-objective.ts';
import { directSizeMax, solve } from './solve.ts';

/** A solved problem, from which others over most of the same rows are solved. */
export interface Near {
  theta: Float64Array;
  /** Of the hessian at theta, factored, where there is no l1. */
  preconditioner?: Preconditioner;
  /** Lower triangle at theta, where l1 wants the hessian itself. */
  hessian?: Float64Array;
}

/** The problem at its optimum, with the one gram that all its folds share. */
export function nearOf(problem: ExactProblem, theta: Float64Array): Near {
  const { loss, l1, design } = problem;
  const size = sizeOf(problem);
  if (isWide(problem) || hasNoGram(design) || lossOf(loss).pieces !== undefined) return { theta };
  if (l1 > 0) {
    const isDirect = size <= directSizeMax && design.squares === undefined;
    return isDirect ? { theta, hessian: pointAt(problem, theta, true).hessian() } : { theta };
  }
  const isFactored = preconditionerKindOf(problem) !== 'none' && size <= factoredMax * outputsOf(loss);
  return isFactored ? { theta, preconditioner: preconditionerAt(problem, theta) } : { theta };
}

/**
 * The optimum, to `tolerance` as a share of the objective, of a problem that is `near` but for some of its rows. Their hessian
 * is nearly the same: as preconditioner it makes a handful of passes over the rows do, each of which costs a small part of a
 * gram. Interior points begin near the boundary that the start knows: half of the steps.
 */
export function solveNear(
  problem: ExactProblem,
  { theta: start, preconditioner, hessian }: Near,
  { tolerance, stopped = () => false }: { tolerance: number; stopped?: SolveOptions['stopped'] },
): Float64Array {
  const hasAll = absentClasses(problem) === undefined;
  if (hasAll && hessian !== undefined) return proximalNewton(problem, { start, hessian, tolerance, stopped }).theta;
  if (!hasAll || preconditioner === undefined)
    return solve(problem, { start, doubt: nearDoubt, tolerance, stopped }).theta;
  const atZero = valueAtZero(problem);
  const { point, slow, separable, shortfall } = lbfgs(problem, start, preconditioner, {
    // The decrement by a preconditioner that is not the problem's own says less, and a step more costs little.
    tolerance: tolerance / 10,
    steady: true,
    stepsMax,
    scale: (value) => scaleOf(value, atZero),
    stopped,
    diverges: (at, direction) => separates(problem, at, direction),
    onStep: () => undefined,
  });
  const isDone = shortfall <= tolerance * scaleOf(point.value, atZero);
  if (isDone || separable || slow === true || stopped()) return point.theta;
  return solve(problem, { start: point.theta, tolerance, stopped }).theta;
}

const stepsMax = 40;
/** More would take longer to factor for each penalty than steps of the folds save. */
const factoredMax = 1000;
/** See `PieceOptions`: WDBC's folds take 57 steps for eight penalties instead of 104. */
const nearDoubt = 0.03;
