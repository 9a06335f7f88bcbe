import { portableMath } from '../../kernels/index.ts';
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

/** By our own exponential, so that scores and what is chosen by them are the same to the bit on every engine. */
export function sigmoid(z: number): number {
  const h = portableMath.exp(-Math.abs(z));
  return (z >= 0 ? 1 : h) / (1 + h);
}

/** log(1 + exp(z)). */
const softplus = (z: number): number => Math.max(0, z) + portableMath.log1p(portableMath.exp(-Math.abs(z)));
