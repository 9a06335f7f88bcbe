import { type ExactProblem, scaleOf, sizeOf } from '../problem.ts';
import { separates } from '../separable.ts';
import { lbfgs } from '../smooth/lbfgs.ts';
import { valueAtZero } from '../smooth/smooth-objective.ts';
import { type Guide, type Guided, type GuidedOptions, guidedStepsMax, inverseOf } from './guide.ts';

/** The decrement by a preconditioner that is not of the problem itself says too little. */
const doubt = 4;

/** A smooth problem without l1 by L-BFGS that the guide's factor leads: a handful of passes over the rows. */
export function guidedRidge(problem: ExactProblem, guide: Guide, options: GuidedOptions): Guided {
  const { start, tolerance, stopped, stepsMax = guidedStepsMax } = options;
  const atZero = valueAtZero(problem);
  const bend = start?.bend ?? 1;
  const inverse = inverseOf(guide, problem.wd / bend);
  const preconditioner = {
    solve: (gradient: Float64Array) => inverse(gradient).map((value) => value / bend),
    doubt,
  };
  const { point, shortfall, iterations, separable } = lbfgs(
    problem,
    start?.theta ?? new Float64Array(sizeOf(problem)),
    preconditioner,
    {
      tolerance,
      steady: true,
      stepsMax,
      scale: (value) => scaleOf(value, atZero),
      stopped: stopped ?? (() => false),
      diverges: (at, direction) => separates(problem, at, direction),
      onStep: () => undefined,
    },
  );
  const relative = shortfall / scaleOf(point.value, atZero);
  return {
    theta: point.theta,
    objective: point.value,
    relative,
    bend,
    iterations,
    reached: relative <= tolerance || separable,
  };
}
