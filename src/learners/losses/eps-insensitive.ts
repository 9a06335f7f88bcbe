import { makeRounded, roundedHinge, type ScalarLoss, set } from './loss.ts';

/** max(0, |e| - epsilon). */
export function epsInsensitiveAbsoluteLoss(epsilon: number): ScalarLoss {
  const above = makeRounded();
  const below = makeRounded();
  return {
    objectiveName: 'eps_insensitive_absolute_loss_objective',
    shape: { kind: 'epsilon-absolute', epsilon },
    value: (score, label) => Math.max(0, Math.abs(score - label) - epsilon),
    slope: (score, label) => (Math.abs(score - label) > epsilon ? Math.sign(score - label) : 0),
    rounded: (score, label, width, out) => {
      roundedHinge(score - label - epsilon, width, above);
      roundedHinge(label - score - epsilon, width, below);
      set(out, above.value + below.value, above.slope - below.slope, above.curvature + below.curvature);
    },
    smooth: false,
  };
}

/** max(0, e^2 - epsilon^2), descended with slope e, like the squared loss. */
export const epsInsensitiveSquaredLoss = (epsilon: number): ScalarLoss => ({
  objectiveName: 'eps_insensitive_squared_loss_objective',
  shape: { kind: 'epsilon-squared', epsilon },
  value: (score, label) => Math.max(0, (score - label) ** 2 - epsilon * epsilon),
  slope: (score, label) => (Math.abs(score - label) > epsilon ? score - label : 0),
  rounded: (score, label, width, out) => {
    const e = score - label;
    // A width around |e| = epsilon is about this much around e^2 = epsilon^2.
    roundedHinge(e * e - epsilon * epsilon, width * (2 * epsilon + width), out);
    set(out, out.value / 2, out.slope * e, out.curvature * 2 * e * e + out.slope);
  },
  smooth: false,
});
