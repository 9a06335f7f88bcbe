import type { Standardised } from './fold.ts';
import { makeRounded, type ScalarLoss } from './losses/index.ts';

/** Standardised rows of one model's problem: x[row * d + feature]. `weight` is each row's share of the mean loss. */
export interface Problem {
  x: Float32Array;
  labels: Float32Array;
  rowCount: number;
  featureCount: number;
  positiveWeight: number;
  loss: ScalarLoss;
  wd: number;
  biasWd: number;
  useBias: boolean;
  /** Widths over which kinks are rounded, one stage after the other; the last one decides how exact the end is. */
  widths: readonly number[];
}

/**
 * Minimises mean loss + wd/2 |w|^2 + biasWd/2 b^2 from a start by damped Newton steps with a Cholesky factor, in double
 * precision. Losses with kinks are rounded over a width that shrinks stage by stage, each stage starting where the last
 * one ended. The result does not depend on seed or batch size. When `stopped` says so between two steps, the point
 * reached is the result.
 */
export function refine(problem: Problem, start: Standardised, stopped: () => boolean = () => false): Standardised {
  let theta = Float64Array.from([...start.w, start.b[0]]);
  const { smooth } = problem.loss;
  const widths = smooth ? [0] : problem.widths;
  for (const width of widths) {
    theta = solve(problem, theta, width, smooth ? 1e-12 : width === widths.at(-1) ? 1e-7 : 1e-3, stopped);
  }
  const d = problem.featureCount;
  return { w: theta.slice(0, d), b: theta.slice(d) };
}

/** Newton's steps at one width, until one promises less than `tolerance`, a share of the objective. */
function solve(
  problem: Problem,
  start: Float64Array<ArrayBuffer>,
  width: number,
  tolerance: number,
  stopped: () => boolean,
): Float64Array<ArrayBuffer> {
  let theta = start;
  let scores = scoresOf(problem, theta);
  let value = objective(problem, theta, scores, width);
  for (let step = 0; step < stepsMax && !stopped(); step += 1) {
    const { direction, decrement } = descent(problem, theta, scores, width);
    if (decrement <= tolerance * Math.abs(value)) break;
    const along = scoresOf(problem, direction);
    // The step is halved until the value falls by a share of what the slope promises (Armijo).
    let size = 1;
    let nextTheta = moved(theta, direction, size);
    let nextScores = moved(scores, along, size);
    let nextValue = objective(problem, nextTheta, nextScores, width);
    while (!(nextValue <= value - 1e-4 * size * decrement) && size > sizeMin) {
      size /= 2;
      nextTheta = moved(theta, direction, size);
      nextScores = moved(scores, along, size);
      nextValue = objective(problem, nextTheta, nextScores, width);
    }
    if (!(nextValue < value)) break;
    theta = nextTheta;
    scores = nextScores;
    value = nextValue;
  }
  return theta;
}

/** A width takes 2 to 15 steps. */
const stepsMax = 100;
/** Where so small a share of a step gains nothing, rounding is all that is left. */
const sizeMin = 1e-8;

function moved(from: Float64Array, direction: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(from.length);
  for (let at = 0; at < to.length; at += 1) to[at] = from[at] - size * direction[at];
  return to;
}

/** (x, 1) . theta of every row. */
function scoresOf({ x, rowCount, featureCount: d }: Problem, theta: Float64Array): Float64Array {
  const scores = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    let score = theta[d];
    for (let j = 0; j < d; j += 1) score += x[row * d + j] * theta[j];
    scores[row] = score;
  }
  return scores;
}

function objective(problem: Problem, theta: Float64Array, scores: Float64Array, width: number): number {
  const { labels, rowCount, featureCount: d, loss, positiveWeight } = problem;
  const out = makeRounded();
  let total = 0;
  for (let row = 0; row < rowCount; row += 1) {
    loss.rounded(scores[row], labels[row], width, out);
    total += labels[row] === 1 ? positiveWeight * out.value : out.value;
  }
  let penalty = problem.biasWd * theta[d] ** 2;
  for (let j = 0; j < d; j += 1) penalty += problem.wd * theta[j] ** 2;
  return total / rowCount + penalty / 2;
}

interface Descent {
  direction: Float64Array;
  /** How steeply the objective falls along it. */
  decrement: number;
}

