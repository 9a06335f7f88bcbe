import { isGuided } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';
import type { Found } from '../selection/chosen.ts';
import { spreadOf } from './aligned-scores.ts';
import type { SearchPlan } from './budget.ts';
import { comparedTolerance, crossValidate } from './cross-validate.ts';
import { foldLossesOf } from './fold-losses.ts';
import { searchGuided } from './guided-search.ts';
import type { OutOfFold } from './out-of-fold.ts';
import type { Penalty } from './penalties.ts';
import type { Prepared } from './prepare.ts';
import { proposals } from './refine.ts';
import { type Breathe, problemOf, type Solved, type Stopped, solvePath } from './solve-path.ts';

/**
 * Solves penalties on all rows and on the folds, then others between and beyond the best of them, as `refine` proposes.
 * Without folds nothing tells which are the best. Undefined when stopped before the end.
 */
export async function searchPath(
  job: Job,
  rows: Prepared,
  penalties: readonly Penalty[],
  plan: SearchPlan,
  { start, folded, prunes, stopped, breathe }: SearchOptions,
): Promise<Found | undefined> {
  if (folded && penalties.length > 1 && plan.folds > 0 && isGuided(problemOf(job, rows, penalties[0])))
    return searchGuided(job, rows, penalties, plan, { prunes, stopped, breathe });
  let path = await solvePath(job, rows, penalties, { stopped, breathe, ...(start && { start }) });
  if (path === undefined) return undefined;
  const fold = (some: readonly Solved[]): Promise<OutOfFold | undefined> =>
    crossValidate(job, rows, some, plan, { stopped, breathe, tolerance: comparedTolerance, isSearch: true });
  let outOfFold = folded ? await fold(path) : undefined;
  if (stopped()) return undefined;
  for (let round = 0; round < (plan.rounds ?? 0) && outOfFold !== undefined; round += 1) {
    const losses = foldLossesOf(job, path, outOfFold);
    const tried = path.map((solved, place) => ({ ...solved, loss: losses[place] }));
    const free = { wd: job.settings.wd === 'auto', l1: job.settings.l1 === 'auto' };
    const next: Solved[] = [];
    for (const { start: from, ...penalty } of proposals(tried, free, round)) {
      const one = await solvePath(job, rows, [penalty], { stopped, breathe, start: from });
      if (one === undefined) return undefined;
      next.push(...one);
    }
    if (next.length === 0) break;
    const more = await fold(next);
    if (more === undefined) return undefined;
    path = [...path, ...next];
    outOfFold = joined(outOfFold, more);
  }
  return {
    path,
    outOfFold,
    foldLosses: outOfFold && foldLossesOf(job, path, outOfFold),
    spreads: outOfFold?.spreads && path.map(({ theta }) => spreadOf(rows.design, theta)),
  };
}

interface SearchOptions {
  start?: Float64Array | undefined;
  folded: boolean;
  prunes: boolean;
  stopped: Stopped;
  breathe?: Breathe | undefined;
}

/** Of the same folds, further penalties. */
function joined(one: OutOfFold, other: OutOfFold): OutOfFold {
  return {
    ...one,
    scores: [...one.scores, ...other.scores],
    spreads: one.spreads?.map((each, part) => [...each, ...other.spreads![part]]),
    thetas: undefined,
  };
}
