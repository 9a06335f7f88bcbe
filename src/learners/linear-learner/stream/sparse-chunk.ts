import type { Numbers, SparseBlock } from '../../../formats/index.ts';
import type { SparseRows } from '../../../kernels/index.ts';
import type { Scaler } from '../../rows/scaler.ts';

/** Scaled sparse rows that gather until a chunk is full. Grows to the largest chunk it has held. */
export class SparseChunk {
  readonly #scaler: Scaler;
  #rowCount = 0;
  #rowStart = new Uint32Array(1);
  #columns = new Uint32Array(0);
  #values = new Float32Array(0);
  #y = new Float32Array(0);
  #labels = new Float64Array(0);

  constructor(scaler: Scaler) {
    this.#scaler = scaler;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  clear(): void {
    this.#rowCount = 0;
  }

  /** Appends one row of a block: values divided, not shifted, since that would fill in the zeros. */
  append({ rowStart, columns, values, labels }: SparseBlock, row: number): void {
    const { divisor, labelShift, labelDivisor } = this.#scaler;
    const from = rowStart[row];
    const count = rowStart[row + 1] - from;
    const to = this.#rowStart[this.#rowCount];
    this.#reserve(this.#rowCount + 1, to + count);
    for (let place = 0; place < count; place += 1) {
      const column = columns[from + place];
      this.#columns[to + place] = column;
      this.#values[to + place] = values[from + place] / divisor[column];
    }
    this.#labels[this.#rowCount] = labels[row];
    this.#y[this.#rowCount] = (labels[row] - labelShift) / labelDivisor;
    this.#rowCount += 1;
    this.#rowStart[this.#rowCount] = to + count;
  }

  /** The rows so far, to be used before the next change. */
  rows(): SparseRows {
    const rowStart = this.#rowStart.subarray(0, this.#rowCount + 1);
    const end = rowStart[this.#rowCount];
    return {
      rowCount: this.#rowCount,
      rowStart,
      columns: this.#columns.subarray(0, end),
      values: this.#values.subarray(0, end),
      y: this.#y.subarray(0, this.#rowCount),
    };
  }

  /** Unscaled labels of the rows so far. */
  labels(): Float64Array {
    return this.#labels.subarray(0, this.#rowCount);
  }

  #reserve(rowCount: number, valueCount: number): void {
    if (rowCount > this.#y.length) {
      const length = Math.max(1024, 2 * rowCount);
      this.#rowStart = grown(this.#rowStart, new Uint32Array(length + 1));
      this.#y = grown(this.#y, new Float32Array(length));
      this.#labels = grown(this.#labels, new Float64Array(length));
    }
    if (valueCount > this.#values.length) {
      const length = Math.max(4096, 2 * valueCount);
      this.#columns = grown(this.#columns, new Uint32Array(length));
      this.#values = grown(this.#values, new Float32Array(length));
    }
  }
}

/** The same rows in another order, into arrays of their own. */
export function inOrder({ rowStart, columns, values, y }: SparseRows, order: Uint32Array): SparseRows {
  const count = order.length;
  const to: SparseRows = {
    rowCount: count,
    rowStart: new Uint32Array(count + 1),
    columns: new Uint32Array(columns.length),
    values: new Float32Array(values.length),
    y: new Float32Array(count),
  };
  let end = 0;
  order.forEach((row, place) => {
    const from = rowStart[row];
    const until = rowStart[row + 1];
    to.columns.set(columns.subarray(from, until), end);
    to.values.set(values.subarray(from, until), end);
    to.y[place] = y[row];
    end += until - from;
    to.rowStart[place + 1] = end;
  });
  return to;
}

function grown<Values extends Uint32Array | Numbers>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
