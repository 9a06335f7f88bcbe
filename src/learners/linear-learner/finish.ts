import type { Standardised } from './fold.ts';
import type { Job } from './problem.ts';
import { permutation, seededRandom } from './random.ts';
import { refine } from './refine.ts';
import type { HeldRows } from './rows.ts';
import { standardise, standardiseLabels } from './scaler.ts';

/** One penalty of the path, solved to its optimum. */
export interface Finished {
  wd: number;
  positiveWeight: number;
  /** The first candidate with this configuration. */
  candidate: number;
  model: Standardised;
}

/** Rows made ready once: standardised features and labels, side by side. */
interface Prepared {
  x: Float32Array;
  labels: Float32Array;
  rowCount: number;
  featureCount: number;
}

/** Most multiplications a finish may take; larger jobs keep what streaming found. */
const finishCostMax = 1e10;
const foldCount = 5;

/**
 * Whether the streamed models of this job are carried to their optimum: the default mode with `optimizer=auto`, one score
 * a model, no l1, and data small enough.
 */
export function finishes({ settings, plan, held, trainingLoss }: Job): boolean {
  if (
    settings.compatibility === 'amazon' ||
    settings.optimizer !== 'auto' ||
    held === undefined ||
    trainingLoss === undefined
  )
    return false;
  if (plan.candidates.some(({ l1 }) => l1 > 0)) return false;
  return held.rowCount * (held.featureCount + 1) ** 2 * plan.candidates.length * 20 <= finishCostMax;
}

/** Solves each distinct penalty of the candidates, from the strongest down, each from where the last one ended. */
export function finishPath(job: Job): Finished[] {
  return solvePath(job, prepare(job, job.held!), [1, 0.1, 0.01, 0.001]);
}

/**
 * Out-of-fold raw scores (standardised units) of every penalty over all rows, by five folds that a seed deals,
 * each class dealt evenly for classifiers. Row-major by penalty.
 */
export function crossValidate(job: Job): { scores: Float64Array[]; labels: Float32Array } {
  const held = job.held!;
  const all = prepare(job, held);
  const fold = foldsOf(job, held);
  const scores: Float64Array[] = [];
  for (let left = 0; left < Math.min(foldCount, held.rowCount); left += 1) {
    const kept = pick(all, fold, (row) => row !== left);
    solvePath(job, kept, [0.3, 0.03]).forEach(({ model }, place) => {
      scores[place] ??= new Float64Array(held.rowCount);
      for (let row = 0; row < held.rowCount; row += 1) {
        if (fold[row] === left) scores[place][row] = scoreOf(model, all, row);
      }
    });
  }
  return { scores, labels: held.labels };
}

function solvePath(job: Job, rows: Prepared, widths: readonly number[]): Finished[] {
  const { plan, settings, trainingLoss } = job;
  const distinct = new Map<string, { wd: number; positiveWeight: number; candidate: number }>();
  for (const { wd, positiveExampleWeightMult: positiveWeight, index } of plan.candidates) {
    const key = `${wd} ${positiveWeight}`;
    if (!distinct.has(key)) distinct.set(key, { wd, positiveWeight, candidate: index });
  }
  let start: Standardised = { w: new Float64Array(rows.featureCount), b: new Float64Array(1) };
  const path = [...distinct.values()].sort((a, b) => a.positiveWeight - b.positiveWeight || b.wd - a.wd);
  return path.map((point) => {
    const { wd, positiveWeight } = point;
    const model = refine(
      {
        ...rows,
        positiveWeight,
        loss: trainingLoss!,
        wd,
        biasWd: wd * plan.biasWdMult,
        useBias: settings.useBias,
        widths,
      },
      start,
    );
    start = model;
    return { ...point, model };
  });
}

function prepare({ scaler }: Job, { features, labels, rowCount, featureCount }: HeldRows): Prepared {
  const x = new Float32Array(rowCount * featureCount);
  const y = new Float32Array(rowCount);
  standardise(features, rowCount, scaler, x);
  standardiseLabels(labels, rowCount, scaler, y);
  return { x, labels: y, rowCount, featureCount };
}

function foldsOf({ settings }: Job, { rowCount, labels }: HeldRows): Uint8Array {
  const order = permutation(rowCount, seededRandom(settings.seed + 1));
  if (settings.predictorType !== 'regressor') order.sort((a, b) => labels[a] - labels[b]);
  const fold = new Uint8Array(rowCount);
  order.forEach((row, place) => {
    fold[row] = place % foldCount;
  });
  return fold;
}

function pick(rows: Prepared, fold: Uint8Array, wanted: (fold: number) => boolean): Prepared {
  const kept = Array.from(fold.keys()).filter((row) => wanted(fold[row]));
  const d = rows.featureCount;
  const x = new Float32Array(kept.length * d);
  kept.forEach((row, place) => {
    x.set(rows.x.subarray(row * d, (row + 1) * d), place * d);
  });
  return { x, labels: Float32Array.from(kept, (row) => rows.labels[row]), rowCount: kept.length, featureCount: d };
}

function scoreOf({ w, b }: Standardised, { x, featureCount: d }: Prepared, row: number): number {
  let score = b[0];
  for (let j = 0; j < d; j += 1) score += x[row * d + j] * w[j];
  return score;
}
