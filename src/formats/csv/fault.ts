import { DataError } from '../../base/index.ts';
import { foreignFormat } from '../../framing/index.ts';
import { isWords, whyNoLabel, whyNoNumber } from '../decimal/no-number.ts';
import { inSource, quoted, type RowDecoderOptions } from '../row-decoder.ts';
import { lineAt } from './cell.ts';
import { isComment, isHeader, isOnlyNames, otherSeparator, otherTextFormat, textColumn } from './dialect.ts';

/** A cell that is not a number, and where its row and cell begin in the bytes. */
export interface BadCell {
  bytes: Uint8Array;
  rowStart: number;
  text: string;
  row: number;
  column: number;
}

/** The errors of a CSV file, in words that say what to change. */
export class CsvFault {
  readonly #source: string | undefined;
  readonly #labelCount: 0 | 1;
  readonly #missing: boolean;
  readonly #of: string;
  #foreign: string | undefined;

  constructor({ source, labelCount, missing }: RowDecoderOptions) {
    this.#source = source;
    this.#labelCount = labelCount;
    this.#missing = missing !== undefined;
    this.#of = inSource(source);
  }

  /** Takes the first bytes of the file, so that another format is called by its name. */
  startsWith(bytes: Uint8Array): void {
    this.#foreign = foreignFormat(bytes);
  }

  cell({ bytes, rowStart, text, row, column }: BadCell): DataError {
    const what = this.#source === undefined ? 'The request' : `"${this.#source}"`;
    if (this.#foreign !== undefined) return this.#error(`${what} is not CSV text: it ${this.#foreign}`, row);
    if (text.includes('\r')) return this.loneReturns(row);
    const line = lineAt(bytes, rowStart);
    const rowOf = `Row ${row}${this.#of}`;
    const format = otherTextFormat(line);
    if (format !== undefined) return this.#error(`${what} is not CSV text: row ${row} is ${format}`, row);
    if (isComment(line))
      return this.#error(`${rowOf} (${quoted(line)}) is a comment: text/csv has none, remove it`, row, column, text);
    const separator = otherSeparator(line);
    if (separator !== undefined) {
      const decimals = separator.decimalCommas ? ', and write decimals with a point' : '';
      const remedy = `columns must be separated by commas${decimals}`;
      return this.#error(
        `${rowOf} (${quoted(line)}) has columns separated by ${separator.name}: ${remedy}`,
        row,
        column,
        text,
      );
    }
    const end = bytes.indexOf(LF, rowStart) + 1 || bytes.length;
    const next = row === 1 ? lineAt(bytes, end) : '';
    if (row === 1 && this.#labelCount === 1 && isBlank(bytes, end) && isOnlyNames(line)) {
      return this.#error(
        `${what} has only a header row (${quoted(line)}): give rows of numbers without it`,
        row,
        column,
        text,
      );
    }
    if (row === 1 && isHeader(line, next)) {
      const message = `${rowOf} is not numeric (${quoted(line)}): a header row is not allowed, remove it`;
      return this.#error(message, row, column, text);
    }
    const place = `Row ${row}, column ${column}${this.#of}`;
    // An empty cell is itself the subject of the sentence.
    if (text === '' && column > this.#labelCount)
      return this.#error(`${place} ${whyNoNumber(text)}`, row, column, text);
    return this.#error(`${place}: ${this.#why(text, column, line, next)}`, row, column, text);
  }

  #why(text: string, column: number, line: string, next: string): string {
    const first = ' (the label stands in the first column)';
    if (column <= this.#labelCount) return `the label ${whyNoLabel(text)}${isWords(text) ? first : ''}`;
    const kind = textColumn(line, next, column);
    if (kind === undefined) return whyNoNumber(text, this.#missing ? 'leave the cell empty' : undefined);
    const ofLabel =
      kind === 'last' && this.#labelCount === 1
        ? '; if it is the label, number its classes 0, 1, ... and move it to the front'
        : '';
    return `${quoted(text)} is text, not a number: turn the column into numbers (0 and 1 for each value) or leave it out${ofLabel}`;
  }

  /** `rest` is what was read of the row. */
  tooLong(row: number, rest: Uint8Array, bytesMax: number): DataError {
    if (rest.includes(CR)) return this.loneReturns(row);
    return this.#error(`Row ${row}${this.#of} is longer than ${bytesMax} bytes`, row);
  }

  loneReturns(row: number): DataError {
    return this.#error(
      `Row ${row}${this.#of} ends in a lone carriage return (CR): save the file with line feeds (LF or CRLF) as line ends`,
      row,
    );
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

const LF = 10;
const CR = 13;

const count = (columns: number): string => `${columns} ${columns === 1 ? 'column' : 'columns'}`;

const isBlank = (bytes: Uint8Array, from: number): boolean =>
  bytes.subarray(from).every((byte) => byte === LF || byte === CR);
