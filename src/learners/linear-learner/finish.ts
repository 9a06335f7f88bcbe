import type { Standardised } from './fold.ts';
import type { ScalarLoss } from './losses/index.ts';
import type { Candidate } from './model.ts';
import type { Plan } from './plan.ts';
import type { Job } from './problem.ts';
import { permutation, seededRandom } from './random.ts';
import { refine } from './refine.ts';
import { type HeldRows, heldCellsMax } from './rows.ts';
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

const foldCount = 5;

/**
 * Most multiplications a finish may take, about four seconds: 1.2e9 to 1.7e9 a second were measured in Newton steps over
 * 16,000 rows of 8 to 54 features.
 */
const finishCostMax = 7e9;

/**
 * Why the streamed models of this job are not carried to their optimum, or undefined when they are: in the default mode
 * with `optimizer=auto`, one score a model, no l1, and data small enough.
 */
export function unfinishedBecause({ settings, plan, held, trainingLoss }: Job): string | undefined {
  if (settings.compatibility === 'amazon') return 'compatibility=amazon';
  if (settings.optimizer !== 'auto') return `optimizer=${settings.optimizer}`;
  if (trainingLoss === undefined) return 'softmax_loss is only streamed';
  if (plan.candidates.some(({ l1 }) => l1 > 0)) return 'l1 is only streamed';
  if (held === undefined) return `the training rows take more than ${heldCellsMax / 2 ** 18} MiB`;
  const cost = finishCost(plan, held, trainingLoss);
  if (cost <= finishCostMax) return undefined;
  return `it would take about ${(cost / 1e9).toFixed(0)} billion multiplications, and the limit is ${finishCostMax / 1e9} billion`;
}

function finishCost(
  { candidates, loss }: Plan,
  { rowCount, featureCount: d }: HeldRows,
  { smooth }: ScalarLoss,
): number {
  // Steps of one penalty in all, path and folds together, as counted on the tables of the tests: 12; 31 to 34; 24 to 110.
  const steps = loss === 'squared_loss' ? 12 : smooth ? 30 : 70;
  const size = d + 1;
  const perRow = size ** 2 / 2 + 2 * size + 80;
  return distinctPenalties(candidates).length * steps * (rowCount * perRow + size ** 3 / 6);
}

/** Says that training shall end; looked at between Newton steps. */
export type Stopped = () => boolean;

/**
 * Solves each distinct penalty of the candidates, from the strongest down, each from where the last one ended.
 * Undefined when stopped before the last.
 */
export function finishPath(job: Job, stopped: Stopped): Finished[] | undefined {
  return solvePath(job, prepare(job, job.held!), [1, 0.1, 0.01, 0.001], stopped, job.start);
}

/**
 * Out-of-fold raw scores (standardised units) of every penalty over all rows, by five folds that a seed deals,
 * each class dealt evenly for classifiers. Undefined when stopped before the last.
 */
export function crossValidate(job: Job, stopped: Stopped): Float64Array[] | undefined {
  const held = job.held!;
  const all = prepare(job, held);
  const fold = foldsOf(job, held);
  const scores: Float64Array[] = [];
  for (let left = 0; left < Math.min(foldCount, held.rowCount); left += 1) {
    const kept = pick(all, fold, (row) => row !== left);
    const path = solvePath(job, kept, [0.3, 0.03], stopped);
    if (path === undefined) return undefined;
    path.forEach(({ model }, place) => {
      scores[place] ??= new Float64Array(held.rowCount);
      for (let row = 0; row < held.rowCount; row += 1) {
        if (fold[row] === left) scores[place][row] = scoreOf(model, all, row);
      }
    });
  }
  return scores;
}

function solvePath(
  job: Job,
  rows: Prepared,
  widths: readonly number[],
  stopped: Stopped,
  from?: Standardised,
): Finished[] | undefined {
  const { plan, settings, trainingLoss } = job;
  let start: Standardised = from ?? { w: new Float64Array(rows.featureCount), b: new Float64Array(1) };
  const path: Finished[] = [];
  for (const point of distinctPenalties(plan.candidates)) {
    const { wd, positiveWeight } = point;
    const biasWd = wd * plan.biasWdMult;
    const { useBias } = settings;
    const problem = { ...rows, positiveWeight, loss: trainingLoss!, wd, biasWd, useBias, widths };
    const model = refine(problem, start, stopped);
    if (stopped()) return undefined;
    start = model;
    path.push({ ...point, model });
  }
  return path;
}

function distinctPenalties(candidates: readonly Candidate[]): Omit<Finished, 'model'>[] {
  const distinct = new Map<string, Omit<Finished, 'model'>>();
  for (const { wd, positiveExampleWeightMult: positiveWeight, index } of candidates) {
    const key = `${wd} ${positiveWeight}`;
    if (!distinct.has(key)) distinct.set(key, { wd, positiveWeight, candidate: index });
  }
  return [...distinct.values()].sort((a, b) => a.positiveWeight - b.positiveWeight || b.wd - a.wd);
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
