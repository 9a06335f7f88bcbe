import { roundedHinge, type ScalarLoss } from './loss.ts';

/** Hinge with labels 0 and 1 and boundary 0.5: ((m + 1)/2 - f)+ for positives, ((m - 1)/2 + f)+ for negatives. */
export const hingeLoss = (margin: number): ScalarLoss => ({
  objectiveName: 'hinge_loss_objective',
  shape: { kind: 'hinge', margin },
  value: (score, label) => Math.max(0, shortfall(score, label, margin)),
  slope: (score, label) => (shortfall(score, label, margin) > 0 ? (label === 1 ? -1 : 1) : 0),
  rounded: (score, label, width, out) => {
    roundedHinge(shortfall(score, label, margin), width, out);
    if (label === 1) out.slope = -out.slope;
  },
  smooth: false,
});

const shortfall = (score: number, label: number, margin: number): number =>
  label === 1 ? (margin + 1) / 2 - score : (margin - 1) / 2 + score;
