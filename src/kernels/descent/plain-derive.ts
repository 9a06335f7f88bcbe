import { hasManyOutputs, lossOf } from '../losses/index.ts';
import type { DescentShape } from './descent.ts';

/**
 * Turns the scores of rows into slopes in place, f[row * K + column], and adds each model's losses to `losses`. Labels are
 * those of the rows from `from` on.
 */
export type Derive = (f: Float64Array, y: Float32Array, from: number, rows: number, losses: Float64Array) => void;

export function plainDerive({ loss: shape, models }: Pick<DescentShape, 'loss' | 'models'>): Derive {
  if (hasManyOutputs(shape)) return softmaxDerive(models.length, shape.outputs, shape.classWeight);
  const loss = lossOf(shape);
  const K = models.length;
  const weights = Float64Array.from(models, ({ positiveWeight }) => positiveWeight);
  return (f, y, from, rows, losses) => {
    for (let row = 0; row < rows; row += 1) {
      const label = y[from + row];
      for (let k = 0; k < K; k += 1) {
        const weight = label === 1 ? weights[k] : 1;
        const score = f[row * K + k];
        losses[k] += weight * loss.value(score, label);
        f[row * K + k] = weight * loss.slope(score, label);
      }
    }
  };
}

const softmaxDerive =
  (models: number, outputs: number, classWeight: Float64Array): Derive =>
  (f, y, from, rows, losses) => {
    for (let row = 0; row < rows; row += 1) {
      const label = y[from + row];
      const weight = classWeight[label];
      for (let model = 0; model < models; model += 1) {
        const at = (row * models + model) * outputs;
        let highest = f[at];
        for (let k = 1; k < outputs; k += 1) highest = Math.max(highest, f[at + k]);
        let sum = 0;
        for (let k = 0; k < outputs; k += 1) sum += Math.exp(f[at + k] - highest);
        losses[model] += weight * (highest + Math.log(sum) - f[at + label]);
        for (let k = 0; k < outputs; k += 1) {
          f[at + k] = weight * (Math.exp(f[at + k] - highest) / sum - (k === label ? 1 : 0));
        }
      }
    }
  };
