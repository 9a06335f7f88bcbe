import type { Design } from '../../../kernels/index.ts';
import type { Job } from '../problem.ts';
import type { SearchPlan } from './budget.ts';
import { foldsOf, type Prepared, pickPrepared, rowsWhere } from './prepare.ts';

/** A part of the rows that is left out, as a search holds it open. */
export interface Part {
  /** The rows left out, and their design. */
  out: Uint32Array;
  design: Design;
  /** All others. */
  kept: Prepared;
  /** Their share of all rows. */
  share: number;
  /** The part that each row is left out with. */
  fold: Uint8Array;
}

/** Close them. */
export function partsOf(
  job: Job,
  rows: Prepared,
  { folds, everyFold }: Pick<SearchPlan, 'folds' | 'everyFold'>,
): Part[] {
  const fold = foldsOf(job, rows.labels, folds);
  return Array.from({ length: everyFold ? folds : 1 }, (_, part) => {
    const out = rowsWhere(fold, (each) => each === part);
    const kept = pickPrepared(
      rows,
      rowsWhere(fold, (each) => each !== part),
    );
    return { out, design: rows.design.pick(out), kept, share: kept.labels.length / rows.labels.length, fold };
  });
}

export function closeParts(parts: readonly Part[]): void {
  for (const { design, kept } of parts) {
    design.close();
    kept.design.close();
  }
}
