import { assert } from '../../base/index.ts';
import { columnsOf, paddedRows } from '../wasm/design/layout.ts';
import type { Call, FunctionName } from './wasm-design-jobs.ts';
import type { Segment } from './wasm-design-layout.ts';
import type { DesignRoom } from './wasm-design-room.ts';

export interface DesignShape {
  featureCount: number;
  rowCount: number;
}

/** x = (raw - shift) * factor, of each feature. */
export interface Scaling {
  shift: Float64Array;
  factor: Float64Array;
}

/** Rows of a design in a room's memory, with places for what goes with them. Addresses are in bytes. */
export class RowStore {
  readonly room: DesignRoom;
  readonly featureCount: number;
  readonly columns: number;
  readonly strideBytes: number;
  /** Of a loss's parameters. */
  readonly parameters: number;
  /** Of theta, twice a row. */
  readonly theta: number;
  /** Of 8 bytes for each row. */
  readonly ofRows: number;
  readonly #x: number;
  #rowCount: number;
  /** What stands at `ofRows`, if labels do. */
  #labels: Float32Array | Float64Array | undefined;
  /** For what one call needs besides; grows. */
  #work: { address: number; byteCount: number } | undefined;

  private constructor(room: DesignRoom, { featureCount, rowCount }: DesignShape, address: number) {
    this.room = room;
    this.featureCount = featureCount;
    this.#rowCount = rowCount;
    this.columns = columnsOf(featureCount);
    this.strideBytes = 4 * this.columns;
    this.parameters = address;
    this.theta = address + parametersBytes;
    this.ofRows = this.theta + 2 * this.strideBytes;
    this.#x = this.ofRows + ofRowsBytes(rowCount);
  }

  /** Rows that are yet to be written; undefined where memory does not hold them. */
  static make(room: DesignRoom, shape: DesignShape): RowStore | undefined {
    const strideBytes = 4 * columnsOf(shape.featureCount);
    const rowsBytes = paddedRows(shape.rowCount) * strideBytes;
    const address = room.allocate(parametersBytes + 2 * strideBytes + ofRowsBytes(shape.rowCount) + rowsBytes);
    if (address === undefined) return undefined;
    const store = new RowStore(room, shape, address);
    store.truncate(shape.rowCount);
    return store;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Keeps the first rows only. Rows that fill up the last four are zeros. */
  truncate(rowCount: number): void {
    assert(rowCount <= this.#rowCount, 'a design has so many rows');
    this.#rowCount = rowCount;
    this.#labels = undefined;
    const filling = (paddedRows(rowCount) - rowCount) * this.columns;
    this.floats(this.rowAt(rowCount), filling).fill(0);
  }

  /** Fills rows from `from` on with (raw - shift) * factor, in double, rounded to float32. */
  write(raw: Float32Array | Float64Array, from: number, rowCount: number, { shift, factor }: Scaling): void {
    const { featureCount: d } = this;
    assert(from + rowCount <= this.rowCount, 'rows are written within the design');
    if (raw instanceof Float64Array) {
      this.#writeDoubles(raw, from, rowCount, { shift, factor });
      return;
    }
    const rowsOfCall = Math.max(1, Math.min(rowCount, Math.floor(stagingBytes / (4 * d))));
    const rowsAtOnce = Math.min(rowCount, callsAtOnce * rowsOfCall);
    const tableBytes = 16 * (d + 4);
    const table = this.reserve(tableBytes + 4 * d * rowsAtOnce + 16);
    const staging = table + tableBytes;
    const scaling = this.doubles(table, tableBytes / 8);
    for (let j = 0; j < d; j += 1) {
      const at = (j >> 2) * 8 + (j & 3);
      scaling[at] = shift[j];
      scaling[at + 4] = factor[j];
    }
    for (let row = 0; row < rowCount; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, rowCount - row);
      this.floats(staging, d * rows).set(raw.subarray(row * d, (row + rows) * d));
      const calls: Call<'standardise'>[] = [];
      for (let first = 0; first < rows; first += rowsOfCall) {
        const [to, end] = [first, Math.min(rows, first + rowsOfCall)].map((at) => this.rowAt(from + row + at));
        calls.push([staging + 4 * d * first, d, table, to, this.strideBytes, end]);
      }
      this.room.run('standardise', calls, standardiseOperations * d * rows);
    }
  }

  #writeDoubles(raw: Float64Array, from: number, rowCount: number, { shift, factor }: Scaling): void {
    const { featureCount: d } = this;
    for (let row = 0; row < rowCount; row += 1) {
      const to = this.floats(this.rowAt(from + row), this.columns).fill(0);
      for (let j = 0; j < d; j += 1) to[j] = (raw[row * d + j] - shift[j]) * factor[j];
      to[d] = 1;
    }
  }

