import type { Numbers } from '../../formats/index.ts';
import { portableMath, type ScalarLoss } from '../../kernels/index.ts';

/**
 * What the models descend together: from scores f[row * columns + column] and labels, the derivative of each row's loss
 * in each score and the sum of the losses of each model. Column = model * outputs + output.
 */
export interface Objective {
  /** Fills `delta` (which may be `f` itself) and adds to `sums[model]`. */
  derive(f: Float32Array, labels: Numbers, rowCount: number, delta: Float32Array, sums: Float64Array): void;
}

/** One score a model; rows with label 1 weigh `positiveWeight[model]`, all others 1. */
export const scalarObjective = (loss: ScalarLoss, positiveWeight: Float64Array): Objective => ({
  derive(f, labels, rowCount, delta, sums) {
    const models = positiveWeight.length;
    for (let row = 0; row < rowCount; row += 1) {
      const label = labels[row];
      for (let model = 0; model < models; model += 1) {
        const at = row * models + model;
        const weight = label === 1 ? positiveWeight[model] : 1;
        const score = f[at];
        sums[model] += weight * loss.value(score, label);
        delta[at] = weight * loss.slope(score, label);
      }
    }
  },
});

/** -log softmax(f)[label] of the `outputs` scores from `from` on. */
export function softmaxLoss(f: Numbers, from: number, outputs: number, label: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < outputs; k += 1) most = Math.max(most, f[from + k]);
  let total = 0;
  for (let k = 0; k < outputs; k += 1) total += portableMath.exp(f[from + k] - most);
  return portableMath.log(total) + most - f[from + label];
}

/** Softmax over `outputs` scores a model: -c[y] log softmax(f)[y]. */
export const softmaxObjective = (models: number, outputs: number, classWeight: Float64Array): Objective => ({
  derive(f, labels, rowCount, delta, sums) {
    const shares = new Float64Array(outputs);
    for (let row = 0; row < rowCount; row += 1) {
      const label = labels[row];
      const weight = classWeight[label];
      for (let model = 0; model < models; model += 1) {
        const at = (row * models + model) * outputs;
        let most = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < outputs; k += 1) most = Math.max(most, f[at + k]);
        let total = 0;
        for (let k = 0; k < outputs; k += 1) {
          shares[k] = portableMath.exp(f[at + k] - most);
          total += shares[k];
        }
        sums[model] += weight * (portableMath.log(total) + most - f[at + label]);
        for (let k = 0; k < outputs; k += 1) delta[at + k] = weight * (shares[k] / total - (k === label ? 1 : 0));
      }
    }
  },
});
