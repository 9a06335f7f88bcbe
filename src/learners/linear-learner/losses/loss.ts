/**
 * A loss of one score f against one label y. Formulas: Amazon's article on Linear Learner's losses (2018), in which
 * e = f - y. `value` is what is reported; `slope` is what is descended, d value / d f up to the factor 1/2 of squares.
 */
export interface ScalarLoss {
  /** Name of the training and validation objective in the log. */
  objectiveName: string;
  value(score: number, label: number): number;
  slope(score: number, label: number): number;
  /**
   * The loss with its kinks rounded over a width, for second-order steps: value (of what is descended), slope and
   * curvature, written to `out`. Width 0 is the loss itself where it is smooth.
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

/** max(0, z) with its corner rounded quadratically over [-width, width]. */
export function roundedHinge(z: number, width: number, out: Rounded): void {
  if (z >= width) set(out, z, 1, 0);
  else if (z <= -width) set(out, 0, 0, 0);
  else set(out, (z + width) ** 2 / (4 * width), (z + width) / (2 * width), 1 / (2 * width));
}

export function set(out: Rounded, value: number, slope: number, curvature: number): void {
  out.value = value;
  out.slope = slope;
  out.curvature = curvature;
}
