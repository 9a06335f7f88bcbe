import type { ScalarLoss } from './loss.ts';
import { quantileLoss } from './quantile.ts';

/** Absolute error: twice the quantile loss of the median. */
export function absoluteLoss(): ScalarLoss {
  const half = quantileLoss(0.5);
  return {
    objectiveName: 'absolute_loss_objective',
    shape: { kind: 'absolute' },
    value: (score, label) => Math.abs(score - label),
    slope: (score, label) => Math.sign(score - label),
    rounded: (score, label, width, out) => {
      half.rounded(score, label, width, out);
      out.value *= 2;
      out.slope *= 2;
      out.curvature *= 2;
    },
    smooth: false,
  };
}
