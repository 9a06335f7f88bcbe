import type { SparseBlock } from '../../../formats/index.ts';
import { type Design, PlainDesign, PlainSparseDesign } from '../../../kernels/index.ts';
import type { Job } from '../problem.ts';
import { permutation, seededRandom } from '../random.ts';
import type { HeldRows } from '../rows.ts';
import { type Scaler, shiftOf } from '../scaler.ts';

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
  const dealt = permutation(labels.length, seededRandom(foldSeed));
  const order = settings.predictorType === 'regressor' ? dealt : byClass(dealt, labels);
  const fold = new Uint8Array(labels.length);
  for (let place = 0; place < order.length; place += 1) fold[order[place]] = place % foldCount;
  return fold;
}

/** Rows by their class, those of a class in the order they came: counted, since a sort by a function takes fifty times as long. */
function byClass(rows: Uint32Array, labels: ArrayLike<number>): Uint32Array {
  const counts = new Map<number, number>();
  for (let row = 0; row < labels.length; row += 1) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  const next = new Map<number, number>();
  let before = 0;
  for (const label of [...counts.keys()].sort((a, b) => a - b)) {
    next.set(label, before);
    before += counts.get(label)!;
  }
  const sorted = new Uint32Array(rows.length);
  for (const row of rows) {
    const place = next.get(labels[row])!;
    sorted[place] = row;
    next.set(labels[row], place + 1);
  }
  return sorted;
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
