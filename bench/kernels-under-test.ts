import {
  type Descent,
  type DescentShape,
  outputsOf,
  plainKernels,
  type SparseDescent,
  type Update,
} from '../src/kernels/index.ts';

/** The ways of training that the benches compare. The one place that changes when the kernels do. */
export interface KernelChoice {
  /** The twin in plain TypeScript. */
  plain?: boolean;
  threads?: number;
  /** Without FMA. */
  deterministic?: boolean;
}

export const hasFastKernels = false;

export function openDescent(shape: DescentShape, _choice: KernelChoice): Descent {
  return plainDescent(shape);
}

/** Logistic and softmax losses by the plain kernels. */
function plainDescent(shape: DescentShape): Descent {
  const { featureCount: d, models, loss, batchRows, chunkRows } = shape;
  const outputs = outputsOf(loss);
  const K = models.length * outputs;
  const x = new Float32Array(chunkRows * d);
  const y = new Float32Array(chunkRows);
  const w = new Float32Array(d * K);
  const b = new Float32Array(K);
  const f = new Float32Array(batchRows * K);
  const gw = new Float32Array(d * K);
  const gb = new Float32Array(K);
  const moments = (count: number) => ({ first: new Float32Array(count), second: new Float32Array(count) });
  const states = { w: moments(d * K), b: moments(K) };
  const update: Update = {
    rule: 'adam',
    rate: new Float64Array(K),
    decay: Float64Array.from({ length: K }, (_, k) => models[Math.floor(k / outputs)]!.decay),
    subgradient: new Float64Array(K),
    shrink: new Float64Array(K),
    beta1: shape.beta1,
    beta2: shape.beta2,
  };
  let t = 0;
  const derive = (from: number, rowCount: number): void => {
    for (let row = 0; row < rowCount; row += 1) {
      const label = y[from + row]!;
      if (outputs === 1) {
        for (let k = 0; k < K; k += 1) f[row * K + k] = 1 / (1 + Math.exp(-f[row * K + k]!)) - label;
        continue;
      }
      for (let model = 0; model < models.length; model += 1) {
        const at = row * K + model * outputs;
        let high = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < outputs; k += 1) high = Math.max(high, f[at + k]!);
        let sum = 0;
        for (let k = 0; k < outputs; k += 1) {
          f[at + k] = Math.exp(f[at + k]! - high);
          sum += f[at + k]!;
        }
        for (let k = 0; k < outputs; k += 1) f[at + k] = f[at + k]! / sum - (k === label ? 1 : 0);
      }
    }
  };
  const unused = (): never => {
    throw new Error('The benches do not call this');
  };
  return {
    K,
    x,
    y,
    train(rowCount) {
      for (let from = 0; from < rowCount; from += batchRows) {
        const rows = Math.min(batchRows, rowCount - from);
        const part = x.subarray(from * d, (from + rows) * d);
        plainKernels.scores(part, rows, d, w, b, K, f);
        derive(from, rows);
        plainKernels.gradient(part, rows, d, f, K, rows, gw, gb);
        t += 1;
        for (let k = 0; k < K; k += 1) {
          const model = models[Math.floor(k / outputs)]!;
          update.rate[k] = (model.rate * Math.sqrt(1 - shape.beta2 ** t)) / (1 - shape.beta1 ** t);
        }
        plainKernels.update(w, gw, states.w, d, K, update);
        plainKernels.update(b, gb, states.b, 1, K, update);
      }
    },
    takeLosses: unused,
    scores: unused,
    measure: unused,
    read: unused,
    write: unused,
    close: () => {},
  };
}

/** Undefined while there are no sparse kernels. */
export function openSparseDescent(_shape: DescentShape, _choice: KernelChoice): SparseDescent | undefined {
  return undefined;
}

/** What a fit is given to compute with; nothing while the learner brings its own. */
export const kernelsOfFit = (_threads: number): { kernels?: never } => ({});
