import type { SparseBlock } from '../../../formats/index.ts';
import { type Design, PlainDesign, PlainSparseDesign } from '../../../kernels/index.ts';
import { permutation, seededRandom } from '../../rows/random.ts';
import type { HeldRows } from '../../rows/rows.ts';
import { type Scaler, shiftOf } from '../../rows/scaler.ts';
import type { Job } from '../problem.ts';

/** The training rows of a job, standardised once, for solvers. */
export interface Prepared {
  design: Design;
  /** The same rows in double arithmetic, where `design` is of single precision: what proves gaps of kinks and l1. */
  fine?: Design;
  /** Standardised; classes as they are. */
  labels: Float64Array;
}

/** The rows, prepared when they are first asked for. */
export interface HeldDesign {
  /** Only for held rows. */
  get(): Prepared;
  close(): void;
}

export function heldDesign(job: Job): HeldDesign {
  let prepared: Prepared | undefined;
  return {
    get() {
      prepared ??= prepareRows(job);
      return prepared;
    },
    close() {
      prepared?.design.close();
      prepared = undefined;
    },
  };
}

/**
 * Small data are held in doubles and solved in double arithmetic throughout; larger ones are rounded to single precision
 * once standardised, which is far below their noise, and go to the fast kernels.
 */
export function prepareRows({ held, heldSparse, scaler, kernels }: Job): Prepared {
  if (heldSparse !== undefined) return prepareSparse(heldSparse, scaler);
  const { rowCount, featureCount: d, features, base } = held!;
  const { factor } = scaler;
  const labels = standardLabels(held!.labels, scaler);
  const shape = { rowCount, featureCount: d };
  if (rowCount * d > doubleCellsMax) {
    const loader = kernels.loadDesign(shape, { shift: shiftOf(scaler.shift, base), factor });
    loader?.append(features, rowCount);
    const design = loader?.finish();
    const fine = design?.inDoubles?.();
    if (design !== undefined) return { design, ...(fine && { fine }), labels };
  }
  return { design: plainDesign(held!, scaler), labels };
}

/** In a loop: `from` with a function takes twenty times as long. */
function standardLabels(raw: Float64Array, { labelShift, labelDivisor }: Scaler): Float64Array {
  const labels = new Float64Array(raw.length);
  for (let row = 0; row < raw.length; row += 1) labels[row] = (raw[row] - labelShift) / labelDivisor;
  return labels;
}

function plainDesign(
  { rowCount, featureCount: d, features, base }: HeldRows,
  { shift: means, divisor }: Scaler,
): PlainDesign {
  const shift = shiftOf(means, base);
  const x = rowCount * d > doubleCellsMax ? new Float32Array(rowCount * d) : new Float64Array(rowCount * d);
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < d; j += 1) x[row * d + j] = (features[row * d + j] - shift[j]) / divisor[j];
  }
  return new PlainDesign({ x, rowCount, featureCount: d });
}

function prepareSparse({ featureCount, rowStart, columns, values, labels }: SparseBlock, scaler: Scaler): Prepared {
  const scaled = values.map((value, at) => value * scaler.factor[columns[at]]);
  return {
    design: new PlainSparseDesign({ featureCount, rowStart, columns, values: scaled }),
    labels: standardLabels(labels, scaler),
  };
}

/** Up to here double arithmetic in TypeScript takes no longer than is worth its digits. */
const doubleCellsMax = 2 ** 16;

/** Some of the rows, as a problem of their own; close its design. */
export function pickPrepared({ design, fine, labels }: Prepared, rows: Uint32Array): Prepared {
  const picked = labels.slice(0, rows.length);
  for (let place = 0; place < rows.length; place += 1) picked[place] = labels[rows[place]];
  const some = design.pick(rows);
  return { design: some, ...(fine && { fine: some.inDoubles?.() ?? fine.pick(rows) }), labels: picked };
}

/**
 * Deals rows into folds, each class evenly for classifiers. Always the same for the same rows: what is chosen shall not
 * depend on the job's seed.
 */
export function foldsOf({ settings }: Job, labels: ArrayLike<number>, foldCount: number): Uint8Array {
  const order = permutation(labels.length, seededRandom(foldSeed));
  const fold = new Uint8Array(labels.length);
  if (settings.predictorType === 'regressor') {
    for (let place = 0; place < order.length; place += 1) fold[order[place]] = place % foldCount;
    return fold;
  }
  // As if sorted by class, those of a class in this order; a sort by a function takes fifty times as long.
  const next = firstPlaces(labels);
  for (let at = 0; at < order.length; at += 1) {
    const row = order[at];
    const label = labels[row];
    fold[row] = next[label] % foldCount;
    next[label] += 1;
  }
  return fold;
}

/** Where the rows of each class begin once all are sorted by class. */
function firstPlaces(labels: ArrayLike<number>): Float64Array {
  let most = 0;
  for (let row = 0; row < labels.length; row += 1) if (labels[row] > most) most = labels[row];
  const places = new Float64Array(most + 2);
  for (let row = 0; row < labels.length; row += 1) places[labels[row] + 1] += 1;
  for (let label = 1; label < places.length; label += 1) places[label] += places[label - 1];
  return places;
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
