import { roundedHinge, type ScalarLoss } from './loss.ts';

/**
 * Absolute error of a prediction that is cut to [low, high], for labels that are one or the other: a score beyond its
 * label's end is no error, because the prediction stops there. Its tightest convex upper bound is descended,
 * (high - f)+ for the high label and (f - low)+ for the low one.
 */
export function boundedAbsoluteLoss(low: number, high: number): ScalarLoss {
  const middle = (low + high) / 2;
  const shortfall = (score: number, label: number): number => (label > middle ? high - score : score - low);
  return {
    objectiveName: 'absolute_loss_objective',
    shape: { kind: 'bounded-absolute', low, high },
    value: (score, label) => Math.max(0, shortfall(score, label)),
    slope: (score, label) => (shortfall(score, label) > 0 ? (label > middle ? -1 : 1) : 0),
    rounded: (score, label, width, out) => {
      roundedHinge(shortfall(score, label), width, out);
      if (label > middle) out.slope = -out.slope;
    },
    smooth: false,
  };
}
