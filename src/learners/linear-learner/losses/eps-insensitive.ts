import { makeRounded, roundedHinge, type ScalarLoss, set } from './loss.ts';

/** max(0, |e| - epsilon). */
export function epsInsensitiveAbsoluteLoss(epsilon: number): ScalarLoss {
  const above = makeRounded();
  const below = makeRounded();
  return {
    objectiveName: 'eps_insensitive_absolute_loss_objective',
    value: (score, label) => Math.max(0, Math.abs(score - label) - epsilon),
    slope: (score, label) => (Math.abs(score - label) > epsilon ? Math.sign(score - label) : 0),
    rounded: (score, label, width, out) => {
      roundedHinge(score - label - epsilon, width, above);
      roundedHinge(label - score - epsilon, width, below);
      set(
        out,
        above.value + below.value,
        above.slope - below.slope,
        above.curvature + below.curvature,
        above.majorant + below.majorant,
      );
    },
    smooth: false,
  };
}

/** max(0, e^2 - epsilon^2), descended with slope e, like the squared loss. */
export const epsInsensitiveSquaredLoss = (epsilon: number): ScalarLoss => ({
  objectiveName: 'eps_insensitive_squared_loss_objective',
  value: (score, label) => Math.max(0, (score - label) ** 2 - epsilon * epsilon),
  slope: (score, label) => (Math.abs(score - label) > epsilon ? score - label : 0),
  rounded: (score, label, width, out) => {
    // The slope jumps from 0 to epsilon at the edge: over [epsilon, epsilon + width] a ramp takes the jump's place.
    const signed = score - label;
    const e = Math.abs(signed);
    const steepest = (epsilon + 2 * width) / width;
    if (e <= epsilon)
      set(out, 0, 0, 0, e < epsilon ? Math.min(steepest, epsilon ** 2 / (epsilon ** 2 - e ** 2)) : steepest);
    else if (e < epsilon + width) {
      const value = ((e ** 3 - epsilon ** 3) / 3 - (epsilon * (e ** 2 - epsilon ** 2)) / 2) / width;
      set(out, value, ((e - epsilon) / width) * signed, (2 * e - epsilon) / width, steepest);
    } else {
      // What the ramp takes from (e^2 - epsilon^2) / 2, whose parabola of curvature 1 would pass below 0 within epsilon.
      const value = (e ** 2 - epsilon ** 2) / 2 - (epsilon * width) / 2 - width ** 2 / 6;
      set(out, value, signed, 1, Math.min(steepest, e ** 2 / (2 * value)));
    }
  },
  smooth: false,
});
