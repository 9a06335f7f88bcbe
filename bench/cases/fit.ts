import { availableParallelism } from 'node:os';
import { startKernelThread } from '../../src/algorithms/program/kernel-thread.ts';
import { openKernels } from '../../src/kernels/index.ts';
import { type FitObserver, fitLinearLearner, type LinearModel } from '../../src/learners/index.ts';
import { type DenseSet, type SparseSet, sourceOfSet } from '../data/store.ts';
import { cpuMs, wallMs } from '../framework/measure.ts';
import { enableRelaxedSimd } from '../framework/relaxed-simd.ts';
import { settingsOf } from '../wdbc.ts';

const quiet: FitObserver = { notice: () => {}, scaler: () => {}, candidates: () => {}, epoch: () => {} };

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
