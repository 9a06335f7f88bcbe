import type { Kernels, Update, UpdateState } from './kernels.ts';

/** The kernels in plain TypeScript: the oracle of every faster one. Sums are double, parameters and results single precision. */
export const plainKernels: Kernels = { scores, gradient, update };

function scores(
  x: Float32Array,
  rowCount: number,
  d: number,
  w: Float32Array,
  bias: Float32Array,
  K: number,
  f: Float32Array,
): void {
  for (let row = 0; row < rowCount; row += 1) {
    const out = row * K;
    for (let k = 0; k < K; k += 1) f[out + k] = bias[k];
    for (let j = 0; j < d; j += 1) {
      const value = x[row * d + j];
      const at = j * K;
      for (let k = 0; k < K; k += 1) f[out + k] += value * w[at + k];
    }
  }
}

function gradient(
  x: Float32Array,
  rowCount: number,
  d: number,
  delta: Float32Array,
  K: number,
  divisor: number,
  gw: Float32Array,
  gb: Float32Array,
): void {
  gw.fill(0);
  gb.fill(0);
  for (let row = 0; row < rowCount; row += 1) {
    const from = row * K;
    for (let k = 0; k < K; k += 1) gb[k] += delta[from + k];
    for (let j = 0; j < d; j += 1) {
      const value = x[row * d + j];
      const at = j * K;
      for (let k = 0; k < K; k += 1) gw[at + k] += value * delta[from + k];
    }
  }
  for (let index = 0; index < d * K; index += 1) gw[index] /= divisor;
  for (let k = 0; k < K; k += 1) gb[k] /= divisor;
}

const adamEpsilon = 1e-8;
const rmsDecay = 0.9;

function update(
  w: Float32Array,
  g: Float32Array,
  state: UpdateState,
  count: number,
  K: number,
  { rule, rate, decay, subgradient, shrink, beta1, beta2 }: Update,
): void {
  const { first, second } = state;
  for (let j = 0; j < count; j += 1) {
    for (let k = 0; k < K; k += 1) {
      const at = j * K + k;
      const slope = g[at] + decay[k] * w[at] + subgradient[k] * Math.sign(w[at]);
      let next = w[at];
      if (rule === 'adam') {
        first[at] = beta1 * first[at] + (1 - beta1) * slope;
        second[at] = beta2 * second[at] + (1 - beta2) * slope * slope;
        next -= (rate[k] * first[at]) / (Math.sqrt(second[at]) + adamEpsilon);
      } else if (rule === 'sgd') {
        first[at] = beta1 * first[at] - rate[k] * slope;
        next += first[at];
      } else {
        second[at] = rmsDecay * second[at] + (1 - rmsDecay) * slope * slope;
        next -= (rate[k] * slope) / Math.sqrt(second[at] + adamEpsilon);
      }
      const width = shrink[k];
      w[at] = width === 0 ? next : next > width ? next - width : next < -width ? next + width : 0;
    }
  }
}
