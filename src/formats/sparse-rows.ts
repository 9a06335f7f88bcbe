/** Sparse rows: gathered, copied, expanded. */
import { assert, DataError } from '../base/index.ts';
import { denseWidthMax, type RowBlock, type SparseBlock } from './table.ts';

/** A block is complete when it holds this many values (4 MiB) or rows. */
const blockValuesMax = 1 << 19;
const blockRowsMax = 1 << 16;

/** Gathers rows to blocks whose memory is used again and again. */
export class SparseBuilder {
  rowCount = 0;
  #valueCount = 0;
  #rowStart = new Uint32Array(1024);
  #labels = new Float64Array(1024);
  #columns = new Uint32Array(4096);
  #values = new Float32Array(4096);
  readonly #keepsZeros: boolean;

  constructor({ keepsZeros = false } = {}) {
    this.#keepsZeros = keepsZeros;
  }

  /** A value of the row under way; columns must ascend. Zeros are dropped unless they are kept, and what is missing always. */
  add(column: number, value: number): void {
    const single = Math.fround(value);
    if ((single === 0 && !this.#keepsZeros) || Number.isNaN(single)) return;
    const at = this.#valueCount++;
    if (at === this.#values.length) {
      const length = 2 * at;
      const columns = new Uint32Array(length);
      const values = new Float32Array(length);
      columns.set(this.#columns);
      values.set(this.#values);
      this.#columns = columns;
      this.#values = values;
    }
    this.#columns[at] = column;
    this.#values[at] = single;
  }

  endRow(label: number): void {
    const row = this.rowCount++;
    if (row + 1 === this.#rowStart.length) {
      const rowStart = new Uint32Array(2 * this.#rowStart.length);
      const labels = new Float64Array(rowStart.length);
      rowStart.set(this.#rowStart);
      labels.set(this.#labels);
      this.#rowStart = rowStart;
      this.#labels = labels;
    }
    this.#labels[row] = label;
    this.#rowStart[row + 1] = this.#valueCount;
  }

  isFull(): boolean {
    return this.#valueCount >= blockValuesMax || this.rowCount >= blockRowsMax;
  }

  /** The rows since the last call. */
  take(featureCount: number, labelCount: number): SparseBlock {
    const { rowCount } = this;
    const valueCount = this.#valueCount;
    this.rowCount = this.#valueCount = 0;
    return {
      rowCount,
      featureCount,
      rowStart: this.#rowStart.subarray(0, rowCount + 1),
      columns: this.#columns.subarray(0, valueCount),
      values: this.#values.subarray(0, valueCount),
      labels: this.#labels.subarray(0, rowCount * labelCount),
    };
  }
}

/** A copy of a block in its own memory, to be kept. */
export const copySparseBlock = (block: SparseBlock): SparseBlock => ({
  rowCount: block.rowCount,
  featureCount: block.featureCount,
  rowStart: block.rowStart.slice(),
  columns: block.columns.slice(),
  values: block.values.slice(),
  labels: block.labels.slice(),
});

/** All rows as one block, as wide as the widest. */
export function joinSparseBlocks(blocks: readonly SparseBlock[]): SparseBlock {
  const [first] = blocks;
  if (first !== undefined && blocks.length === 1) return first;
  const sum = (countOf: (block: SparseBlock) => number): number =>
    blocks.reduce((total, block) => total + countOf(block), 0);
  const rowCount = sum((block) => block.rowCount);
  const valueCount = sum((block) => block.values.length);
  const joined: SparseBlock = {
    rowCount,
    featureCount: blocks.reduce((widest, { featureCount }) => Math.max(widest, featureCount), 0),
    rowStart: new Uint32Array(rowCount + 1),
    columns: new Uint32Array(valueCount),
    values: new Float32Array(valueCount),
    labels: new Float64Array(sum((block) => block.labels.length)),
  };
  let row = 0;
  let value = 0;
  for (const block of blocks) {
    joined.columns.set(block.columns, value);
    joined.values.set(block.values, value);
    if (joined.labels.length > 0) joined.labels.set(block.labels, row);
    for (let i = 1; i <= block.rowCount; i++) joined.rowStart[row + i] = value + block.rowStart[i]!;
    row += block.rowCount;
    value += block.values.length;
  }
  return joined;
}

/** Values of one dense block, 4 MiB. */
const expandedValuesMax = 1 << 20;

/** The rows with their zeros, in blocks of bounded size. Throws DataError, naming `source`, for rows too wide for that. */
export function* expandBlock(block: SparseBlock, source: string): Generator<RowBlock> {
  const { featureCount, rowStart, columns, values, labels } = block;
  if (featureCount > denseWidthMax) {
    throw new DataError(
      `"${source}" has rows of ${featureCount} features: up to ${denseWidthMax} they can be read with their zeros`,
      { source, value: featureCount },
    );
  }
  const rowsAtOnce = Math.max(1, Math.min(block.rowCount, Math.floor(expandedValuesMax / featureCount)));
  const features = new Float32Array(rowsAtOnce * featureCount);
  for (let first = 0; first < block.rowCount; first += rowsAtOnce) {
    const rowCount = Math.min(rowsAtOnce, block.rowCount - first);
    features.fill(0);
    for (let row = 0; row < rowCount; row++) {
      const base = row * featureCount;
      const end = rowStart[first + row + 1]!;
      for (let i = rowStart[first + row]!; i < end; i++) features[base + columns[i]!] = values[i]!;
    }
    yield {
      rowCount,
      featureCount,
      features: features.subarray(0, rowCount * featureCount),
      labels: labels.length === 0 ? labels : labels.subarray(first, first + rowCount),
    };
  }
}

/** The rows without their zeros, in single precision. */
export function sparsifyBlock({ rowCount, featureCount, features: raw, base, labels }: RowBlock): SparseBlock {
  assert(base === undefined, 'sparse rows are made of rows as they were read');
  const features = raw instanceof Float32Array ? raw : new Float32Array(raw);
  let valueCount = 0;
  for (let i = 0; i < rowCount * featureCount; i++) if (features[i] !== 0) valueCount++;
  const rowStart = new Uint32Array(rowCount + 1);
  const columns = new Uint32Array(valueCount);
  const values = new Float32Array(valueCount);
  let out = 0;
  for (let row = 0, i = 0; row < rowCount; row++) {
    for (let j = 0; j < featureCount; j++, i++) {
      if (features[i] === 0) continue;
      columns[out] = j;
      values[out++] = features[i]!;
    }
    rowStart[row + 1] = out;
  }
  return { rowCount, featureCount, rowStart, columns, values, labels };
}
