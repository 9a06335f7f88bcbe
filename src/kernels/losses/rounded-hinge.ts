import { type Derivatives, makeDerivatives, set } from './loss.ts';

/**
 * max(0, z) rounded to (z + sqrt(z^2 + width^2)) / 2, at most width / 2 above it (Chen and Harker, Kanzow, Smale). Its
 * bend has tails, so that Newton's parabola knows of the rows that are yet to come into it: a bend cut off at the width
 * needs five times the steps, and with weak penalties a hundred were not enough.
 */
export function roundedHinge(z: number, width: number, out: Derivatives): void {
  const r = Math.sqrt(z * z + width * width);
  // The second form has no difference of nearly equal numbers.
  const value = z > 0 ? (z + r) / 2 : (width * width) / (2 * (r - z));
  set(out, value, value / r, (width * width) / (2 * r * r * r));
}

/** a (e - epsilon)+ + b (-e - epsilon)+, rounded. */
export function roundedTwoSided(a: number, b: number, epsilon: number) {
  const above = makeDerivatives();
  const below = makeDerivatives();
  return (score: number, label: number, width: number, out: Derivatives): void => {
    roundedHinge(score - label - epsilon, width, above);
    roundedHinge(label - score - epsilon, width, below);
    set(
      out,
      a * above.value + b * below.value,
      a * above.slope - b * below.slope,
      a * above.curvature + b * below.curvature,
    );
  };
}
