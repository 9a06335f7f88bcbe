import type { Numbers, RowBlock, RowSource } from '../../formats/index.ts';
import { batches } from './rows.ts';

/** Shift and divisor of each feature and of the label; training uses (raw - shift) / divisor. */
export interface Scaler {
  rowCount: number;
  /** All features of the sample came in single precision. */
  isSingle: boolean;
  /** Means and population standard deviations of the sample, whatever is applied. */
  featureMean: Float64Array;
  featureStd: Float64Array;
  labelMean: number;
  labelStd: number;
  shift: Float64Array;
  divisor: Float64Array;
  /** 1 / divisor: a division for each value would take a third of a training step. */
  factor: Float64Array;
  labelShift: number;
  labelDivisor: number;
  constantFeatures: number;
}

/** Whether features and labels are shifted, and whether they are divided. */
export interface Standardisation {
  unbiasData: boolean;
  normalizeData: boolean;
  unbiasLabel: boolean;
  normalizeLabel: boolean;
}

/**
 * Estimates the scaler on the first `pointCount` rows. The original reads whole mini-batches until it has more than that
 * and leaves a trailing partial batch out (`wholeBatches`). Sums are of differences and in double precision, so that a
 * feature like 20110101 loses nothing.
 */
export async function fitScaler(source: RowSource, plan: Standardisation, sample: Sample): Promise<Scaler> {
  const d = source.featureCount;
  const { mean, squares, rowCount, isSingle } = await (source.sparseBlocks === undefined
    ? denseMoments(source, sample)
    : sparseMoments(source, sample));
  const std = squares.map((sum) => Math.sqrt(sum / Math.max(1, rowCount)));
  const featureStd = std.subarray(0, d);
  const featureMean = mean.subarray(0, d);
  // A column whose spread is rounding noise of its mean carries nothing: divisor 1.
  const isConstant = (j: number): boolean => tooFarFromZero(mean[j], std[j]) || std[j] === 0;
  const orOne = (j: number): number => (isConstant(j) ? 1 : std[j]);
  const divisor = plan.normalizeData ? featureStd.map((_, j) => orOne(j)) : new Float64Array(d).fill(1);
  return {
    rowCount,
    isSingle,
    featureMean,
    featureStd,
    labelMean: mean[d],
    labelStd: std[d],
    // Shifting sparse rows would fill in their zeros.
    shift: plan.unbiasData && source.sparseBlocks === undefined ? featureMean : new Float64Array(d),
    divisor,
    factor: divisor.map((value) => 1 / value),
    labelShift: plan.unbiasLabel ? mean[d] : 0,
    labelDivisor: plan.normalizeLabel ? orOne(d) : 1,
    constantFeatures: featureStd.reduce((count, _, j) => count + (isConstant(j) ? 1 : 0), 0),
  };
}

/** Whether double precision holds next to nothing of a column's spread beside its mean. */
export const tooFarFromZero = (mean: number, std: number): boolean => std <= 1e-12 * Math.abs(mean);

/** The number of first rows from which a stream's means are taken. */
const streamedPointsMax = 1_000_000;

/** The number of rows that the scaler uses, out of so many that are held, or of a stream. */
export const scalerPointsOf = (
  { numPointForScaler }: { numPointForScaler: number | 'all' },
  heldCount?: number,
): number => (numPointForScaler === 'all' ? (heldCount ?? streamedPointsMax) : numPointForScaler);

interface Moments {
  /** The means of the features and, last, of the label. */
  mean: Float64Array;
  /** Sums of squared differences from the mean. */
  squares: Float64Array;
  rowCount: number;
  isSingle: boolean;
}

interface Sample {
  pointCount: number;
  batchSize: number;
  wholeBatches: boolean;
}

async function denseMoments(source: RowSource, sample: Sample): Promise<Moments> {
  const d = source.featureCount;
  const { batchSize } = sample;
  const rowCountMax = batchSize * (Math.floor(sample.pointCount / batchSize) + 1);
  const adder = new MomentsAdder(d);
  let isSingle = true;
  let base: Float64Array | undefined;
  const blocks = sample.wholeBatches ? batches(source.blocks(), d, { size: batchSize }) : source.blocks();
  for await (const block of blocks) {
    if (sample.wholeBatches && block.rowCount < batchSize) break;
    isSingle &&= block.features instanceof Float32Array && block.base === undefined;
    base = block.base;
    adder.add(block.features, block.labels, Math.min(block.rowCount, rowCountMax - adder.rowCount));
    if (adder.rowCount >= rowCountMax) break;
  }
  const { mean, ...moments } = adder.moments();
  // All blocks of a pass have the same base: means of distances are as far from those of the values.
  base?.forEach((value, j) => {
    mean[j] += value;
  });
  return { ...moments, mean, isSingle };
}

