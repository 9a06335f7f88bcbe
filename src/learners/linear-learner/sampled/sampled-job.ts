import type { FitObserver } from '../model.ts';
import { type SearchPlan, searchPlanOf, searchPlanOver } from '../path/budget.ts';
import { type HeldDesign, heldDesign } from '../path/prepare.ts';
import type { Job } from '../problem.ts';
import { sampleRows } from './sample-rows.ts';

/** A job over rows that are held in place of all: a sample of them, or all where they are few. */
export interface SampledJob {
  job: Job;
  rows: HeldDesign;
  search: SearchPlan;
  /** Whether these are all rows. */
  isWhole: boolean;
}

/** Cells of a sample: 32 MiB, of which solvers and folds make a few copies. */
const sampleCellsMax = 8 * 2 ** 20;
/** Counted for each row beside its features. */
const cellsOfRow = 16;
/** A sample of fewer rows for each parameter says too little about the other rows. */
const rowsOfParameterMin = 10;

/**
 * Rows on which a job that streams is solved: it costs one pass to draw them. With an `optimizer` that the user named, the
 * search is of the streamed models only. A string says why there is no such sample; undefined that the job was stopped.
 */
export async function sampledJob(
  job: Job,
  whole: { rows: HeldDesign; rowCount: number },
  observer: FitObserver,
  stopped: () => boolean,
): Promise<SampledJob | string | undefined> {
  const { settings, source, held, heldSparse, outputs } = job;
  const { rowCount } = whole;
  const reason = String(searchPlanOf(job));
  const isNamed = settings.optimizer !== 'auto';
  if (settings.compatibility === 'amazon' || settings.exact === false) return reason;
  if (isNamed && job.start !== undefined && settings.exact === 'auto') return `${reason}, from an earlier model`;
  const alone: SearchPlan = { penalties: 1, folds: 0, everyFold: false };
  if (source.sparseBlocks !== undefined) {
    const plan = isNamed && heldSparse !== undefined ? searchPlanOver(job, heldSparse) : reason;
    return typeof plan === 'string' ? plan : { job, rows: whole.rows, search: alone, isWhole: true };
  }
  const shape = (count: number) => ({ rowCount: count, featureCount: source.featureCount });
  const least = rowsOfParameterMin * (source.featureCount + 1) * outputs;
  let count = Math.min(rowCount, Math.floor(sampleCellsMax / (source.featureCount + cellsOfRow)));
  let plan = searchPlanOver(job, shape(count));
  while (typeof plan === 'string' && count > least) {
    count = Math.max(least, Math.floor(count / 2));
    plan = searchPlanOver(job, shape(count));
  }
  if (typeof plan === 'string') return plan;
  if (count < Math.min(rowCount, least)) return `${reason}, and too few rows fit into a sample`;
  const isWhole = held !== undefined && count === rowCount;
  if (!isWhole)
    observer.notice(`A sample of ${count} of the ${rowCount} training rows is drawn, to solve them (${reason})`);
  const sample = isWhole ? held : await sampleRows(source, { rowCount, count }, stopped);
  if (sample === undefined) return undefined;
  const sampled = { ...job, held: sample };
  return {
    job: sampled,
    rows: isWhole ? whole.rows : heldDesign(sampled),
    search: isNamed ? alone : plan,
    isWhole,
  };
}
