import { type Design, type LossShape, outputsOf } from '../../kernels/index.ts';

/**
 * mean over rows of weight * loss + wd/2 |w|^2 + l1 |w|_1 + biasWd/2 b^2, to be minimised over w and b in the units of
 * the design. The loss is what is descended: e^2 / 2 for squares, (e^2 - epsilon^2)+ / 2 for epsilon-squared.
 */
export interface ExactProblem {
  design: Design;
  /**
   * The same rows in double arithmetic, where `design` has single: gaps of l1 and of kinks are proven with it, while
   * `design` makes the grams.
   */
  fine?: Design | undefined;
  labels: Float32Array | Float64Array;
  loss: LossShape;
  /** Weight of rows with label 1, for losses of one score; softmax has its own class weights. */
  positiveWeight: number;
  wd: number;
  l1: number;
  biasWd: number;
  useBias: boolean;
}

export interface Solution {
  /** theta[j * K + k], the last row the K intercepts. */
  theta: Float64Array;
  objective: number;
  certificate: Certificate;
  /** Steps over all rows. */
  iterations: number;
  method: string;
  /** Weights other than 0, intercepts not counted. */
  nonZero: number;
  /** A direction was found along which the loss falls for ever: without penalty there is no optimum. */
  separable: boolean;
}

/** What proves how far a solution may be from the optimum. */
export interface Certificate {
  /**
   * A duality gap bounds objective - optimum. A gradient norm (largest absolute component) comes with an estimate of
   * objective - optimum, half of Newton's decrement.
   */
  kind: 'gradient norm' | 'duality gap';
  value: number;
  /** Bound or estimate of objective - optimum, as a share of the objective (see `scaleOf`). */
  relative: number;
  /** What `relative` was to reach. */
  tolerance: number;
  reached: boolean;
}

export interface SolveOptions {
  /** (featureCount + 1) * K values to begin at. */
  start?: Float64Array | undefined;
  /** Of losses with kinks: how far the start is thought to be from the optimum; 1, if left out, is a guess. */
  doubt?: number | undefined;
  /** Estimated share of the objective that may be left, where that saves time; as little as rounding allows if left out. */
  tolerance?: number | undefined;
  /** Looked at between steps; when it says so, the point reached is returned. */
  stopped?: (() => boolean) | undefined;
  onProgress?: ((progress: { iteration: number; objective: number; relative: number }) => void) | undefined;
}

export const sizeOf = ({ design, loss }: ExactProblem): number => (design.featureCount + 1) * outputsOf(loss);

/**
 * What gaps are measured against: the objective, but not less than this share of what theta = 0 gives, since a perfect
 * fit has an optimum of 0, of which nothing is a small share.
 */
export const scaleOf = (objective: number, atZero: number): number =>
  Math.max(Math.abs(objective), 1e-5 * atZero, 1e-300);

/** A certificate by a duality gap, measured against the objective and what theta = 0 gives. */
export function gapCertificate(gap: number, objective: number, atZero: number, tolerance: number): Certificate {
  const relative = gap / scaleOf(objective, atZero);
  return { kind: 'duality gap', value: gap, relative, tolerance, reached: relative <= tolerance };
}

/** wd/2 |w|^2 + biasWd/2 b^2 and, when asked, l1 |w|_1. */
export function penaltyOf({ design, loss, wd, biasWd, l1 }: ExactProblem, theta: Float64Array): number {
  const weights = design.featureCount * outputsOf(loss);
  let squares = 0;
  let absolutes = 0;
  for (let at = 0; at < weights; at += 1) {
    squares += theta[at] * theta[at];
    absolutes += Math.abs(theta[at]);
  }
  let ofBias = 0;
  for (let at = weights; at < theta.length; at += 1) ofBias += theta[at] * theta[at];
  return (wd * squares + biasWd * ofBias) / 2 + l1 * absolutes;
}

export function nonZeroOf(theta: Float64Array, outputs: number): number {
  let count = 0;
  for (let at = 0; at < theta.length - outputs; at += 1) if (theta[at] !== 0) count += 1;
  return count;
}
