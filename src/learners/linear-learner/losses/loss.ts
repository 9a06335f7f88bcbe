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
   * The loss with its kinks rounded over a width, for second-order steps: value (of what is descended), slope, curvature
   * and majorant, written to `out`. Width 0 is the loss itself where it is smooth.
   */
  rounded(score: number, label: number, width: number, out: Rounded): void;
  /** Whether the loss has no kinks, so that a width of 0 is exact. */
  smooth: boolean;
}

export interface Rounded {
  value: number;
  slope: number;
  curvature: number;
  /** Curvature of a parabola that touches the loss here and is nowhere below it. */
  majorant: number;
}

export const makeRounded = (): Rounded => ({ value: 0, slope: 0, curvature: 0, majorant: 0 });

/** max(0, z) with its corner rounded quadratically over [-width, width]. It is (z + |z|) / 2 with |z| rounded likewise. */
export function roundedHinge(z: number, width: number, out: Rounded): void {
  const majorant = 1 / (2 * Math.max(Math.abs(z), width));
  if (z >= width) set(out, z, 1, 0, majorant);
  else if (z <= -width) set(out, 0, 0, 0, majorant);
  else set(out, (z + width) ** 2 / (4 * width), (z + width) / (2 * width), 1 / (2 * width), majorant);
}

export function set(out: Rounded, value: number, slope: number, curvature: number, majorant = curvature): void {
  out.value = value;
  out.slope = slope;
  out.curvature = curvature;
  out.majorant = majorant;
}
