import { outputsOf } from '../losses/index.ts';
import type { Descent, DescentShape, DescentState } from './descent.ts';
import { plainDerive } from './plain-derive.ts';
import { plainUpdate } from './plain-update.ts';

/**
 * The training step in plain TypeScript: the oracle of every faster one, and what runs where there is no WebAssembly.
 * Sums are double, parameters and moments single precision.
 */
export function plainDescent(shape: DescentShape): Descent {
  const { featureCount: d, batchRows, chunkRows, models, useBias } = shape;
  const outputs = outputsOf(shape.loss);
  const K = models.length * outputs;
  const x = new Float32Array(chunkRows * d);
  const y = new Float32Array(chunkRows);
  const state = emptyState(d, K);
  const losses = new Float64Array(models.length);
  const blockRowCount = Math.min(blockRowsMax, chunkRows);
  const f = new Float64Array(blockRowCount * K);
  const gw = new Float64Array(d * K);
  const gb = new Float64Array(K);
  const derive = plainDerive(shape);
  const updateW = plainUpdate(shape, 'weights');
  const updateB = plainUpdate(shape, 'intercepts');

  const trainBatch = (from: number, rowCount: number): void => {
    for (let at = 0; at < rowCount; at += blockRowCount) {
      const rows = Math.min(blockRowCount, rowCount - at);
      addScores(x, from + at, rows, d, state, K, f);
      derive(f, y, from + at, rows, losses);
      addGradient(x, from + at, rows, d, f, K, gw, gb);
    }
    state.updates += 1;
    updateW(state.w, state.firstW, state.secondW, gw, state.updates, rowCount);
    if (useBias) updateB(state.b, state.firstB, state.secondB, gb, state.updates, rowCount);
    gw.fill(0);
    gb.fill(0);
  };

  return {
    K,
    x,
    y,
    train(rowCount) {
      for (let from = 0; from < rowCount; from += batchRows) trainBatch(from, Math.min(batchRows, rowCount - from));
    },
    scores(rowCount, out) {
      for (let at = 0; at < rowCount; at += blockRowCount) {
        const rows = Math.min(blockRowCount, rowCount - at);
        addScores(x, at, rows, d, state, K, f);
        for (let i = 0; i < rows * K; i += 1) out[at * K + i] = f[i];
      }
    },
    measure(rowCount, sums) {
      for (let at = 0; at < rowCount; at += blockRowCount) {
        const rows = Math.min(blockRowCount, rowCount - at);
        addScores(x, at, rows, d, state, K, f);
        derive(f, y, at, rows, sums);
      }
    },
    takeLosses: (sums) => takeLosses(losses, sums),
    read: () => copyState(state),
    write: (from) => writeState(from, state),
    close: () => {},
  };
}

const blockRowsMax = 64;

export function takeLosses(losses: Float64Array, sums: Float64Array): void {
  for (let model = 0; model < losses.length; model += 1) sums[model] += losses[model];
  losses.fill(0);
}

export const emptyState = (d: number, K: number): DescentState => ({
  updates: 0,
  w: new Float32Array(d * K),
  b: new Float32Array(K),
  firstW: new Float32Array(d * K),
  firstB: new Float32Array(K),
  secondW: new Float32Array(d * K),
  secondB: new Float32Array(K),
});

const copyState = ({ updates, ...arrays }: DescentState): DescentState => ({
  updates,
  w: arrays.w.slice(),
  b: arrays.b.slice(),
  firstW: arrays.firstW.slice(),
  firstB: arrays.firstB.slice(),
  secondW: arrays.secondW.slice(),
  secondB: arrays.secondB.slice(),
});

function writeState(from: DescentState, to: DescentState): void {
  to.updates = from.updates;
  to.w.set(from.w);
  to.b.set(from.b);
  to.firstW.set(from.firstW);
  to.firstB.set(from.firstB);
  to.secondW.set(from.secondW);
  to.secondB.set(from.secondB);
}

/** f = X W + b for some rows; features four at a time, so that each score is loaded and stored a quarter as often. */
function addScores(
  x: Float32Array,
  from: number,
  rows: number,
  d: number,
  { w, b }: DescentState,
  K: number,
  f: Float64Array,
): void {
  const whole = d - (d % 4);
  for (let row = 0; row < rows; row += 1) {
    const out = row * K;
    const at = (from + row) * d;
    for (let k = 0; k < K; k += 1) f[out + k] = b[k];
    for (let j = 0; j < whole; j += 4) {
      const x0 = x[at + j];
      const x1 = x[at + j + 1];
      const x2 = x[at + j + 2];
      const x3 = x[at + j + 3];
      const w0 = j * K;
      const w1 = w0 + K;
      const w2 = w1 + K;
      const w3 = w2 + K;
      for (let k = 0; k < K; k += 1) {
        f[out + k] += x0 * w[w0 + k] + x1 * w[w1 + k] + x2 * w[w2 + k] + x3 * w[w3 + k];
      }
    }
    for (let j = whole; j < d; j += 1) {
      for (let k = 0; k < K; k += 1) f[out + k] += x[at + j] * w[j * K + k];
    }
  }
}

/** gw += X^T D, gb += column sums of D; rows four at a time. */
function addGradient(
  x: Float32Array,
  from: number,
  rows: number,
  d: number,
  delta: Float64Array,
  K: number,
  gw: Float64Array,
  gb: Float64Array,
): void {
  const whole = rows - (rows % 4);
  for (let row = 0; row < rows; row += 1) {
    for (let k = 0; k < K; k += 1) gb[k] += delta[row * K + k];
  }
  for (let row = 0; row < whole; row += 4) {
    const at = (from + row) * d;
    const d0 = row * K;
    const d1 = d0 + K;
    const d2 = d1 + K;
    const d3 = d2 + K;
    for (let j = 0; j < d; j += 1) {
      const x0 = x[at + j];
      const x1 = x[at + d + j];
      const x2 = x[at + 2 * d + j];
      const x3 = x[at + 3 * d + j];
      const out = j * K;
      for (let k = 0; k < K; k += 1) {
        gw[out + k] += x0 * delta[d0 + k] + x1 * delta[d1 + k] + x2 * delta[d2 + k] + x3 * delta[d3 + k];
      }
    }
  }
  for (let row = whole; row < rows; row += 1) {
    for (let j = 0; j < d; j += 1) {
      const value = x[(from + row) * d + j];
      for (let k = 0; k < K; k += 1) gw[j * K + k] += value * delta[row * K + k];
    }
  }
}