/**
 * Some hundred rows at a time, each by its sums from where the mean stood before them, which are then joined to the earlier
 * rows'. Rows count from the first one, wherever blocks end: those of a pipe end elsewhere in every run, and rounding must
 * not. Source: T. Chan, G. Golub and R. LeVeque, Am. Stat. 37 (1983) 242.
 */
class MomentsAdder {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  /** Sums over the last rows, not yet joined, of differences from `#pivot`. */
  readonly #sum: Float64Array;
  readonly #squared: Float64Array;
  readonly #pivot: Float64Array;
  #joined = 0;
  #rows = 0;

  constructor(featureCount: number) {
    const zeros = (): Float64Array => new Float64Array(featureCount + 1);
    [this.#mean, this.#squares, this.#sum, this.#squared, this.#pivot] = [zeros(), zeros(), zeros(), zeros(), zeros()];
  }

  get rowCount(): number {
    return this.#joined + this.#rows;
  }

  add(features: Numbers, labels: Numbers, count: number): void {
    for (let from = 0; from < count; ) {
      const rows = Math.min(rowsAtOnce - this.#rows, count - from);
      if (this.#rows === 0) this.#begin(features, labels, from);
      this.#addUp(features, labels, from, from + rows);
      this.#rows += rows;
      from += rows;
      if (this.#rows === rowsAtOnce) this.#join();
    }
  }

  moments(): Omit<Moments, 'isSingle'> {
    if (this.#rows > 0) this.#join();
    return { mean: this.#mean, squares: this.#squares, rowCount: this.#joined };
  }

  #begin(features: Numbers, labels: Numbers, from: number): void {
    const d = this.#mean.length - 1;
    if (this.#joined > 0) this.#pivot.set(this.#mean);
    else for (let j = 0; j <= d; j += 1) this.#pivot[j] = j < d ? features[from * d + j] : labels[from];
    this.#sum.fill(0);
    this.#squared.fill(0);
  }

  #addUp(features: Numbers, labels: Numbers, from: number, to: number): void {
    const [sum, squared, pivot] = [this.#sum, this.#squared, this.#pivot];
    const d = pivot.length - 1;
    let j = 0;
    // Four columns at a time: their sums stay in registers, and the rows in the cache.
    for (; j + 4 <= d; j += 4) {
      const [p0, p1, p2, p3] = [pivot[j], pivot[j + 1], pivot[j + 2], pivot[j + 3]];
      let s0 = sum[j];
      let s1 = sum[j + 1];
      let s2 = sum[j + 2];
      let s3 = sum[j + 3];
      let q0 = squared[j];
      let q1 = squared[j + 1];
      let q2 = squared[j + 2];
      let q3 = squared[j + 3];
      for (let row = from, at = from * d + j; row < to; row += 1, at += d) {
        const g0 = features[at] - p0;
        const g1 = features[at + 1] - p1;
        const g2 = features[at + 2] - p2;
        const g3 = features[at + 3] - p3;
        s0 += g0;
        q0 += g0 * g0;
        s1 += g1;
        q1 += g1 * g1;
        s2 += g2;
        q2 += g2 * g2;
        s3 += g3;
        q3 += g3 * g3;
      }
      sum.set([s0, s1, s2, s3], j);
      squared.set([q0, q1, q2, q3], j);
    }
    for (; j < d; j += 1) this.#addColumn(features, d, j, from, to);
    this.#addColumn(labels, 1, d, from, to, 0);
  }

  /** A column of rows that are `stride` wide, into the sums of column j. */
  #addColumn(values: Numbers, stride: number, j: number, from: number, to: number, column = j): void {
    const pivot = this.#pivot[j];
    let sum = this.#sum[j];
    let squared = this.#squared[j];
    for (let row = from; row < to; row += 1) {
      const gap = values[row * stride + column] - pivot;
      sum += gap;
      squared += gap * gap;
    }
    this.#sum[j] = sum;
    this.#squared[j] = squared;
  }

  #join(): void {
    const [mean, squares, sum, squared, pivot] = [this.#mean, this.#squares, this.#sum, this.#squared, this.#pivot];
    const before = this.#joined;
    const rows = this.#rows;
    const after = before + rows;
    for (let j = 0; j < mean.length; j += 1) {
      const offset = sum[j] / rows;
      const base = pivot[j] + offset - mean[j];
      squares[j] +=
        Math.max(0, squared[j] - sum[j] * offset) + (before === 0 ? 0 : base * base * ((before * rows) / after));
      mean[j] = before === 0 ? pivot[j] + offset : mean[j] + base * (rows / after);
    }
    this.#joined = after;
    this.#rows = 0;
  }
}

const rowsAtOnce = 512;

/**
 * With the zeros counted in. Of a column's other values the sums are of differences from the first of them, so that a column
 * that is there in all rows, and alike, is seen to be constant. Labels are treated as a column.
 */
async function sparseMoments(source: RowSource, { pointCount, batchSize, wholeBatches }: Sample): Promise<Moments> {
  const d = source.featureCount;
  const [pivots, sums, squares] = [new Float64Array(d + 1), new Float64Array(d + 1), new Float64Array(d + 1)];
  const counts = new Uint32Array(d + 1);
  const add = (column: number, value: number): void => {
    if (counts[column] === 0) pivots[column] = value;
    const gap = value - pivots[column];
    counts[column] += 1;
    sums[column] += gap;
    squares[column] += gap * gap;
  };
  const rowCountMax = batchSize * (Math.floor(pointCount / batchSize) + 1);
  let rowCount = 0;
  for await (const { rowStart, columns, values, labels, ...block } of source.sparseBlocks!()) {
    const count = Math.min(block.rowCount, rowCountMax - rowCount);
    for (let at = 0; at < rowStart[count]; at += 1) add(columns[at], values[at]);
    for (let row = 0; row < count; row += 1) add(d, labels[row]);
    rowCount += count;
    if (rowCount >= rowCountMax) break;
  }
  if (wholeBatches && rowCount < batchSize) return { mean: sums, squares, rowCount: 0, isSingle: true };
  const mean = sums;
  for (let j = 0; j <= d; j += 1) {
    const c = counts[j];
    if (c === 0) continue;
    const offset = sums[j] / c;
    const ofValues = pivots[j] + offset;
    squares[j] = Math.max(0, squares[j] - sums[j] * offset) + ((c * (rowCount - c)) / rowCount) * ofValues * ofValues;
    mean[j] = (c / rowCount) * ofValues;
  }
  return { mean, squares, rowCount, isSingle: true };
}

/** Raw rows and where they go: rows from + r (or order[r]) are written to row at + r (or places[r]) of x and y. */
export interface RowsToStandardise {
  from: number;
  count: number;
  order?: Uint32Array;
  places?: Uint32Array;
}

/** What is taken off a block's features: its base, if it has one, is taken off already. */
export const shiftOf = (shift: Float64Array, base: Float64Array | undefined): Float64Array =>
  base === undefined ? shift : shift.map((value, j) => value - base[j]);

/** Standardised features and labels of some rows of a block, in double arithmetic, rounded once to single precision. */
export function standardiseBlock(
  { features, base, labels }: Pick<RowBlock, 'features' | 'base' | 'labels'>,
  { from, count, order, places }: RowsToStandardise,
  scaler: Scaler,
  { x, y }: { x: Float32Array; y: Float32Array },
  at: number,
): void {
  const { factor, labelShift, labelDivisor } = scaler;
  const shift = shiftOf(scaler.shift, base);
  const d = shift.length;
  for (let r = 0; r < count; r += 1) {
    const row = order === undefined ? from + r : order[r];
    const place = places === undefined ? at + r : places[r];
    const source = row * d;
    const target = place * d;
    for (let j = 0; j < d; j += 1) x[target + j] = (features[source + j] - shift[j]) * factor[j];
    y[place] = (labels[row] - labelShift) / labelDivisor;
  }
}

/** Standardised labels of `rowCount` rows, into `out`. */
export function standardiseLabels(
  labels: Float64Array,
  rowCount: number,
  { labelShift, labelDivisor }: Scaler,
  out: Float32Array,
): void {
  for (let row = 0; row < rowCount; row += 1) out[row] = (labels[row] - labelShift) / labelDivisor;
}
