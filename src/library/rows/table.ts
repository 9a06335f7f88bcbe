import { DataError } from '../../base/index.ts';
import type { Numbers } from '../../formats/index.ts';

/** Rows in memory, row-major. */
export interface Table {
  rowCount: number;
  columnCount: number;
  values: Numbers;
  /** Of the columns, where a CSV header names them. */
  names?: readonly string[];
}

/** 2 GiB of doubles. */
export const cellsMax = 2 ** 28;

/** The largest number of single precision, in which kernels compute. */
const largest = 3.4028234663852886e38;

/** Takes row after row. */
export class TableBuilder {
  readonly #name: string;
  #columnCount = -1;
  #rowCount = 0;
  #values = new Float64Array(1024);

  /** `name` is what messages call the rows. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Throws DataError when the row is no list of numbers, or is not as wide as the rows before it. */
  add(row: ArrayLike<number>): void {
    const number = this.#rowCount + 1;
    if (typeof row !== 'object' || row === null || typeof row.length !== 'number') {
      const advice = typeof row === 'number' ? ': give flat numbers as { values, columns }' : '';
      throw this.#error(
        `Row ${number} of "${this.#name}" is ${shown(row)}, not a list of numbers${advice}`,
        number,
        row,
      );
    }
    this.#reserve(row.length, number);
    const base = this.#rowCount * row.length;
    for (let j = 0; j < row.length; j += 1) {
      const value = row[j];
      if (!isUsable(value)) throw this.#cell(number, j, value);
      this.#values[base + j] = value;
    }
    this.#rowCount = number;
  }

  /** Rows that are checked already. */
  addBlock(features: Numbers, rowCount: number, columnCount: number): void {
    this.#reserve(columnCount, this.#rowCount + 1, rowCount);
    this.#values.set(features.subarray(0, rowCount * columnCount), this.#rowCount * columnCount);
    this.#rowCount += rowCount;
  }

  /** Throws DataError when there is no row. */
  table(): Table {
    if (this.#rowCount === 0) throw new DataError(`There are no rows in "${this.#name}"`);
    const columnCount = this.#columnCount;
    return {
      rowCount: this.#rowCount,
      columnCount,
      values: this.#values.subarray(0, this.#rowCount * columnCount),
    };
  }

  #reserve(columnCount: number, row: number, rowCount = 1): void {
    if (this.#columnCount === -1) this.#columnCount = columnCount;
    if (columnCount !== this.#columnCount || columnCount === 0) {
      const before = row === 1 ? 'it needs at least 1' : `the rows before have ${this.#columnCount}`;
      throw this.#error(`Row ${row} of "${this.#name}" has ${columnsOf(columnCount)}, but ${before}`, row);
    }
    const cells = (this.#rowCount + rowCount) * columnCount;
    if (cells > cellsMax) throw new DataError(`"${this.#name}" holds more than ${cellsMax} numbers`);
    if (cells <= this.#values.length) return;
    const grown = new Float64Array(Math.min(cellsMax, Math.max(cells, 2 * this.#values.length)));
    grown.set(this.#values);
    this.#values = grown;
  }

  #cell(row: number, column: number, value: unknown): DataError {
    return badCell(this.#name, row, column, value);
  }

  #error(message: string, row: number, value?: unknown): DataError {
    return new DataError(message, { source: this.#name, row, ...(value !== undefined && { value }) });
  }
}

/** Whether kernels can compute with it. */
export const isUsable = (value: unknown): value is number =>
  typeof value === 'number' && value <= largest && value >= -largest;

/** `column` counts from 0; messages count from 1, as an editor does. */
export const badCell = (name: string, row: number, column: number, value: unknown): DataError =>
  new DataError(`Row ${row}, column ${column + 1} of "${name}": ${whyNot(value)}`, {
    source: name,
    row,
    column: column + 1,
    value,
  });

/** What is wrong with a value that is not usable. */
export const whyNot = (value: unknown): string =>
  typeof value === 'number' && Number.isFinite(value)
    ? `${value} is beyond the range of single precision, ${largest}`
    : `${shown(value)} is not a finite number`;

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export const columnsOf = (count: number): string => `${count} ${count === 1 ? 'column' : 'columns'}`;
