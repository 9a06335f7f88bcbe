import { DataError } from '../../../base/index.ts';
import type { ChannelFile } from '../../channels/channel-files.ts';
import { isSparse, type PassSpec, type PlacedBlock } from '../../channels/decode.ts';
import { type ChannelInput, Passes, storedBytes } from '../../channels/passes.ts';
import type { DenseValues, SparseValues } from '../library/matrix.ts';
import { Growing } from './growing.ts';

/** All rows of a channel, in memory of our own. */
export interface GatheredRows {
  rowCount: number;
  columnCount: number;
  values: DenseValues | SparseValues;
  labels: Float32Array;
  weights: Float32Array | undefined;
  /** One number a row, never less than that of the row before. */
  queries: Uint32Array | undefined;
}

export interface GatherOptions {
  name: string;
  input: ChannelInput;
  spec: PassSpec;
  /** The first feature of a row is its weight. */
  weightsFirst: boolean;
  /** Throws DataError for a label that the objective does not take. */
  checkLabels(labels: Float64Array, firstRow: number, file: string): void;
  /** Looked at between blocks. */
  signal: AbortSignal;
}

/** Reads all rows of a channel; undefined when there are none, or where the signal came first. */
export async function gatherRows(options: GatherOptions): Promise<GatheredRows | undefined> {
  const { input, name, spec, signal } = options;
  const passes = new Passes(input, name);
  const pass = await passes.next(spec, 'all rows');
  const rows = new Rows(options);
  const total = storedBytes(input) ?? Number.NaN;
  try {
    for await (const placed of pass.blocks) {
      if (signal.aborted) return undefined;
      rows.add(placed, pass.files[placed.file]!, placed.readBytes / total);
    }
  } finally {
    await pass.close();
    passes.end();
  }
  return rows.take();
}

class Rows {
  readonly #options: GatherOptions;
  readonly #labels = new Growing(Float32Array);
  readonly #weights = new Growing(Float32Array);
  readonly #queries = new Growing(Uint32Array);
  readonly #values = new Growing(Float32Array);
  readonly #columns = new Growing(Uint32Array);
  readonly #rowStart = new Growing(Uint32Array);
  #columnCount = 0;
  #isSparse = false;
  #first: ChannelFile | undefined;
  #hasWeights = false;
  #hasQueries = false;

  constructor(options: GatherOptions) {
    this.#options = options;
  }

  add({ block, firstRow }: PlacedBlock, file: ChannelFile, share: number): void {
    this.#options.checkLabels(block.labels, firstRow, file.name);
    this.#labels.add(block.labels, share);
    if (isSparse(block)) {
      const start = this.#values.length;
      this.#isSparse = true;
      this.#columnCount = Math.max(this.#columnCount, block.featureCount);
      this.#columns.add(block.columns, share);
      this.#values.add(block.values, share);
      if (this.#rowStart.length === 0) this.#rowStart.add([0]);
      this.#rowStart.add(
        block.rowStart.subarray(1).map((at) => at + start),
        share,
      );
      if (block.weights !== undefined) this.#addWeights(block.weights, share);
      if (block.queries !== undefined) this.#addQueries(block.queries, firstRow, file, share);
      return;
    }
    this.#checkWidth(block.featureCount, file, firstRow);
    if (!this.#options.weightsFirst) {
      this.#values.add(block.features, share);
      return;
    }
    const { weights, features } = apart(block.features, block.featureCount);
    const wrong = weights.findIndex((weight) => !(weight >= 0));
    if (wrong >= 0)
      throw new DataError(
        `Row ${firstRow + wrong} of "${file.name}" has the weight ${weights[wrong]} in its second column: csv_weights is 1, so it must be a number of at least 0`,
        { source: file.name, row: firstRow + wrong, column: 2 },
      );
    this.#addWeights(weights, share);
    this.#values.add(features, share);
  }

  take(): GatheredRows | undefined {
    const rowCount = this.#labels.length;
    if (rowCount === 0) return undefined;
    const columnCount = this.#columnCount;
    const values = this.#values.values;
    return {
      rowCount,
      columnCount,
      values: this.#isSparse
        ? { columnCount, rowStart: this.#rowStart.values, columns: this.#columns.values, values }
        : { columnCount, rowCount, values },
      labels: this.#labels.values,
      weights: this.#hasWeights ? this.#weights.values : undefined,
      queries: this.#hasQueries ? this.#queries.values : undefined,
    };
  }

  #addWeights(weights: Float32Array, share: number): void {
    this.#hasWeights ||= this.#options.weightsFirst || weights.some((weight) => weight !== 1);
    this.#weights.add(weights, share);
  }

  #addQueries(queries: Uint32Array, firstRow: number, { name }: ChannelFile, share: number): void {
    let before = this.#queries.length === 0 ? 0 : this.#queries.values[this.#queries.length - 1]!;
    for (const [at, query] of queries.entries()) {
      if (query < before)
        throw new DataError(
          `Row ${firstRow + at} of "${name}" has qid:${query} after qid:${before}: rows must be sorted by qid`,
          { source: name, row: firstRow + at },
        );
      before = query;
    }
    this.#hasQueries ||= queries.some((query) => query !== 0);
    this.#queries.add(queries, share);
  }

  #checkWidth(featureCount: number, file: ChannelFile, row: number): void {
    const columns = this.#options.weightsFirst ? featureCount - 1 : featureCount;
    if (columns < 1)
      throw new DataError(`Row ${row} of "${file.name}" has a label and a weight, but no features (csv_weights is 1)`, {
        source: file.name,
        row,
      });
    this.#first ??= file;
    if (this.#columnCount === 0) this.#columnCount = columns;
    if (columns === this.#columnCount) return;
    throw new DataError(
      `Row ${row} of "${file.name}" has ${columns} features beside its label, but "${this.#first.name}" has ${this.#columnCount}`,
      { source: file.name, row },
    );
  }
}

/** Rows without their first column, and that column. */
function apart(rows: ArrayLike<number>, width: number): { weights: Float32Array; features: Float32Array } {
  const rowCount = rows.length / width;
  const weights = new Float32Array(rowCount);
  const features = new Float32Array(rowCount * (width - 1));
  for (let row = 0, from = 0, to = 0; row < rowCount; row++) {
    weights[row] = rows[from++]!;
    for (let column = 1; column < width; column++) features[to++] = rows[from++]!;
  }
  return { weights, features };
}
