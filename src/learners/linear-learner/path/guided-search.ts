import { type Guided, guidedSolve, nonZeroOf, solve } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';
import type { Found } from '../selection/chosen.ts';
import { spreadOf } from './aligned-scores.ts';
import { finalistsMax, type SearchPlan } from './budget.ts';
import {
  type Compared,
  type Comparison,
  comparedTolerance,
  compareFurther,
  compareOne,
  errorsBehind,
  guideFor,
  kindOf,
  renewal,
} from './comparison.ts';
import { areLossesEnough } from './cross-validate.ts';
import { foldLossesOf } from './fold-losses.ts';
import type { OutOfFold } from './out-of-fold.ts';
import { closeParts, type Part, partsOf } from './parts.ts';
import type { Penalty } from './penalties.ts';
import type { Prepared } from './prepare.ts';
import { proposals } from './refine.ts';
import { type Breathe, modelOf, problemOf, type Solved, type Stopped } from './solve-path.ts';

/** Penalties that are solved on all rows where a criterion may pass over the one that folds like best; of each positive weight. */
const carriedMax = 3;
/** Standard errors of the paired difference by which a stronger penalty of its kind must be better, on the first part. */
const errorsWorse = 2;

/**
 * The search over many dense features or classes: one part of the rows compares penalties, from strong to weak until it likes
 * them ever less, and then between and beyond the best; all parts compare those that it likes best. Guides lead all solves.
 * Only the best are solved on all rows, or with a validation channel all. Undefined when stopped before the end.
 */
export async function searchGuided(
  job: Job,
  rows: Prepared,
  penalties: readonly Penalty[],
  plan: SearchPlan,
  { prunes, stopped, breathe }: { prunes: boolean; stopped: Stopped; breathe: Breathe | undefined },
): Promise<Found | undefined> {
  const parts = partsOf(job, rows, plan);
  const search: Comparison = { job, rows, parts, guides: new Map(), compared: [], prunes, stopped };
  const finalists = (): Compared[] => (prunes ? bestOf(search.compared, finalistsMax) : search.compared);
  try {
    for (const kind of kindsOf(penalties)) await comparePath(search, kind, breathe);
    for (let round = 0; round < (plan.rounds ?? 0) && !stopped(); round += 1) {
      const tried = search.compared.map((each) => ({
        ...each,
        theta: each.solved[0].theta,
        loss: meanOf(each.losses[0]),
      }));
      const free = { wd: job.settings.wd === 'auto', l1: job.settings.l1 === 'auto', isThrifty: true };
      const next = proposals(tried, free, round);
      if (next.length === 0) break;
      for (const penalty of next) {
        await breathe?.();
        compareOne(search, penalty);
      }
    }
    for (const each of finalists()) {
      await breathe?.();
      compareFurther(search, each);
    }
    return stopped() ? undefined : carried(search);
  } finally {
    closeParts(parts);
  }
}

/** Ridges and lassos apart, and positive weights, each from strong to weak. */
function kindsOf(penalties: readonly Penalty[]): Penalty[][] {
  const kinds = new Map<string, Penalty[]>();
  for (const penalty of penalties) {
    const key = kindOf(penalty);
    kinds.set(key, [...(kinds.get(key) ?? []), penalty]);
  }
  return [...kinds.values()].map((kind) => kind.sort((a, b) => b.l1 - a.l1 || b.wd - a.wd));
}

async function comparePath(search: Comparison, path: readonly Penalty[], breathe: Breathe | undefined): Promise<void> {
  for (const penalty of path) {
    await breathe?.();
    const own = compareOne(search, penalty);
    const kind = search.compared.filter((each) => kindOf(each) === kindOf(penalty) && each !== own);
    // Where a stronger one is better, weaker ones will be worse still.
    const isWorse = kind.some((each) => errorsBehind(own, each, 1) > errorsWorse);
    if (search.prunes && (isWorse || hasTurned([...kind, own]))) break;
  }
}

/** Whether the last two of a path are worse than one before them. */
function hasTurned(path: readonly Compared[]): boolean {
  const losses = path.map(({ losses: [first] }) => meanOf(first));
  return Math.min(...losses.slice(0, -2)) < Math.min(...losses.slice(-2));
}

