import type { LossShape } from '../../kernels/index.ts';

/**
 * A loss of one score f against one label y. Formulas: Amazon's article on Linear Learner's losses (2018), in which
 * e = f - y. `value` is what is reported; `slope` is what is descended, d value / d f up to the factor 1/2 of squares.
 */
export interface ScalarLoss {
  /** Name of the training and validation objective in the log. */
  objectiveName: string;
  /** The same loss as data, for the kernels. */
  shape: LossShape;
  value(score: number, label: number): number;
  slope(score: number, label: number): number;
  /**
   * The loss with its kinks rounded over about a width, for second-order steps: value (of what is descended), slope and
   * curvature, written to `out`. The curvature is above 0 everywhere. A smooth loss has no use for the width.
   */
  rounded(score: number, label: number, width: number, out: Rounded): void;
  /** Whether the loss has no kinks, so that a width of 0 is exact. */
  smooth: boolean;
}

export interface Rounded {
  value: number;
  slope: number;
  curvature: number;
}

export const makeRounded = (): Rounded => ({ value: 0, slope: 0, curvature: 0 });

/**
 * max(0, z) rounded to (z + sqrt(z^2 + width^2)) / 2, at most width / 2 above it (Chen and Harker, Kanzow, Smale). Its
 * bend has tails, so that Newton's parabola knows of the rows that are yet to come into it: a bend cut off at the width
 * needs five times the steps, and with weak penalties a hundred were not enough.
 */
export function roundedHinge(z: number, width: number, out: Rounded): void {
  const r = Math.sqrt(z * z + width * width);
  // The second form has no difference of nearly equal numbers.
  const value = z > 0 ? (z + r) / 2 : (width * width) / (2 * (r - z));
  set(out, value, value / r, (width * width) / (2 * r * r * r));
}

export function set(out: Rounded, value: number, slope: number, curvature: number): void {
  out.value = value;
  out.slope = slope;
  out.curvature = curvature;
}
