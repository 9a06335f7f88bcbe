import type { Design } from '../../../kernels/index.ts';
import type { Job } from '../problem.ts';
import { permutation, seededRandom } from '../random.ts';

/** The training rows of a job, standardised once, for solvers. */
export interface Prepared {
  design: Design;
  /** Standardised; classes as they are. */
  labels: Float32Array | Float64Array;
}

/** Some of the rows, as a problem of their own; close its design. */
export function pickPrepared({ design, labels }: Prepared, rows: Uint32Array): Prepared {
  const picked = labels.slice(0, rows.length);
  rows.forEach((row, place) => {
    picked[place] = labels[row];
  });
  return { design: design.pick(rows), labels: picked };
}

/**
 * Deals rows into folds, each class evenly for classifiers. Always the same for the same rows: what is chosen shall not
 * depend on the job's seed.
 */
export function foldsOf({ settings }: Job, labels: ArrayLike<number>, foldCount: number): Uint8Array {
  const order = permutation(labels.length, seededRandom(foldSeed));
  if (settings.predictorType !== 'regressor') order.sort((a, b) => labels[a] - labels[b]);
  const fold = new Uint8Array(labels.length);
  order.forEach((row, place) => {
    fold[row] = place % foldCount;
  });
  return fold;
}

const foldSeed = 1;

/** Numbers of the rows for which `wanted` says yes. */
export function rowsWhere(fold: Uint8Array, wanted: (fold: number) => boolean): Uint32Array {
  const rows = new Uint32Array(fold.length);
  let count = 0;
  for (let row = 0; row < fold.length; row += 1) {
    if (!wanted(fold[row])) continue;
    rows[count] = row;
    count += 1;
  }
  return rows.subarray(0, count);
}
