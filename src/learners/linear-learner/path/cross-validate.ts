import { type Near, nearOf, solve, solveNear } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';
import { spreadOf } from './aligned-scores.ts';
import type { SearchPlan } from './budget.ts';
import { outOfFoldLosses } from './fold-losses.ts';
import type { OutOfFold, Spread } from './out-of-fold.ts';
import type { Penalty } from './penalties.ts';
import { foldsOf, type Prepared, pickPrepared, rowsWhere } from './prepare.ts';
import { type Breathe, problemOf, type Stopped } from './solve-path.ts';

/** Penalties are compared by losses that scatter far more than this share. */
export const comparedTolerance = 1e-6;

/** A penalty and its optimum over all rows. */
export interface Whole extends Penalty {
  theta: Float64Array;
}

/**
 * Solves the whole path on the rows without each part in turn, and scores that part. Undefined when stopped before the
 * last, or when the plan has no folds.
 */
export async function crossValidate(
  job: Job,
  all: Prepared,
  penalties: readonly Whole[],
  { folds, everyFold }: Pick<SearchPlan, 'folds' | 'everyFold'>,
  { stopped, breathe, tolerance, isSearch = false }: FoldOptions,
): Promise<OutOfFold | undefined> {
  const { rowCount } = all.design;
  const { outputs } = job;
  if (folds === 0) return undefined;
  const fold = foldsOf(job, all.labels, folds);
  const scores = penalties.map(() => new Float64Array(rowCount * outputs));
  const left = everyFold ? Math.min(folds, rowCount) : 1;
  const isBinary = job.settings.predictorType === 'binary_classifier';
  const isOut = new Uint8Array(penalties.length);
  const spreads: Spread[][] = [];
  const thetas: Float64Array[] = [];
  const nears: Near[] = [];
  for (const penalty of penalties) {
    await breathe?.();
    if (stopped()) return undefined;
    nears.push(nearOf(problemOf(job, all, penalty), penalty.theta));
  }
  for (let part = 0; part < left; part += 1) {
    const kept = pickPrepared(
      all,
      rowsWhere(fold, (each) => each !== part),
    );
    const share = kept.labels.length / rowCount;
    // Where rows leave directions open, the optimum over all rows would bring what it knows of those left out.
    const isDetermined = kept.labels.length >= determinedRows * (all.design.featureCount + 1);
    let last: Float64Array | undefined;
    const solved: Float64Array[] = [];
    for (const [place, near] of nears.entries()) {
      if (isOut[place] === 1) {
        solved.push(near.theta);
        continue;
      }
      await breathe?.();
      const penalty = isSearch ? ofFewer(job, penalties[place], share) : penalties[place];
      const problem = problemOf(job, kept, penalty);
      last = isDetermined
        ? solveNear(problem, near, { stopped, tolerance })
        : solve(problem, { start: followed(penalties, place) ? last : undefined, stopped, tolerance }).theta;
      solved.push(last);
    }
    if (isBinary) spreads.push(solved.map((theta) => spreadOf(kept.design, theta)));
    kept.design.close();
    if (stopped()) return undefined;
    if (solved.length === 1) thetas.push(solved[0]);
    const rows = rowsWhere(fold, (each) => each === part);
    const out = all.design.pick(rows);
    const own = new Float64Array(rows.length * outputs);
    solved.forEach((theta, place) => {
      if (isOut[place] === 1) own.fill(Number.NaN);
      else out.scores(theta, outputs, own);
      rows.forEach((row, at) => {
        for (let k = 0; k < outputs; k += 1) scores[place][row * outputs + k] = own[at * outputs + k];
      });
    });
    out.close();
    if (isSearch && part < left - 1 && areLossesEnough(job))
      takeOut(
        job,
        penalties,
        scores,
        rowsWhere(fold, (each) => each <= part),
        isOut,
      );
  }
  return {
    scores,
    rows: rowsWhere(fold, (each) => each < left),
    fold,
    spreads: isBinary ? spreads : undefined,
    thetas: penalties.length === 1 ? thetas : undefined,
  };
}

interface FoldOptions {
  stopped: Stopped;
  breathe?: Breathe | undefined;
  tolerance: number;
  isSearch?: boolean;
}

/**
 * The same belief about the weights, for a share of the rows: a ridge's penalty then stands beside fewer rows, and a lasso's
 * beside slopes that scatter by the root of that more. What the job gives stays.
 */
export function ofFewer({ settings }: Job, { wd, l1, positiveWeight }: Penalty, share: number): Penalty {
  return {
    wd: settings.wd === 'auto' ? wd / share : wd,
    l1: settings.l1 === 'auto' ? l1 / Math.sqrt(share) : l1,
    positiveWeight,
  };
}

/** Whether the losses alone decide, and not a criterion that may prefer another. */
export const areLossesEnough = ({ settings }: Job): boolean =>
  settings.predictorType !== 'binary_classifier' || settings.selection === 'loss_function';

/** Standard errors of a paired difference by which a penalty is worse than the best that no further part will bring it back. */
const errorsHopeless = 4;

/** Penalties that are far worse than the best on the rows so far are not solved on further parts. */
function takeOut(
  job: Job,
  penalties: readonly Penalty[],
  scores: readonly Float64Array[],
  rows: Uint32Array,
  isOut: Uint8Array,
): void {
  const losses = scores.map((each, place) => (isOut[place] === 1 ? undefined : outOfFoldLosses(job, each, rows)));
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = losses.map((each) => (each === undefined ? Number.POSITIVE_INFINITY : mean(each)));
  for (const [place, own] of losses.entries()) {
    if (own === undefined) continue;
    const { positiveWeight } = penalties[place];
    const best = means.reduce(
      (least, value, at) => (penalties[at].positiveWeight === positiveWeight && value < means[least] ? at : least),
      place,
    );
    const gap = means[place] - means[best];
    if (!(gap > 0)) continue;
    const square = mean(own.map((loss, at) => (loss - losses[best]![at] - gap) ** 2));
    if (gap > errorsHopeless * Math.sqrt(square / rows.length)) isOut[place] = 1;
  }
}

/** Rows for each feature from which they determine a model. */
const determinedRows = 2;

/** Whether the optimum for the penalty before is a good start, as on a path. */
const followed = (penalties: readonly Penalty[], place: number): boolean =>
  place > 0 &&
  penalties[place - 1].l1 > 0 === penalties[place].l1 > 0 &&
  penalties[place - 1].positiveWeight === penalties[place].positiveWeight;
