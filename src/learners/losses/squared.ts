import { type ScalarLoss, set } from './loss.ts';

/** Squared error: reported e^2, descended e^2 / 2. */
export const squaredLoss = (): ScalarLoss => ({
  objectiveName: 'mse_objective',
  shape: { kind: 'squared' },
  value: (score, label) => (score - label) ** 2,
  slope: (score, label) => score - label,
  rounded: (score, label, _width, out) => set(out, (score - label) ** 2 / 2, score - label, 1),
  smooth: true,
});