/** The way to the lowest point of the parabola that the rows' slopes and curvatures span here. */
function descent(problem: Problem, theta: Float64Array, scores: Float64Array, width: number): Descent {
  const { x, labels, rowCount, featureCount: d, loss, positiveWeight } = problem;
  const size = d + 1;
  const gradient = new Float64Array(size);
  const curvatures = new Float64Array(rowCount);
  const out = makeRounded();
  let curvatureSum = 0;
  for (let row = 0; row < rowCount; row += 1) {
    loss.rounded(scores[row], labels[row], width, out);
    const share = (labels[row] === 1 ? positiveWeight : 1) / rowCount;
    const slope = out.slope * share;
    const from = row * d;
    for (let j = 0; j < d; j += 1) gradient[j] += slope * x[from + j];
    gradient[d] += slope;
    curvatures[row] = out.curvature * share;
    curvatureSum += curvatures[row];
  }
  // Rows far from any bend carry next to nothing: without them half the time is saved, and no step more is needed.
  const bar = (flatShare * curvatureSum) / rowCount;
  const bent = new Uint32Array(rowCount);
  let bentCount = 0;
  for (let row = 0; row < rowCount; row += 1) {
    if (curvatures[row] <= bar) continue;
    bent[bentCount] = row;
    bentCount += 1;
  }
  const hessian = hessianOf(x, d, bent.subarray(0, bentCount), curvatures);
  for (let j = 0; j < d; j += 1) {
    gradient[j] += problem.wd * theta[j];
    hessian[j * size + j] += problem.wd + 1e-9;
  }
  gradient[d] += problem.biasWd * theta[d];
  hessian[d * size + d] += problem.biasWd + 1e-9;
  if (!problem.useBias) {
    gradient[d] = 0;
    for (let j = 0; j < d; j += 1) hessian[d * size + j] = 0;
    hessian[d * size + d] = 1;
  }
  const direction = choleskySolve(hessian, gradient, size);
  return { direction, decrement: direction.reduce((sum, value, j) => sum + value * gradient[j], 0) };
}

/** Rows with less than this share of the mean curvature are left out of the parabola. */
const flatShare = 1e-4;

/** Lower half of sum c (x, 1)(x, 1)T over the given rows, four rows at a time: most of a fit's time is spent here. */
function hessianOf(x: Float32Array, d: number, rows: Uint32Array, curvatures: Float64Array): Float64Array {
  const size = d + 1;
  const hessian = new Float64Array(size * size);
  const last = d * size;
  let at = 0;
  for (; at + 4 <= rows.length; at += 4) {
    const r0 = rows[at] * d;
    const r1 = rows[at + 1] * d;
    const r2 = rows[at + 2] * d;
    const r3 = rows[at + 3] * d;
    const c0 = curvatures[rows[at]];
    const c1 = curvatures[rows[at + 1]];
    const c2 = curvatures[rows[at + 2]];
    const c3 = curvatures[rows[at + 3]];
    for (let i = 0; i < d; i += 1) {
      const s0 = c0 * x[r0 + i];
      const s1 = c1 * x[r1 + i];
      const s2 = c2 * x[r2 + i];
      const s3 = c3 * x[r3 + i];
      const to = i * size;
      for (let j = 0; j <= i; j += 1) {
        hessian[to + j] += s0 * x[r0 + j] + s1 * x[r1 + j] + s2 * x[r2 + j] + s3 * x[r3 + j];
      }
      hessian[last + i] += s0 + s1 + s2 + s3;
    }
    hessian[last + d] += c0 + c1 + c2 + c3;
  }
  for (; at < rows.length; at += 1) {
    const from = rows[at] * d;
    for (let i = 0; i < d; i += 1) {
      const scaled = curvatures[rows[at]] * x[from + i];
      for (let j = 0; j <= i; j += 1) hessian[i * size + j] += scaled * x[from + j];
      hessian[last + i] += scaled;
    }
    hessian[last + d] += curvatures[rows[at]];
  }
  return hessian;
}

/** Solves A v = g for a symmetric positive definite A given by its lower half; a pivot that rounding made negative is lifted. */
function choleskySolve(A: Float64Array, g: Float64Array, size: number): Float64Array {
  const L = A.slice();
  for (let j = 0; j < size; j += 1) {
    let pivot = L[j * size + j];
    const floor = 1e-12 * Math.max(pivot, 1e-9);
    for (let k = 0; k < j; k += 1) pivot -= L[j * size + k] ** 2;
    const root = Math.sqrt(Math.max(pivot, floor));
    L[j * size + j] = root;
    for (let i = j + 1; i < size; i += 1) {
      let sum = L[i * size + j];
      for (let k = 0; k < j; k += 1) sum -= L[i * size + k] * L[j * size + k];
      L[i * size + j] = sum / root;
    }
  }
  const v = g.slice();
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k < i; k += 1) v[i] -= L[i * size + k] * v[k];
    v[i] /= L[i * size + i];
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < size; k += 1) v[i] -= L[k * size + i] * v[k];
    v[i] /= L[i * size + i];
  }
  return v;
}
