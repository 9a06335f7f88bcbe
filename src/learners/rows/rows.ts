import {
  baseOf,
  doubleCellsMax,
  type Numbers,
  type RowBlock,
  type RowSource,
  type SparseBlock,
  writeFeatures,
} from '../../formats/index.ts';
import { discard } from './discard.ts';

/** All rows of a source side by side, for data small enough to hold; more than a few as distances from a base. */
export type HeldRows = RowBlock;

/** Most feature cells that are held: 512 MiB of single precision. Larger data stream from their source in every pass. */
export const heldCellsMax = 128 * 2 ** 20;
/** Cells that a row counts for beside its features: scores, slopes, labels and orders of solvers and metrics. */
const cellsOfRow = 16;

/** Rows of so many features that are held. */
const heldRowsMax = (featureCount: number): number => Math.floor(heldCellsMax / (featureCount + cellsOfRow));

/** Reads a source into memory; undefined when it has more rows than `rowsMax`, as soon as that is certain or likely. */
export async function holdRows(
  source: RowSource,
  rowsMax = heldRowsMax(source.featureCount),
): Promise<HeldRows | undefined> {
  const d = source.featureCount;
  let features: Room = new Float32Array(0);
  let labels = new Float64Array(0);
  let base: Float64Array | undefined;
  let rowCount = 0;
  const heldSoFar = (): HeldRows => ({
    rowCount,
    featureCount: d,
    features: features.subarray(0, rowCount * d),
    labels: labels.subarray(0, rowCount),
    ...(base && { base }),
  });
  for await (const block of source.blocks()) {
    const needed = rowCount + block.rowCount;
    const expected = expectedOf(source, needed);
    if (Math.max(needed, expected?.atLeast ?? 0) > rowsMax) {
      discard(features, labels);
      return undefined;
    }
    if (rowCount === 0) base = block.base;
    const isSingle = block.features instanceof Float32Array;
    if (base === undefined && needed * d > doubleCellsMax && !(isSingle && features instanceof Float32Array)) {
      const soFar = heldSoFar();
      base = baseOf(rowCount === 0 ? [block] : [soFar, block], d);
      features = new Float32Array(features.length);
      writeFeatures(soFar, base, features, 0);
    } else if (base === undefined && !isSingle && features instanceof Float32Array) {
      features = new Float64Array(features);
    }
    if (needed > labels.length) {
      const room = Math.min(rowsMax, roomFor(needed, rowCount, { width: d, expected: expected?.likely }));
      features = grown(features, room * d);
      labels = grown(labels, room);
    }
    writeFeatures(block, base, features, rowCount * d);
    labels.set(block.labels.subarray(0, block.rowCount), rowCount);
    rowCount = needed;
  }
  return heldSoFar();
}

/**
 * The number of items in the whole pass, estimated from the share of its bytes that the first `count` took; undefined when
 * the source does not know it. The fewer rows were seen, the less certain it is.
 */
function expectedOf(source: RowSource, count: number): { likely: number; atLeast: number } | undefined {
  const read = source.progress?.();
  if (read === undefined || read.readBytes === 0) return undefined;
  const share = read.readBytes / read.totalBytes;
  const likely = Math.max(count, count / share);
  return { likely, atLeast: likely / (share > 1 / 16 ? 1.25 - share / 4 : 2) };
}

/**
 * Room for items of `width` numbers each: there was room for `had`, `needed` are there now. Of unknown data that have
 * become large, as many as may be held: memory that is not yet written costs nothing, and each growth would hold them
 * twice for a while.
 */
function roomFor(needed: number, had: number, { width, expected }: { width: number; expected: number | undefined }) {
  if (expected === undefined && needed * width > largeCells) return Number.POSITIVE_INFINITY;
  return Math.max(needed, Math.ceil(1.05 * (expected ?? 0)), Math.ceil(1.5 * had));
}

const largeCells = 8 * 2 ** 20;

/** Most values of sparse rows that are held: 256 MiB with their columns. */
export const heldValuesMax = 32 * 2 ** 20;

