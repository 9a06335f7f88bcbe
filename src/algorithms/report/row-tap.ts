/** Rows that are kept for the report while a job reads them for its own ends: no row is read twice for it. */
import type { RowBlock, RowSource, SparseBlock } from '../../formats/index.ts';
import type { SampledRows } from '../../reports/index.ts';

type AnyBlock = RowBlock | SparseBlock;

/** Rows of a channel that are kept. Those trained on only show what the columns are like. */
const rowsMaxOf = (channel: string): number => (channel === 'train' ? 4_000 : 10_000);
/** Of wide rows fewer are kept, but never fewer than `rowsMin`. */
const cellsMax = 2 ** 21;
const rowsMin = 200;
/** Labels that are counted one by one. */
export const classesMax = 1000;

interface KeptRow {
  number: number;
  label: number;
  /** All features, or of a sparse row those that it has. */
  values: Float32Array | Float64Array;
  columns?: Uint32Array;
}

/** Every n-th row of a channel, n doubling whenever they become too many: even over all rows, however they are sorted. */
export class RowTap {
  readonly channel: string;
  readonly #rowsMax: number;
  featureCount: number;
  totalRows = 0;
  /** Rows by label, of whole labels from 0 on. */
  readonly labelRows = new Float64Array(classesMax);
  #rows: KeptRow[] = [];
  #cells = 0;
  #every = 1;
  #until = 0;
  #sampled: SampledRows | undefined;

  constructor(channel: string, featureCount: number) {
    this.channel = channel;
    this.#rowsMax = rowsMaxOf(channel);
    this.featureCount = featureCount;
  }

  add(block: AnyBlock): void {
    this.#sampled = undefined;
    this.featureCount = Math.max(this.featureCount, block.featureCount);
    for (let row = 0; row < block.rowCount; row += 1) {
      const label = block.labels[row]!;
      // Of numbers some are counted where no class is; no one asks for them.
      if (label >= 0 && label < classesMax) this.labelRows[label | 0]! += 1;
    }
    let row = this.#until;
    for (; row < block.rowCount; row += this.#every) {
      const kept = copyOf(block, row, this.totalRows + row + 1);
      this.#rows.push(kept);
      this.#cells += kept.values.length;
      if (this.#rows.length < this.#rowsMax && (this.#cells <= cellsMax || this.#rows.length < 2 * rowsMin)) continue;
      // Of an odd number the last one stays, else the one before it, from which the next is twice as far.
      if (this.#rows.length % 2 === 0) row -= this.#every;
      this.#rows = this.#rows.filter((_, at) => at % 2 === 0);
      this.#cells = this.#rows.reduce((sum, { values }) => sum + values.length, 0);
      this.#every *= 2;
    }
    this.#until = row - block.rowCount;
    this.totalRows += block.rowCount;
  }

  /** The kept rows as a block: sparse where they came so. */
  block(): AnyBlock {
    const rows = this.#rows;
    const labels = Float64Array.from(rows, ({ label }) => label);
    const { featureCount } = this;
    if (rows.some(({ columns }) => columns !== undefined)) return sparseBlock(rows, labels, featureCount);
    const isSingle = rows.every(({ values }) => values instanceof Float32Array);
    const features = new (isSingle ? Float32Array : Float64Array)(rows.length * featureCount);
    for (const [row, { values }] of rows.entries()) features.set(values, row * featureCount);
    return { rowCount: rows.length, featureCount, features, labels };
  }

  /** The kept rows column by column. `absent` is the value of a feature that a sparse row does not name. */
  sampled(absent = 0): SampledRows {
    // Its columns are gathered once for all that look at them.
    if (absent !== 0) return this.#sample(absent);
    this.#sampled ??= this.#sample(absent);
    return this.#sampled;
  }

  #sample(absent: number): SampledRows {
    const rows = this.#rows;
    const columns = new Map<number, Float64Array>();
    return {
      channel: this.channel,
      rowCount: rows.length,
      every: this.#every,
      totalRows: this.totalRows,
      numbers: Float64Array.from(rows, ({ number }) => number),
      labels: Float64Array.from(rows, ({ label }) => label),
      column(index) {
        let values = columns.get(index);
        if (values === undefined) {
          values = new Float64Array(rows.length);
          for (const [row, kept] of rows.entries()) values[row] = valueAt(kept, index, absent);
          columns.set(index, values);
        }
        return values;
      },
    };
  }
}

/** The same source; its first whole pass is tapped. */
export function tapped<Source extends RowSource>(source: Source, use: (tap: RowTap) => void): Source {
  let isDone = false;
  async function* watch<Block extends AnyBlock>(blocks: AsyncIterable<Block>): AsyncGenerator<Block> {
    const tap = new RowTap(source.name, source.featureCount);
    for await (const block of blocks) {
      tap.add(block);
      yield block;
    }
    // A pass that was left early does not come here, and the next one is tapped.
    if (!isDone) use(tap);
    isDone = true;
  }
  const { sparseBlocks } = source;
  const watched = { ...source, blocks: () => (isDone ? source.blocks() : watch(source.blocks())) };
  if (sparseBlocks === undefined) return watched;
  return { ...watched, sparseBlocks: () => (isDone ? sparseBlocks() : watch(sparseBlocks())) };
}

function copyOf(block: AnyBlock, row: number, number: number): KeptRow {
  const label = block.labels[row]!;
  if ('rowStart' in block) {
    const [from, to] = [block.rowStart[row]!, block.rowStart[row + 1]!];
    return { number, label, values: block.values.slice(from, to), columns: block.columns.slice(from, to) };
  }
  const { featureCount: d, base } = block;
  const values = block.features.slice(row * d, (row + 1) * d);
  return { number, label, values: base === undefined ? values : Float64Array.from(values, (v, j) => v + base[j]!) };
}

function valueAt({ values, columns }: KeptRow, index: number, absent: number): number {
  if (columns === undefined) return values[index] ?? absent;
  const at = columns.indexOf(index);
  return at < 0 ? absent : values[at]!;
}

function sparseBlock(rows: readonly KeptRow[], labels: Float64Array, featureCount: number): SparseBlock {
  const rowStart = new Uint32Array(rows.length + 1);
  for (const [row, { values }] of rows.entries()) rowStart[row + 1] = rowStart[row]! + values.length;
  const total = rowStart[rows.length]!;
  const [columns, values] = [new Uint32Array(total), new Float32Array(total)];
  for (const [row, kept] of rows.entries()) {
    columns.set(kept.columns!, rowStart[row]);
    values.set(kept.values, rowStart[row]);
  }
  return { rowCount: rows.length, featureCount, rowStart, columns, values, labels };
}
