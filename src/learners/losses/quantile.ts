import { makeRounded, roundedHinge, type ScalarLoss, set } from './loss.ts';

/** Pinball loss of quantile q: q (y - f)+ + (1 - q) (f - y)+; the prediction ends above the label with frequency q. */
export function quantileLoss(q: number): ScalarLoss {
  const above = makeRounded();
  const below = makeRounded();
  return {
    objectiveName: 'quantile_loss_objective',
    shape: { kind: 'quantile', q },
    value: (score, label) => (score < label ? q * (label - score) : (1 - q) * (score - label)),
    slope: (score, label) => (score < label ? -q : score > label ? 1 - q : 0),
    rounded: (score, label, width, out) => {
      roundedHinge(score - label, width, above);
      roundedHinge(label - score, width, below);
      set(
        out,
        (1 - q) * above.value + q * below.value,
        (1 - q) * above.slope - q * below.slope,
        (1 - q) * above.curvature + q * below.curvature,
      );
    },
    smooth: false,
  };
}