/** Of each kind those that the first part likes best, the best first: lassos are taken only where they are ahead of a ridge. */
function bestOf(compared: readonly Compared[], count: number): Compared[] {
  const order = compared
    .map((each) => ({ each, loss: meanOf(each.losses[0]) }))
    .filter(({ loss }) => Number.isFinite(loss))
    .sort((a, b) => a.loss - b.loss);
  const counts = new Map<string, number>();
  return order.flatMap(({ each }) => {
    const before = counts.get(kindOf(each)) ?? 0;
    counts.set(kindOf(each), before + 1);
    return before < count ? [each] : [];
  });
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function joined(parts: readonly Part[]): Uint32Array {
  const rows = new Uint32Array(parts.reduce((count, { out }) => count + out.length, 0));
  let at = 0;
  for (const { out } of parts) {
    rows.set(out, at);
    at += out.length;
  }
  return rows;
}

function lossesOf({ job, parts, compared }: Comparison): { losses: number[]; rows: Uint32Array } {
  const rows = joined(parts).sort();
  const scores = compared.map((each) => each.scores);
  return { losses: foldLossesOf(job, compared, { scores, rows }), rows };
}

/** The best, solved on all rows to where penalties are compared. */
function carried(search: Comparison): Found | undefined {
  const { job, rows, parts, compared, prunes, stopped } = search;
  const { losses, rows: out } = lossesOf(search);
  const order = Array.from(compared.keys()).filter((place) => Number.isFinite(losses[place]));
  order.sort((a, b) => losses[a] - losses[b] || a - b);
  const most = !prunes ? compared.length : areLossesEnough(job) ? 1 : carriedMax;
  const counts = new Map<number, number>();
  const taken = order.filter((place) => {
    const { positiveWeight } = compared[place];
    const count = (counts.get(positiveWeight) ?? 0) + 1;
    counts.set(positiveWeight, count);
    return count <= most;
  });
  const path: Solved[] = [];
  for (const place of taken) {
    const { solved, wd, l1, positiveWeight } = compared[place];
    const penalty = { wd, l1, positiveWeight };
    const problem = problemOf(job, rows, penalty);
    const guide = guideFor(search, penalty);
    path.push(
      solvedOf(
        penalty,
        job.outputs,
        guidedSolve(problem, guide, {
          start: solved[0],
          tolerance: comparedTolerance,
          stopped,
          renew: renewal(search, penalty),
        }),
      ),
    );
    if (stopped()) return undefined;
  }
  const isBinary = job.settings.predictorType === 'binary_classifier';
  const spreadsOf = (part: Part, place: number) =>
    taken.map((at) => spreadOf(part.kept.design, compared[at].solved[place].theta));
  const outOfFold: OutOfFold = {
    scores: taken.map((place) => compared[place].scores),
    rows: out,
    fold: parts[0].fold,
    spreads: isBinary ? parts.map(spreadsOf) : undefined,
    thetas: undefined,
  };
  return {
    path,
    outOfFold,
    foldLosses: taken.map((place) => losses[place]),
    spreads: isBinary ? path.map(({ theta }) => spreadOf(rows.design, theta)) : undefined,
    compared: compared.flatMap(({ wd, l1, positiveWeight }, place) =>
      taken.includes(place) ? [] : [{ wd, l1, positiveWeight, loss: losses[place] }],
    ),
    finish(solved) {
      const { wd, l1, positiveWeight, theta } = solved;
      const { method, certificate, nonZero, separable, objective, ...end } = solve(
        problemOf(job, rows, { wd, l1, positiveWeight }),
        { start: theta, stopped },
      );
      const model = modelOf(end.theta, job.outputs);
      return { wd, l1, positiveWeight, theta: end.theta, model, method, certificate, nonZero, separable, objective };
    },
  };
}

function solvedOf(penalty: Penalty, outputs: number, { theta, objective, relative }: Guided): Solved {
  return {
    ...penalty,
    theta,
    model: modelOf(theta, outputs),
    objective,
    certificate: {
      kind: 'gradient norm',
      value: Number.NaN,
      relative,
      tolerance: comparedTolerance,
      reached: relative <= comparedTolerance,
    },
    method: 'guided steps',
    nonZero: nonZeroOf(theta, outputs),
    separable: false,
  };
}
