import { availableParallelism } from 'node:os';
import { startKernelThread } from '../../src/algorithms/program/threads/kernel-thread.ts';
import { type Design, type KernelSet, openKernels, PlainDesign } from '../../src/kernels/index.ts';
import { type FitObserver, fitLinearLearner, type LinearModel, solve } from '../../src/learners/index.ts';
import { type DenseSet, type SparseSet, sourceOfSet } from '../data/store.ts';
import { cpuMs, wallMs } from '../framework/measure.ts';
import { enableRelaxedSimd } from '../framework/relaxed-simd.ts';
import { settingsOf } from '../wdbc.ts';

const quiet: FitObserver = {
  notice: () => {},
  warn: () => {},
  scaler: () => {},
  candidates: () => {},
  epoch: () => {},
};

enableRelaxedSimd();

export interface Fitted {
  cpuMs: number;
  wallMs: number;
  model: LinearModel;
}

/** A whole fit through the library, as the train program does it. Rejects when it takes longer than `limitMs`. */
export async function fit(
  set: DenseSet | SparseSet,
  hyperparameters: Readonly<Record<string, string>>,
  limitMs = 120_000,
): Promise<Fitted> {
  const settings = settingsOf(hyperparameters);
  const signal = AbortSignal.timeout(limitMs);
  const cpuFrom = cpuMs();
  const wallFrom = wallMs();
  const threads = settings.threads === 'auto' ? availableParallelism() : settings.threads;
  const kernels = openKernels({ threads, startThread: startKernelThread });
  const { model } = await fitLinearLearner(settings, { train: sourceOfSet(set) }, quiet, {
    nowMs: () => Date.now(),
    signal,
    kernels,
  }).finally(() => kernels.close());
  if (signal.aborted) throw new Error(`not done after ${limitMs / 1000} s`);
  return { cpuMs: cpuMs() - cpuFrom, wallMs: wallMs() - wallFrom, model };
}

/** Kernels whose threads run already, for solves one after the other. */
export const warmKernels = (threads: number): KernelSet => openKernels({ threads, startThread: startKernelThread });

export interface ExactSolve {
  wallMs: number;
  cpuMs: number;
  w: Float64Array;
  b: number;
}

/** Rows of a set in the kernels' memory, as they are. */
export function loadedRows(set: DenseSet, kernels: KernelSet): Design {
  const { rowCount, featureCount: d } = set;
  const scaling = { shift: new Float64Array(d), factor: new Float64Array(d).fill(1) };
  const loader = kernels.loadDesign({ rowCount, featureCount: d }, scaling);
  if (loader === undefined) throw new Error('These rows do not fit the kernels');
  loader.append(set.x, rowCount);
  return loader.finish();
}

/** Loads rows from memory and solves one logistic model to its optimum: what the fit of scikit-learn's LogisticRegression does. */
export function solveLogistic(set: DenseSet, alpha: number, kernels: KernelSet): ExactSolve {
  const cpuFrom = cpuMs();
  const wallFrom = wallMs();
  const design = loadedRows(set, kernels);
  const theta = logisticTheta(set, design, alpha);
  design.close();
  return { wallMs: wallMs() - wallFrom, cpuMs: cpuMs() - cpuFrom, w: theta.slice(0, -1), b: theta.at(-1)! };
}

/** An unpenalised quantile regression to its optimum, proven in double precision. */
export function solveQuantile(set: DenseSet, q: number, kernels: KernelSet): ExactSolve {
  const cpuFrom = cpuMs();
  const wallFrom = wallMs();
  const { rowCount, featureCount, y: labels } = set;
  const design = loadedRows(set, kernels);
  const fine = new PlainDesign({ x: set.x, rowCount, featureCount });
  const problem = { design, fine, labels, positiveWeight: 1, wd: 0, l1: 0, biasWd: 0, useBias: true };
  const { theta } = solve({ ...problem, loss: { kind: 'quantile', q } });
  design.close();
  return { wallMs: wallMs() - wallFrom, cpuMs: cpuMs() - cpuFrom, w: theta.slice(0, -1), b: theta.at(-1)! };
}

/** The solution of one penalty on loaded rows, from the one before it on a path. */
export function logisticTheta(set: DenseSet, design: Design, alpha: number, start?: Float64Array): Float64Array {
  const problem = { design, labels: set.y, positiveWeight: 1, wd: alpha, l1: 0, biasWd: 0, useBias: true };
  return solve({ ...problem, loss: { kind: 'logistic' } }, { start }).theta;
}

/** One logistic model with this penalty, on rows as they are, to its optimum: what scikit-learn's LogisticRegression does. */
export const exactLogistic = (alpha: number): Record<string, string> => ({
  predictor_type: 'binary_classifier',
  binary_classifier_model_selection_criteria: 'loss_function',
  num_models: '1',
  epochs: '1',
  wd: String(alpha),
  l1: '0',
  normalize_data: 'false',
  unbias_data: 'false',
  statistics: 'false',
});

/** Raw scores of all rows. */
export function scoresOf(set: DenseSet | SparseSet, w: ArrayLike<number>, b: number): Float64Array {
  const scores = new Float64Array(set.rowCount).fill(b);
  if (set.kind === 'sparse') {
    for (let row = 0; row < set.rowCount; row += 1) {
      for (let at = set.rowStart[row]!; at < set.rowStart[row + 1]!; at += 1) {
        scores[row]! += set.values[at]! * w[set.columns[at]!]!;
      }
    }
    return scores;
  }
  const { x, featureCount: d } = set;
  for (let row = 0; row < set.rowCount; row += 1) {
    let score = b;
    for (let j = 0; j < d; j += 1) score += x[row * d + j]! * w[j]!;
    scores[row] = score;
  }
  return scores;
}

/** Mean log-loss. */
export function logLoss(set: DenseSet | SparseSet, w: ArrayLike<number>, b: number): number {
  const scores = scoresOf(set, w, b);
  let total = 0;
  scores.forEach((f, row) => {
    total += Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f))) - set.y[row]! * f;
  });
  return total / set.rowCount;
}

/** Mean log-loss + alpha / 2 |w|^2, in double precision: the one measure for every solver. */
export const logisticObjective = (set: DenseSet, w: ArrayLike<number>, b: number, alpha: number): number =>
  logLoss(set, w, b) + (alpha / 2) * Array.from(w).reduce((sum, value) => sum + value * value, 0);

/** Mean pinball loss. */
export function pinball(set: DenseSet, w: ArrayLike<number>, b: number, q: number): number {
  let total = 0;
  scoresOf(set, w, b).forEach((f, row) => {
    const above = set.y[row]! - f;
    total += above > 0 ? q * above : (q - 1) * above;
  });
  return total / set.rowCount;
}
