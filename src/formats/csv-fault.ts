import { DataError } from '../base/index.ts';
import { decimalLengthMax, decimalToFloat32 } from './decimal.ts';
import { foreignFormat } from './foreign-format.ts';
import { inSource, quoted } from './row-decoder.ts';

/** What is wrong with a CSV file, in words that tell its owner what to change. */
export class CsvFault {
  readonly #source: string | undefined;
  readonly #of: string;
  #foreign: string | undefined;

  constructor(source: string | undefined) {
    this.#source = source;
    this.#of = inSource(source);
  }

  /** Looks at the first bytes of the file, so that another format is called by its name. */
  startsWith(bytes: Uint8Array): void {
    this.#foreign = foreignFormat(bytes);
  }

  /** A cell that is no number. `line` is its whole row. */
  cell(line: Uint8Array, text: string, row: number, column: number): DataError {
    if (this.#foreign !== undefined) {
      const what = this.#source === undefined ? 'The request' : `"${this.#source}"`;
      return this.#error(`${what} is not CSV text: it ${this.#foreign}`, row);
    }
    const place = `Row ${row}, column ${column}${this.#of}`;
    if (text === '') return this.#error(`${place} is empty: missing values are not supported`, row, column, text);
    // Numbers between other separators are rows in another dialect, not a header.
    if (row === 1 && isHeader(line) && !/^\s*[-+.\d]+[;\t|]/.test(text)) {
      return this.#error(
        `Row 1${this.#of} is not numeric (${quoted(firstCells(line))}): a header row is not allowed, remove it`,
        row,
        column,
        text,
      );
    }
    return this.#error(`${place}: ${reason(text, row)}`, row, column, text);
  }

  ragged(row: number, columns: number, before: number): DataError {
    return this.#error(`Row ${row}${this.#of} has ${count(columns)}, but the rows before have ${before}`, row);
  }

  blank(row: number): DataError {
    return this.#error(`Row ${row}${this.#of} is empty`, row);
  }

  onlyLabel(row: number): DataError {
    return this.#error(`Row ${row}${this.#of} has only its label and no features`, row);
  }

  #error(message: string, row: number, column?: number, value?: string): DataError {
    return new DataError(message, {
      ...(this.#source !== undefined && { source: this.#source }),
      row,
      ...(column !== undefined && { column }),
      ...(value !== undefined && { value }),
    });
  }
}

const count = (columns: number): string => `${columns} ${columns === 1 ? 'column' : 'columns'}`;

function reason(text: string, row: number): string {
  const shown = quoted(text);
  if (text.length > decimalLengthMax) return `${shown} is longer than ${decimalLengthMax} characters`;
  if (Math.abs(decimalToFloat32(text)) === Number.POSITIVE_INFINITY) {
    return `${shown} is beyond the largest 32-bit number, 3.4028235e38`;
  }
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return `${shown} is not a finite number`;
  if (/[;\t|]/.test(text)) return `${shown} is not a number (columns are separated by commas)`;
  return `${shown} is not a number${row === 1 ? ' (a header row is not allowed)' : ''}`;
}

/** A first row in which no cell is a number can only be a header. */
function isHeader(line: Uint8Array): boolean {
  const cells = new TextDecoder().decode(line.subarray(0, 65536)).split(',');
  return cells.every((cell) =>
    Number.isNaN(
      decimalToFloat32(
        cell
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .trim(),
      ),
    ),
  );
}

const firstCells = (line: Uint8Array): string => new TextDecoder().decode(line.subarray(0, 60)).trim();
