import { outputsOf, portableMath } from '../../../kernels/index.ts';
import { dot } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../problem.ts';
import type { Descended, DescentOptions } from './newton.ts';
import type { Preconditioner } from './preconditioner.ts';
import { pointAt } from './smooth-objective.ts';
import type { SmoothPoint } from './smooth-point.ts';

/** Pairs of steps and changes of slope that are remembered. */
const memoryMax = 12;

interface Pair {
  step: Float64Array;
  change: Float64Array;
  product: number;
}

/**
 * L-BFGS (D. Liu and J. Nocedal, Math. Program. 45 (1989) 503) in which a preconditioner stands for the inverse hessian at
 * first: with one that is nearly right a handful of steps does.
 */
export function lbfgs(
  problem: ExactProblem,
  start: Float64Array,
  preconditioner: Preconditioner,
  options: DescentOptions,
): Descended {
  let point = pointAt(problem, start, false);
  const memory: Pair[] = [];
  let shortfall = Infinity;
  let iterations = 0;
  let earlier = Infinity;
  const shortfalls: number[] = [];
  const paceSteps = paceStepsOf(problem);
  for (; iterations < options.stepsMax; iterations += 1) {
    // Rows in single precision end progress before the tolerance does.
    if (iterations % windowSteps === 0) {
      if (earlier - point.value <= 1e-8 * options.scale(point.value)) break;
      earlier = point.value;
    }
    const gradient = point.gradient();
    const direction = twoLoops(gradient, memory, preconditioner);
    const decrement = dot(direction, gradient);
    const scale = options.scale(point.value);
    shortfall = Math.max(decrement / 2, Math.min(boundOf(problem, gradient), (preconditioner.doubt * decrement) / 2));
    options.onStep(iterations, point.value, shortfall / scale);
    if (shortfall <= options.tolerance * scale || options.stopped()) break;
    const isSteep = shortfall <= shortfalls[shortfalls.length - 1] / 10;
    if (isSteep && shortfall <= (options.unseen ?? 0) * scale)
      return { point, iterations, shortfall, separable: false, onward: direction };
    shortfalls.push(shortfall);
    const isNear = shortfall <= (options.enough ?? 0) * scale;
    const pace = paceOf(shortfalls, paceSteps);
    if (isNear && pace < paceMin) break;
    if (
      !isNear &&
      options.patience !== undefined &&
      isSlow(shortfall / (options.tolerance * scale), pace, options.patience)
    )
      return { point, iterations, shortfall, separable: false, slow: true };
    if (options.diverges(point, direction)) return { point, iterations, shortfall, separable: true };
    const next = decrement > 0 ? lineSearch(problem, point, direction, decrement) : undefined;
    if (next === undefined) {
      // What is promised lies below what rounding leaves of single precision's sums.
      if (memory.length === 0 || decrement < 1e-7 * scale) break;
      memory.length = 0;
      continue;
    }
    remember(memory, point, next);
    point = next;
  }
  return { point, iterations, shortfall, separable: false };
}

/** Steps over which the value must fall by more than rounding. */
const windowSteps = 25;

/** Whether the pace of the last steps would take more of them than patience has. */
function isSlow(share: number, pace: number, patience: (decades: number) => number): boolean {
  const decades = decadesOf(share);
  const steps = patience(decades);
  return steps < Infinity && decades > pace * steps;
}

const decadesOf = (share: number): number => portableMath.log(share) / Math.LN10;

/** Decades that the last steps took off each, a bad last one forgiven; any number as long as they are too few to tell. */
function paceOf(shortfalls: readonly number[], steps: number): number {
  const now = shortfalls.length - 1;
  if (now < steps) return Infinity;
  const from = Math.max(0, now - 2 * steps);
  return decadesOf(shortfalls[from] / Math.min(shortfalls[now], shortfalls[now - 1])) / (now - from);
}

/** Steps that tell a pace: of several classes the first ones, from another penalty's optimum, say little. */
const paceStepsOf = ({ loss }: ExactProblem): number => (outputsOf(loss) > 1 ? 8 : 3);

/** Near the end slower steps are not worth their while. */
const paceMin = 0.1;

/** With wd > 0 everywhere the objective is at most |g|^2 / (2 wd) above its optimum. */
function boundOf({ wd, biasWd, useBias }: ExactProblem, gradient: Float64Array): number {
  const least = useBias ? Math.min(wd, biasWd) : wd;
  return least > 0 ? dot(gradient, gradient) / (2 * least) : Infinity;
}

function twoLoops(gradient: Float64Array, memory: readonly Pair[], preconditioner: Preconditioner): Float64Array {
  const q = gradient.slice();
  const shares = new Float64Array(memory.length);
  for (let at = memory.length - 1; at >= 0; at -= 1) {
    const { step, change, product } = memory[at];
    shares[at] = dot(step, q) / product;
    add(q, change, -shares[at]);
  }
  const direction = preconditioner.solve(q);
  for (let at = 0; at < memory.length; at += 1) {
    const { step, change, product } = memory[at];
    add(direction, step, shares[at] - dot(change, direction) / product);
  }
  return direction;
}

function add(to: Float64Array, what: Float64Array, share: number): void {
  for (let at = 0; at < to.length; at += 1) to[at] += share * what[at];
}

function remember(memory: Pair[], from: SmoothPoint, to: SmoothPoint): void {
  const step = to.theta.map((value, at) => value - from.theta[at]);
  const slope = from.gradient();
  const change = to.gradient().map((value, at) => value - slope[at]);
  const product = dot(step, change);
  if (!(product > 1e-14 * Math.sqrt(dot(step, step) * dot(change, change)))) return;
  memory.push({ step, change, product });
  if (memory.length > memoryMax) memory.shift();
}

/** A point along the direction that satisfies Wolfe's conditions, by doubling and then cutting the bracket. */
function lineSearch(
  problem: ExactProblem,
  from: SmoothPoint,
  direction: Float64Array,
  decrement: number,
): SmoothPoint | undefined {
  let low = 0;
  let high = Infinity;
  let size = 1;
  let best: SmoothPoint | undefined;
  for (let trial = 0; trial < trialsMax; trial += 1) {
    const theta = from.theta.map((value, at) => value - size * direction[at]);
    const next = pointAt(problem, theta, false);
    const isLower = next.value <= from.value - 1e-4 * size * decrement;
    const slope = -dot(next.gradient(), direction);
    // Where values no longer tell, slopes still do: they are much the same as for a parabola (Hager and Zhang 2005).
    const isFlat = decrement < 1e-6 * Math.abs(from.value) && Math.abs(slope) <= 0.8 * decrement;
    if (isLower || isFlat) {
      if (Math.abs(slope) <= 0.9 * decrement || slope > 0) return next;
      best = next;
      low = size;
      size = high === Infinity ? size * 2 : (low + high) / 2;
    } else {
      high = size;
      // The lowest point of the parabola through both ends' slopes, kept off the ends.
      const cut = slope > 0 ? (decrement * size) / (decrement + slope) : size / 4;
      size = low > 0 ? (low + high) / 2 : Math.max(0.1 * size, Math.min(0.7 * size, cut));
    }
  }
  return best;
}

const trialsMax = 12;