  /** Fills all rows with columns of another store of as many rows. */
  copyColumns(other: RowStore, features: Uint32Array): void {
    const from = this.floats(other.rowAt(0), other.rowCount * other.columns);
    const to = this.floats(this.rowAt(0), this.rowCount * this.columns).fill(0);
    for (let row = 0; row < this.rowCount; row += 1) {
      const at = row * this.columns;
      for (let place = 0; place < features.length; place += 1) {
        to[at + place] = from[row * other.columns + features[place]];
      }
      to[at + features.length] = 1;
    }
  }

  /** Writes labels, unless they are those that are still there. */
  putLabels(labels: Float32Array | Float64Array): void {
    if (this.#labels === labels) return;
    this.putOfRows(labels, labels instanceof Float64Array ? 'double' : 'single');
    this.#labels = labels;
  }

  /** Address of 8 bytes for each row, to be written to. */
  roomOfRows(): number {
    this.#labels = undefined;
    return this.ofRows;
  }

  /** Writes a number for each row; zeros for the rows that fill up, since not even 0 times what lay there need be 0. */
  putOfRows(values: Float32Array | Float64Array, precision: 'single' | 'double'): void {
    this.#labels = undefined;
    const count = paddedRows(this.rowCount);
    const cells = precision === 'single' ? this.floats(this.ofRows, count) : this.doubles(this.ofRows, count);
    cells.fill(0, this.rowCount);
    cells.set(values);
  }

  each<Name extends FunctionName>(
    name: Name,
    segments: readonly Segment[],
    operationsOfRow: number,
    call: (segment: Segment, at: number) => Call<Name>,
  ): void {
    const rows = segments.reduce((sum, segment) => sum + segment.rows, 0);
    this.room.run(name, segments.map(call), operationsOfRow * rows);
  }

  /** Address of that many bytes for one call, or undefined where memory does not hold them. */
  tryReserve(byteCount: number): number | undefined {
    if (this.#work !== undefined && this.#work.byteCount >= byteCount) return this.#work.address;
    if (this.#work !== undefined) this.room.free(this.#work.address);
    const address = this.room.allocate(byteCount);
    this.#work = address === undefined ? undefined : { address, byteCount };
    return address;
  }

  /** Asserts that memory holds them. */
  reserve(byteCount: number): number {
    const address = this.tryReserve(byteCount);
    assert(address !== undefined, 'memory holds what sums over the rows of a design need');
    return address;
  }

  rowAt(row: number): number {
    return this.#x + row * this.strideBytes;
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.room.buffer(), address, count);
  }

  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.room.buffer(), address, count);
  }

  close(): void {
    this.room.free(this.parameters);
    if (this.#work !== undefined) this.room.free(this.#work.address);
    this.#work = undefined;
  }
}

const parametersBytes = 64;
/** A double for each row, and for those that fill up the last four. */
const ofRowsBytes = (rowCount: number): number => 8 * paddedRows(rowCount);
/** Raw rows are copied in blocks that stay in the cache; each call takes a share of a block. */
const stagingBytes = 1 << 18;
const callsAtOnce = 8;
/** What a cell costs, in operations: touching new memory takes longer than arithmetic. */
const standardiseOperations = 12;
