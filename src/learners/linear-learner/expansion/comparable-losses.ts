import type { RowSource } from '../../../formats/index.ts';
import type { KernelSet } from '../../../kernels/index.ts';
import { searchPlanOf } from '../path/budget.ts';
import { lowest, outOfFoldLosses } from '../path/fold-losses.ts';
import { coarse, pathOf } from '../path/penalty-path.ts';
import { heldDesign } from '../path/prepare.ts';
import { searchPath } from '../path/search.ts';
import type { Plan } from '../plan.ts';
import { makeJob } from '../problem.ts';
import { penaltyOf } from '../selection/choose.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { expandedSource } from './expanded-source.ts';
import { fitExpansion } from './fit-expansion.ts';

/**
 * The loss of each row, left out of training, under the penalty that suits these settings best; not a number for rows that were
 * never left out. Or why there is none. The same rows are dealt into the same folds, whatever their features.
 */
export async function comparableLosses(
  settings: LinearLearnerSettings,
  autos: Plan,
  rows: RowSource,
  kernels: KernelSet,
  stopped: () => boolean,
): Promise<Float64Array | string> {
  const expansion = await fitExpansion(settings, autos, rows);
  const source = expansion === undefined ? rows : expandedSource(rows, expansion);
  const job = await makeJob(settings, autos, source, kernels, { notice() {}, warn() {} });
  const plan = searchPlanOf(job);
  if (typeof plan === 'string') return plan;
  if (plan.folds === 0) return 'the rows are too few, or too many, for folds to compare them';
  const held = heldDesign(job);
  try {
    const prepared = held.get();
    const penalties = plan.penalties > 1 ? pathOf(job, prepared, coarse(plan)) : [penaltyOf(job.plan.candidates[0])];
    const found = await searchPath(job, prepared, penalties, plan, { folded: true, prunes: true, stopped });
    const { outOfFold, foldLosses } = found ?? {};
    if (outOfFold === undefined || foldLosses === undefined) return 'training was stopped';
    const losses = new Float64Array(job.held!.rowCount).fill(Number.NaN);
    const own = outOfFoldLosses(job, outOfFold.scores[Math.max(0, lowest(foldLosses))], outOfFold.rows);
    outOfFold.rows.forEach((row, at) => {
      losses[row] = own[at];
    });
    return losses;
  } finally {
    held.close();
  }
}
