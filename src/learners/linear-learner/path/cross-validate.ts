import type { Job } from '../problem.ts';
import { type Spread, spreadOf } from './aligned-scores.ts';
import type { SearchPlan } from './budget.ts';
import type { Penalty } from './penalties.ts';
import { foldsOf, type Prepared, pickPrepared, rowsWhere } from './prepare.ts';
import { type Stopped, solvePath } from './solve-path.ts';

/** Penalties are compared by losses that scatter far more than this share. */
const comparedTolerance = 1e-6;

/** Out-of-fold scores of every penalty in standardised units, scores[penalty][row * outputs + k], of the rows left out. */
export interface OutOfFold {
  scores: Float64Array[];
  /** The rows that were left out once: all, or a single part. */
  rows: Uint32Array;
  /** The part that each row was left out with. */
  fold: Uint8Array;
  /** Of binary classifiers: how each part's models score the rows that they were solved on, spreads[part][penalty]. */
  spreads: Spread[][] | undefined;
  /** Of a single penalty: the model without each part. */
  thetas: Float64Array[] | undefined;
}

/**
 * Solves the whole path on the rows without each part in turn, and scores that part. Undefined when stopped before the
 * last, or when the plan has no folds.
 */
export function crossValidate(
  job: Job,
  all: Prepared,
  penalties: readonly Penalty[],
  { folds, everyFold }: SearchPlan,
  stopped: Stopped,
): OutOfFold | undefined {
  const { rowCount } = all.design;
  const { outputs } = job;
  if (folds === 0) return undefined;
  const fold = foldsOf(job, all.labels, folds);
  const scores = penalties.map(() => new Float64Array(rowCount * outputs));
  const left = everyFold ? Math.min(folds, rowCount) : 1;
  const isBinary = job.settings.predictorType === 'binary_classifier';
  const spreads: Spread[][] = [];
  const thetas: Float64Array[] = [];
  for (let part = 0; part < left; part += 1) {
    const kept = pickPrepared(
      all,
      rowsWhere(fold, (each) => each !== part),
    );
    const path = solvePath(job, kept, penalties, { stopped, tolerance: comparedTolerance });
    if (path !== undefined && isBinary) spreads.push(path.map(({ theta }) => spreadOf(kept.design, theta)));
    kept.design.close();
    if (path === undefined) return undefined;
    if (path.length === 1) thetas.push(path[0].theta);
    const rows = rowsWhere(fold, (each) => each === part);
    const out = all.design.pick(rows);
    const own = new Float64Array(rows.length * outputs);
    path.forEach(({ theta }, place) => {
      out.scores(theta, outputs, own);
      rows.forEach((row, at) => {
        for (let k = 0; k < outputs; k += 1) scores[place][row * outputs + k] = own[at * outputs + k];
      });
    });
    out.close();
  }
  return {
    scores,
    rows: rowsWhere(fold, (each) => each < left),
    fold,
    spreads: isBinary ? spreads : undefined,
    thetas: penalties.length === 1 ? thetas : undefined,
  };
}