/** Reads a sparse source into memory, as one block; undefined when it has more values than `valuesMax`, as soon as that is likely. */
export async function holdSparseRows(source: RowSource, valuesMax = heldValuesMax): Promise<SparseBlock | undefined> {
  let rowStart = new Uint32Array(1);
  let columns = new Uint32Array(0);
  let values = new Float32Array(0);
  let labels = new Float64Array(0);
  let rowCount = 0;
  for await (const block of source.sparseBlocks!()) {
    const count = block.rowStart[block.rowCount];
    const end = rowStart[rowCount];
    const rows = rowCount + block.rowCount;
    const expected = expectedOf(source, end + count);
    if (Math.max(end + count, rows, expected?.atLeast ?? 0) > valuesMax) {
      discard(rowStart, columns, values, labels);
      return undefined;
    }
    if (rows > labels.length) {
      labels = grown(
        labels,
        Math.min(valuesMax, roomFor(rows, rowCount, { width: 1, expected: expectedOf(source, rows)?.likely })),
      );
      const starts = new Uint32Array(labels.length + 1);
      starts.set(rowStart);
      discard(rowStart);
      rowStart = starts;
    }
    if (end + count > values.length) {
      values = grown(values, Math.min(valuesMax, roomFor(end + count, end, { width: 1, expected: expected?.likely })));
      const more = new Uint32Array(values.length);
      more.set(columns);
      discard(columns);
      columns = more;
    }
    columns.set(block.columns.subarray(0, count), end);
    values.set(block.values.subarray(0, count), end);
    labels.set(block.labels.subarray(0, block.rowCount), rowCount);
    for (let row = 1; row <= block.rowCount; row += 1) rowStart[rowCount + row] = end + block.rowStart[row];
    rowCount = rows;
  }
  const end = rowStart[rowCount];
  return {
    rowCount,
    featureCount: source.featureCount,
    rowStart: rowStart.subarray(0, rowCount + 1),
    columns: columns.subarray(0, end),
    values: values.subarray(0, end),
    labels: labels.subarray(0, rowCount),
  };
}

/** Held sparse rows as a source; the source they came from expands them. */
export const heldSparseSource = (source: RowSource, rows: SparseBlock): RowSource => ({
  name: source.name,
  featureCount: rows.featureCount,
  blocks: () => source.blocks(),
  async *sparseBlocks() {
    yield rows;
  },
});

/** Held rows as a source. */
export const heldSource = (name: string, rows: HeldRows): RowSource => ({
  name,
  featureCount: rows.featureCount,
  async *blocks() {
    yield rows;
  },
});

/** The first `rowCountMax` rows of a source. */
export const firstRows = (source: RowSource, rowCountMax: number): RowSource => ({
  name: source.name,
  featureCount: source.featureCount,
  blocks: () => first(source.blocks(), rowCountMax),
  ...(source.sparseBlocks && { sparseBlocks: () => first(source.sparseBlocks!(), rowCountMax) }),
});

async function* first<Block extends { rowCount: number }>(blocks: AsyncIterable<Block>, rowCountMax: number) {
  let left = rowCountMax;
  for await (const block of blocks) {
    yield block.rowCount <= left ? block : { ...block, rowCount: left };
    left -= block.rowCount;
    if (left <= 0) return;
  }
}

/** The rows with these numbers, in this order. */
export function pickRows(rows: HeldRows, order: Uint32Array): HeldRows {
  const d = rows.featureCount;
  const features = roomLike(rows.features, order.length * d);
  const labels = new Float64Array(order.length);
  order.forEach((from, to) => {
    features.set(rows.features.subarray(from * d, (from + 1) * d), to * d);
    labels[to] = rows.labels[from];
  });
  return { rowCount: order.length, featureCount: d, features, labels, ...(rows.base && { base: rows.base }) };
}

type Room = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Room for numbers of the same precision. */
export const roomLike = (like: Numbers, length: number): Room =>
  like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/**
 * Cuts a stream of blocks into batches of exactly `size` rows, whatever the blocks' sizes; the last may be smaller.
 * The batch is reused: use it before asking for the next. Features are in single precision: of doubles, distances from `base`.
 */
export async function* batches(
  source: AsyncIterable<RowBlock>,
  featureCount: number,
  { size, base }: { size: number; base?: Float64Array },
): AsyncGenerator<HeldRows & { features: Float32Array }> {
  const features = new Float32Array(size * featureCount);
  const labels = new Float64Array(size);
  let filled = 0;
  for await (const block of source) {
    for (let row = 0; row < block.rowCount; ) {
      const count = Math.min(size - filled, block.rowCount - row);
      writeFeatures(rowsOf(block, row, row + count), base, features, filled * featureCount);
      labels.set(block.labels.subarray(row, row + count), filled);
      filled += count;
      row += count;
      if (filled === size) {
        yield { rowCount: size, featureCount, features, labels, ...(base && { base }) };
        filled = 0;
      }
    }
  }
  if (filled > 0) yield { rowCount: filled, featureCount, features, labels, ...(base && { base }) };
}

/** Blocks of at most so many rows, in the memory of those they are cut from. */
export async function* pieces(blocks: AsyncIterable<RowBlock>, rowsMax: number): AsyncGenerator<RowBlock> {
  for await (const block of blocks) {
    for (let from = 0; from < block.rowCount; from += rowsMax)
      yield rowsOf(block, from, Math.min(block.rowCount, from + rowsMax));
  }
}

/** Some rows of a block, in its memory. */
export const rowsOf = (block: RowBlock, from: number, to: number): RowBlock => ({
  ...block,
  rowCount: to - from,
  features: block.features.subarray(from * block.featureCount, to * block.featureCount),
  labels: block.labels.subarray(from, to),
});

function grown<Values extends Room>(array: Values, length: number): Values {
  const larger = roomLike(array, length) as Values;
  larger.set(array);
  discard(array);
  return larger;
}
