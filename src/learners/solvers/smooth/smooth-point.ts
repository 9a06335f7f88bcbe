import { outputsOf } from '../../../kernels/index.ts';
import { type ExactProblem, penaltyOf } from '../problem.ts';

/** The objective without l1 at one point. What is asked for is computed once; `theta` is not to be changed. */
export interface SmoothPoint {
  readonly theta: Float64Array;
  readonly value: number;
  gradient(): Float64Array;
  /** Lower triangle, row-major. */
  hessian(): Float64Array;
  /** The hessian times a vector of theta's length. */
  times(vector: Float64Array): Float64Array;
  /** The hessian's diagonal; where the design tells no squares, its bound for features of variance 1. */
  diagonal(): Float64Array;
  /** Rows x outputs. */
  scores(): Float64Array;
}

export const smoothPenalty = (problem: ExactProblem, theta: Float64Array): number =>
  penaltyOf({ ...problem, l1: 0 }, theta);

/** Sums over rows become means, and the penalty is added. Without intercept its part is 0. */
export function finishGradient(problem: ExactProblem, theta: Float64Array, g: Float64Array): Float64Array {
  const { design, wd, biasWd, useBias } = problem;
  const weights = (g.length / (design.featureCount + 1)) * design.featureCount;
  for (let at = 0; at < weights; at += 1) g[at] = g[at] / design.rowCount + wd * theta[at];
  for (let at = weights; at < g.length; at += 1) {
    g[at] = useBias ? g[at] / design.rowCount + biasWd * theta[at] : 0;
  }
  return g;
}

export function finishHessian(problem: ExactProblem, h: Float64Array): Float64Array {
  const { design, wd, biasWd, useBias } = problem;
  const size = Math.round(Math.sqrt(h.length));
  const weights = (size / (design.featureCount + 1)) * design.featureCount;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) h[i * size + j] = i >= weights && !useBias ? 0 : h[i * size + j] / design.rowCount;
    h[i * size + i] += i < weights ? wd : useBias ? biasWd : 0;
  }
  return h;
}

/** The diagonal of the hessian of rows of these curvatures (rows x outputs). */
export function diagonalOf(problem: ExactProblem, curvatures: Float64Array): Float64Array {
  const { design, loss, wd, biasWd, useBias } = problem;
  const K = outputsOf(loss);
  const n = design.rowCount;
  const diagonal = new Float64Array((design.featureCount + 1) * K);
  if (design.squares === undefined) {
    let total = 0;
    for (const c of curvatures) total += c;
    diagonal.fill(total / K);
  } else design.squares(curvatures, K, diagonal);
  const weights = diagonal.length - K;
  for (let at = 0; at < weights; at += 1) diagonal[at] = diagonal[at] / n + wd;
  for (let at = weights; at < diagonal.length; at += 1) diagonal[at] = useBias ? diagonal[at] / n + biasWd : 0;
  return diagonal;
}

/** The gradient less that of the smooth penalties. */
export function lossGradient(
  { wd, biasWd, loss }: ExactProblem,
  theta: Float64Array,
  gradient: Float64Array,
): Float64Array {
  const weights = theta.length - outputsOf(loss);
  return gradient.map((value, at) => value - (at < weights ? wd : biasWd) * theta[at]);
}
