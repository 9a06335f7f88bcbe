import { permutation, seededRandom } from '../../rows/random.ts';
import { solve } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';
import { outOfFoldLosses } from './fold-losses.ts';
import type { Penalty } from './penalties.ts';
import { foldsOf, type Prepared, pickPrepared, rowsWhere } from './prepare.ts';
import { problemOf, type Stopped } from './solve-path.ts';

/** Penalties are compared by losses that scatter far more than this share. */
const comparedTolerance = 1e-4;
const folds = 5;
/** Penalties in a row that are worse before weaker ones are given up. */
const vainMax = 2;
const startMax = 30;

/**
 * Of a path from strong to weak the penalty that rows left out like best, on `trialRows` rows at most: each solve begins where
 * the last ended, and the path ends once they like it ever less. A penalty that is best for m rows stands for m/n times as
 * much for n rows: both are the same belief about weights. With where its solve ended, if all rows may begin there. Undefined when stopped.
 */
export function likelyPenalty(
  job: Job,
  all: Prepared,
  penalties: readonly Penalty[],
  { trialRows, stopped }: { trialRows: number; stopped: Stopped },
): { penalty: Penalty; start?: Float64Array } | undefined {
  const fold = foldsOf(job, all.labels, folds);
  const left = rowsWhere(fold, (each) => each === 0);
  const others = rowsWhere(fold, (each) => each !== 0);
  const count = Math.min(others.length, trialRows);
  const some = permutation(others.length, seededRandom(1))
    .subarray(0, count)
    .map((at) => others[at]);
  const kept = pickPrepared(all, count < others.length ? some.sort() : others);
  const out = all.design.pick(left);
  const share = count / others.length;
  const scores = new Float64Array(all.design.rowCount * job.outputs);
  try {
    let best: { penalty: Penalty; theta: Float64Array; loss: number } | undefined;
    let start: Float64Array | undefined;
    let vain = 0;
    for (const penalty of penalties) {
      const { theta } = solve(problemOf(job, kept, penalty), { start, stopped, tolerance: comparedTolerance });
      if (stopped()) return undefined;
      start = theta;
      const own = new Float64Array(left.length * job.outputs);
      out.scores(theta, job.outputs, own);
      left.forEach((row, at) => {
        for (let k = 0; k < job.outputs; k += 1) scores[row * job.outputs + k] = own[at * job.outputs + k];
      });
      const losses = outOfFoldLosses(job, scores, left);
      const loss = losses.reduce((sum, each) => sum + each, 0) / losses.length;
      vain = best !== undefined && !(loss < best.loss) ? vain + 1 : 0;
      if (best === undefined || loss < best.loss) best = { penalty, theta, loss };
      if (vain >= vainMax) break;
    }
    if (best === undefined) return undefined;
    const { penalty, theta } = best;
    return {
      penalty: { ...penalty, wd: Number((penalty.wd * share).toPrecision(4)) },
      // A class that none of its rows had lies far below all others: no place to begin.
      ...(theta.every((value) => Math.abs(value) < startMax) && { start: theta }),
    };
  } finally {
    kept.design.close();
    out.close();
  }
}
