// Newton's method with backtracking: J. Nocedal and S. Wright, Numerical Optimization (2006), chapter 3.
import { cholesky, choleskySolve, dot, type Factor } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../problem.ts';
import { pointAt } from './smooth-objective.ts';
import type { SmoothPoint } from './smooth-point.ts';

/** Where a descent of a smooth objective ended. */
export interface Descended {
  point: SmoothPoint;
  iterations: number;
  /** Estimate of value - optimum: half of Newton's decrement. */
  shortfall: number;
  separable: boolean;
  /** Newton's step that was not taken any more, and the factor it is of; of L-BFGS none. */
  ahead?: { direction: Float64Array; factor: Factor };
  /** L-BFGS: a last step to be taken off the point, see `unseen`. */
  onward?: Float64Array;
  /** Given up because another hessian would pay: see `patience`. */
  slow?: boolean;
}

export interface DescentOptions {
  /** Estimated share of the objective to be left. */
  tolerance: number;
  /** Share at which the end is near enough that rounding may be all that is left. */
  enough?: number;
  stepsMax: number;
  /** Whether the hessian changes little by little, so that near the end its last factor serves on. */
  steady: boolean;
  /** L-BFGS gives up when it would take more steps than this for so many decades; never when left out. */
  patience?: (decades: number) => number;
  /**
   * Estimated share of the objective from which on L-BFGS leaves its last step unseen, where the one before took off a decade or
   * more: a sweep over all rows would only tell that it did so too. What is certified is the point before.
   */
  unseen?: number;
  /** Objective to measure shares of, from the objective reached. */
  scale: (value: number) => number;
  stopped: () => boolean;
  /** Whether the step shows that the objective falls for ever. */
  diverges: (point: SmoothPoint, direction: Float64Array) => boolean;
  onStep: (iteration: number, value: number, relative: number) => void;
}

/**
 * Newton's method with a Cholesky factor and halved steps. Near the end, where the hessian hardly changes, the last
 * factor serves on: its gram is the costly part of a step.
 */
export function newton(problem: ExactProblem, start: Float64Array, options: DescentOptions): Descended {
  let point = pointAt(problem, start, true);
  let factor: Factor | undefined;
  let shortfall = Infinity;
  let iterations = 0;
  let ahead: Descended['ahead'];
  for (; iterations < options.stepsMax; iterations += 1) {
    const gradient = point.gradient();
    const scale = options.scale(point.value);
    const isClose = options.steady && shortfall < closeShare * scale;
    const isFresh = factor === undefined || !isClose;
    if (factor === undefined || isFresh) factor = cholesky(point.hessian(), gradient.length);
    const direction = choleskySolve(factor, gradient);
    ahead = { direction, factor };
    const decrement = dot(direction, gradient);
    const isStuck = isClose && decrement / 2 > shortfall / 4;
    shortfall = decrement / 2;
    options.onStep(iterations, point.value, shortfall / scale);
    if (shortfall <= options.tolerance * scale || options.stopped()) break;
    if (options.diverges(point, direction)) return { point, iterations, shortfall, separable: true };
    const next = lineSearch(problem, point, direction, decrement, shortfall >= closeShare * scale);
    if (next === undefined) {
      // A kept factor may lead nowhere; a fresh one that does so is at the end of what rounding allows.
      if (isFresh) break;
      factor = undefined;
      continue;
    }
    point = next;
    if (isStuck) factor = undefined;
  }
  return { point, iterations, shortfall, separable: false, ...(ahead && { ahead }) };
}

/** Below this share of the objective the last factor is good enough. */
const closeShare = 1e-5;

/** The point a step away, halved until the value falls by a share of what the slope promises (Armijo). */
export function lineSearch(
  problem: ExactProblem,
  from: SmoothPoint,
  direction: Float64Array,
  decrement: number,
  bent: boolean,
): SmoothPoint | undefined {
  // Sums of the value carry rounding, which must not be taken for a rise where steps are nearly done.
  const noise = 1e-15 * Math.abs(from.value);
  for (let size = 1; size > sizeMin; size /= 2) {
    const theta = from.theta.map((value, at) => value - size * direction[at]);
    const next = pointAt(problem, theta, bent);
    if (next.value <= from.value - 1e-4 * size * decrement + (size === 1 ? noise : 0)) return next;
    if (
      size === 1 &&
      decrement < 1e-9 * Math.abs(from.value) &&
      largest(next.gradient()) < 0.5 * largest(from.gradient())
    ) {
      return next;
    }
    // A step that promises so little fails for the noise of single precision kernels, not for its length.
    if (size < 0.2 && decrement < 1e-7 * Math.abs(from.value)) return undefined;
  }
  return undefined;
}

const sizeMin = 1e-8;

export function largest(values: Float64Array): number {
  let max = 0;
  for (let at = 0; at < values.length; at += 1) max = Math.max(max, Math.abs(values[at]));
  return max;
}
