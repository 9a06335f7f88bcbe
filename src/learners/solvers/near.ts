import { lossOf, outputsOf } from '../../kernels/index.ts';
import { type ExactProblem, type SolveOptions, scaleOf, sizeOf } from './problem.ts';
import { proximalNewton } from './proximal/proximal-newton.ts';
import { separates } from './separable.ts';
import { absentClasses } from './smooth/absent-classes.ts';
import { isWide } from './smooth/dual-form.ts';
import { lbfgs } from './smooth/lbfgs.ts';
import { hasNoGram, type Lead, leadAt, leadKindOf } from './smooth/preconditioner.ts';
import { pointAt, valueAtZero } from './smooth/smooth-objective.ts';
import { directSizeMax, solve } from './solve.ts';

/** A solved problem, from which others over most of the same rows are solved. */
export interface Near {
  theta: Float64Array;
  /** Of the hessian at theta, factored. */
  lead: Lead | undefined;
  /** Lower triangle at theta, where l1 wants the hessian itself. */
  hessian: Float64Array | undefined;
}

type Kind = 'led' | 'proximal' | 'other';

/** The problem at its optimum, with the one gram that all its folds share. */
export function nearOf(problem: ExactProblem, theta: Float64Array): Near {
  const kind = kindOf(problem);
  return {
    theta,
    lead: kind === 'led' ? leadAt(problem, theta) : undefined,
    hessian: kind === 'proximal' ? pointAt(problem, theta, true).hessian() : undefined,
  };
}

/**
 * The optimum, to `tolerance` as a share of the objective, of a problem that is `near` but for some of its rows. Their hessian
 * is nearly the same: led by it, a handful of passes over the rows does, each of which costs a small part of a gram.
 * Interior points begin near the boundary that the start knows: half of the steps.
 */
export function solveNear(
  problem: ExactProblem,
  near: Near,
  { tolerance, stopped = () => false }: { tolerance: number; stopped?: SolveOptions['stopped'] },
): Float64Array {
  const { theta: start } = near;
  if (absentClasses(problem) === undefined && near.lead !== undefined) {
    const atZero = valueAtZero(problem);
    const { point, slow, separable, shortfall } = lbfgs(problem, start, near.lead, {
      // The decrement by a lead that is not the problem's own tells less, and a step more costs little.
      tolerance: tolerance / 10,
      steady: true,
      stepsMax: ledStepsMax,
      scale: (value) => scaleOf(value, atZero),
      stopped,
      diverges: (at, direction) => separates(problem, at, direction),
      onStep: () => undefined,
    });
    const isDone = shortfall <= tolerance * scaleOf(point.value, atZero);
    if (isDone || separable || slow === true || stopped()) return point.theta;
    return solve(problem, { start: point.theta, tolerance, stopped }).theta;
  }
  if (absentClasses(problem) === undefined && near.hessian !== undefined)
    return proximalNewton(problem, { start, hessian: near.hessian, tolerance, stopped }).theta;
  return solve(problem, { start, doubt: nearDoubt, tolerance, stopped }).theta;
}

function kindOf(problem: ExactProblem): Kind {
  const { loss, l1, design } = problem;
  if (isWide(problem) || hasNoGram(design) || lossOf(loss).pieces !== undefined) return 'other';
  if (l1 > 0) return sizeOf(problem) <= directSizeMax && design.squares === undefined ? 'proximal' : 'other';
  return leadKindOf(problem) === 'none' || sizeOf(problem) > factoredMax * outputsOf(loss) ? 'other' : 'led';
}

const ledStepsMax = 40;
/** More would take longer to factor for each penalty than steps of the folds save. */
const factoredMax = 1000;
/** See `InteriorOptions`: WDBC's folds take 57 steps for eight penalties instead of 104. */
const nearDoubt = 0.03;
