import { assert, DataError } from '../../base/index.ts';
import type { DescentShape, DescentState, SparseDescent, SparseRows } from '../descent/descent.ts';
import { outputsOf } from '../losses/index.ts';
import { columnsOfState, type SparseColumns, sparseColumns } from './sparse-columns.ts';
import { SparseEngine, type SparseOptions } from './sparse-engine.ts';

/**
 * The sparse training step in WebAssembly SIMD. Throws a RangeError where its features do not fit into 4 GiB: see
 * `sparseStateBytes`.
 */
export const sparseDescent = (shape: DescentShape, options: SparseOptions): SparseDescent =>
  new WasmSparseDescent(shape, options);

/** Gives features their slots and rows their place in an engine, and opens a larger engine where one is too small. */
class WasmSparseDescent implements SparseDescent {
  readonly K: number;
  readonly #shape: DescentShape;
  readonly #options: SparseOptions;
  #columns: SparseColumns;
  #engine: SparseEngine;
  /** Losses of engines that were too small. */
  readonly #losses: Float64Array;

  constructor(shape: DescentShape, options: SparseOptions) {
    this.#shape = shape;
    this.#options = options;
    this.K = shape.models.length * outputsOf(shape.loss);
    this.#losses = new Float64Array(shape.models.length);
    this.#columns = sparseColumns(shape);
    const { batchRows, chunkRows } = shape;
    const rows = batchRows * Math.max(1, Math.floor(Math.min(chunkRows, chunkRowsMax) / batchRows));
    const slots = Math.max(1, this.#columns.isAll ? this.#columns.count : slotsMin);
    this.#engine = new SparseEngine(
      shape,
      { rows, slots, values: valuesPerRow * rows, listed: Math.max(listedMin, valuesPerRow * batchRows) },
      options,
    );
  }

  train(rows: SparseRows): void {
    this.#eachChunk(rows, true, (_from, count, values) => this.#engine.train(count, values));
  }

  scores(rows: SparseRows, f: Float32Array): void {
    this.#eachChunk(rows, false, (from, count) => this.#engine.scores(count, f.subarray(from * this.K)));
  }

  measure(rows: SparseRows, sums: Float64Array): void {
    this.#eachChunk(rows, false, (_from, count, values) => this.#engine.measure(count, values, sums));
  }

  takeLosses(sums: Float64Array): void {
    this.#engine.takeLosses(this.#losses);
    for (const [model, loss] of this.#losses.entries()) sums[model] += loss;
    this.#losses.fill(0);
  }

  read(): DescentState {
    const columns = this.#columns.list();
    return { ...this.#engine.read(this.#columns.count), ...(columns && { columns }) };
  }

  write(state: DescentState): void {
    this.#columns = columnsOfState(this.#shape, state);
    const { count } = this.#columns;
    if (count > this.#engine.capacity.slots) this.#open({ slots: 2 * count });
    this.#engine.write(state, count);
  }

  close(): void {
    this.#engine.close();
  }

  /** Cuts rows into what the engine holds, for training at whole batches. */
  #eachChunk(
    rows: SparseRows,
    training: boolean,
    visit: (from: number, rowCount: number, valueCount: number) => void,
  ): void {
    const { rowStart, rowCount } = rows;
    const step = training ? this.#shape.batchRows : 1;
    let from = 0;
    while (from < rowCount) {
      let to = Math.min(from + step, rowCount);
      const needed = rowStart[to] - rowStart[from];
      if (needed > this.#engine.capacity.values) this.#reopen({ values: 2 * needed });
      if (needed > this.#engine.capacity.listed) this.#reopen({ listed: 2 * needed });
      const { capacity } = this.#engine;
      for (;;) {
        const next = Math.min(to + step, rowCount);
        if (next === to || next - from > capacity.rows || rowStart[next] - rowStart[from] > capacity.values) break;
        if (rowStart[next] - rowStart[to] > capacity.listed) break;
        to = next;
      }
      let values = this.#load(rows, from, to, training);
      if (this.#columns.count > capacity.slots) {
        this.#reopen({ slots: 2 * this.#columns.count });
        values = this.#load(rows, from, to, training);
      }
      visit(from, to - from, values);
      from = to;
    }
  }

  /** Writes rows into the engine's memory; gives the number of values. */
  #load({ rowStart, columns, values, y }: SparseRows, from: number, to: number, adding: boolean): number {
    const input = this.#engine.input();
    const [start, end] = [rowStart[from], rowStart[to]];
    input.y.set(y.subarray(from, to));
    if (this.#columns.isAll) {
      const { featureCount } = this.#shape;
      let highest = 0;
      for (let at = start; at < end; at += 1) highest = Math.max(highest, columns[at]);
      assert(highest < featureCount, 'a column below the number of features');
      for (let row = from; row <= to; row += 1) input.rowStart[row - from] = rowStart[row] - start;
      input.slots.set(columns.subarray(start, end));
      input.values.set(values.subarray(start, end));
      return end - start;
    }
    let count = 0;
    for (let row = from; row < to; row += 1) {
      input.rowStart[row - from] = count;
      for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
        const slot = this.#columns.slotOf(columns[at], adding);
        if (slot < 0) continue;
        input.slots[count] = slot;
        input.values[count] = values[at];
        count += 1;
      }
    }
    input.rowStart[to - from] = count;
    return count;
  }

  #reopen(larger: Partial<SparseEngine['capacity']>): void {
    const before = this.#engine;
    const slotCount = Math.min(this.#columns.count, before.capacity.slots);
    const state = before.read(slotCount);
    this.#open(larger);
    this.#engine.write(state, slotCount, true);
  }

  #open(larger: Partial<SparseEngine['capacity']>): void {
    this.#engine.takeLosses(this.#losses);
    this.#engine.close();
    const capacity = { ...this.#engine.capacity, ...larger };
    try {
      this.#engine = new SparseEngine(this.#shape, capacity, this.#options);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new DataError(
        `The rows have ${this.#columns.count} columns that occur, or very long rows: with ${this.K} columns of scores they need more than 4 GiB`,
      );
    }
  }
}

/** Rows that are loaded at once, if batches are not larger. */
const chunkRowsMax = 8192;
/** Values of a row, as a guess. */
const valuesPerRow = 32;
/** Values of rows that are worked on at once, at least. */
const listedMin = 16384;
/** Slots at first where columns get theirs as they occur. */
const slotsMin = 4096;
