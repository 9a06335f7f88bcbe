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
    // The slope jumps from 0 to epsilon at the edge: a ramp of the given width takes the jump's place.
    const e = Math.abs(score - label);
    const ramp = width === 0 ? (e > epsilon ? 1 : 0) : Math.max(0, Math.min(1, (e - epsilon) / width));
    set(out, Math.max(0, e * e - epsilon * epsilon) / 2, ramp * (score - label), ramp === 0 ? 0 : 1, 1);
  },
  smooth: false,
});
