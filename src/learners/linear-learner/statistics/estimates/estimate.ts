import { outputsOf } from '../../../../kernels/index.ts';
import { cholesky, choleskySolve, dot, type Factor } from '../../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../../../solvers/problem.ts';
import { separates } from '../../../solvers/separable.ts';
import { pointAt } from '../../../solvers/smooth/smooth-objective.ts';
import type { SmoothPoint } from '../../../solvers/smooth/smooth-point.ts';
import { bendsAt, leverages } from '../row-terms.ts';

/**
 * An estimate without penalties over some of the parameters, the others being 0. `free` are places in theta, rising; a
 * softmax has the first class as its reference, so that the others' parameters are log odds against it.
 */
export interface Estimate {
  problem: ExactProblem;
  free: Uint32Array;
  theta: Float64Array;
  /** The objective: mean loss, less Jeffreys' term when that is in use. */
  value: number;
  /** The factor of the mean loss's Hessian over `free`. */
  factor: Factor;
}

export interface EstimateOptions {
  start?: Float64Array | undefined;
  /**
   * Adds Jeffreys' prior, of the design of these parameters: estimates are finite where classes fall apart, and their bias
   * is of a lower order. Source: D. Firth, Biometrika 80 (1993) 27; G. Heinze and M. Schemper, Stat. Med. 21 (2002) 2409.
   * For the logistic loss.
   */
  jeffreysOver?: Uint32Array | undefined;
  stopped?: (() => boolean) | undefined;
}

/**
 * Minimises the mean loss over the free parameters by Newton's method. Undefined when it has no minimum (the classes
 * fall apart), or none was reached; or when stopped.
 */
export function estimate(
  problem: ExactProblem,
  free: Uint32Array,
  { start, jeffreysOver, stopped }: EstimateOptions = {},
): Estimate | undefined {
  const look = (theta: Float64Array): Look => lookAt(problem, theta, jeffreysOver);
  let at = look(start?.slice() ?? new Float64Array(sizeOf(problem)));
  for (let step = 0; step < stepsMax; step += 1) {
    if (stopped?.() === true) return undefined;
    const { point } = at;
    const factor = cholesky(partOf(at.curvature, free), free.length);
    const gradient = Float64Array.from(free, (place) => at.gradient[place]);
    const solved = choleskySolve(factor, gradient);
    const decrement = dot(solved, gradient);
    if (!(decrement >= 0)) return undefined;
    const ended = (): Estimate => ({
      problem,
      free,
      theta: point.theta,
      value: at.value,
      factor: cholesky(partOf(point.hessian(), free), free.length),
    });
    const enough = jeffreysOver === undefined ? closeEnough : closeEnoughFirth;
    if (decrement / 2 <= enough * Math.max(Math.abs(at.value), 1e-3)) return ended();
    const direction = new Float64Array(point.theta.length);
    free.forEach((place, index) => {
      direction[place] = solved[index];
    });
    if (jeffreysOver === undefined && step >= soundSteps && separates({ ...problem, wd: 0 }, point, direction))
      return undefined;
    const next = shortened(at, direction, decrement, look);
    // Rounding ends the descent a little before its tolerance.
    if (next === undefined) return decrement <= roundingMax * Math.max(Math.abs(at.value), 1e-3) ? ended() : undefined;
    at = next;
  }
  return undefined;
}

const stepsMax = 100;
/** Most descents end before this step; searching all rows for a plane that separates the classes would cost them half their time. */
const soundSteps = 6;
/**
 * Half of Newton's decrement, as a share of the objective: estimates are then sure to far below their standard errors.
 * Steps towards Firth's estimate converge slowly.
 */
const closeEnough = 1e-13;
const closeEnoughFirth = 1e-10;
const roundingMax = 1e-7;

const sizeOf = ({ design, loss }: ExactProblem): number => (design.featureCount + 1) * outputsOf(loss);

/** The point a step away, halved until the value falls (Armijo). */
function shortened(
  from: Look,
  direction: Float64Array,
  decrement: number,
  look: (theta: Float64Array) => Look,
): Look | undefined {
  const { theta } = from.point;
  for (let size = 1; size > 1e-9; size /= 2) {
    const next = look(theta.map((value, at) => value - size * direction[at]));
    if (next.value <= from.value - 1e-4 * size * decrement) return next;
    if (decrement < roundingMax * Math.abs(from.value) && size < 0.2) return undefined;
  }
  return undefined;
}

interface Look {
  point: SmoothPoint;
  value: number;
  gradient: Float64Array;
  /** What steps are led by. */
  curvature: Float64Array;
}

function lookAt(problem: ExactProblem, theta: Float64Array, jeffreysOver: Uint32Array | undefined): Look {
  const point = pointAt(problem, theta, true);
  if (jeffreysOver === undefined)
    return { point, value: point.value, gradient: point.gradient(), curvature: point.hessian() };
  const n = problem.design.rowCount;
  const factor = cholesky(partOf(point.hessian(), jeffreysOver), jeffreysOver.length);
  const bends = bendsAt(problem, theta);
  const leverage = leverages(problem, jeffreysOver, factor, bends.curvature);
  // -log|I| / 2 changes with theta by -h (1/2 - p) x, and p - 1/2 is the slope of a row of label 0, less 1/2.
  const { labels } = problem;
  const delta = bends.slope.map((slope, row) => slope - leverage[row] * (0.5 - (slope + labels[row])));
  const g = new Float64Array(theta.length);
  problem.design.gradient(delta, 1, g);
  const curvature = new Float64Array((problem.design.featureCount + 1) ** 2);
  // Firth's estimate is that of rows of weight 1 + h; without the h steps overshoot, and many are needed.
  problem.design.gram(
    bends.curvature.map((value, row) => (value * (1 + leverage[row])) / n),
    curvature,
  );
  return {
    point,
    curvature,
    value: point.value - logDeterminant(factor) / 2 / n,
    gradient: g.map((sum) => sum / n),
  };
}

function logDeterminant({ L, size, scale }: Factor): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) if (scale[i] > 0) sum += 2 * Math.log(L[i * size + i] / scale[i]);
  return sum;
}

/** Rows and columns `free` of a symmetric matrix given by its lower half; lower half, row-major. */
export function partOf(matrix: Float64Array, free: Uint32Array): Float64Array {
  const size = Math.round(Math.sqrt(matrix.length));
  const p = free.length;
  const part = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    for (let j = 0; j <= i; j += 1) part[i * p + j] = matrix[free[i] * size + free[j]];
  }
  return part;
}
