import { type ScalarLoss, set } from './loss.ts';

/** Cross entropy of sigma(f) against y in {0, 1}, computed without overflow. */
export const logisticLoss = (): ScalarLoss => ({
  objectiveName: 'binary_classification_cross_entropy_objective',
  shape: { kind: 'logistic' },
  value: (score, label) => softplus(label === 1 ? -score : score),
  slope: (score, label) => sigmoid(score) - label,
  rounded: (score, label, _width, out) => {
    const p = sigmoid(score);
    set(out, softplus(label === 1 ? -score : score), p - label, Math.max(p * (1 - p), 1e-12));
  },
  smooth: true,
});

export const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** log(1 + exp(z)). */
const softplus = (z: number): number => (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z)));
