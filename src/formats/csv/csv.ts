/**
 * Numeric CSV to rows. RFC 4180 lines (LF or CRLF), commas, no header; numbers may be quoted, padded with spaces
 * and written with an exponent. Every value is the double nearest to its text.
 *
 * It has its own byte parser because it is the hot path of training and serving: measured against DuckDB, pandas and the
 * published JavaScript parsers, 2 to 80 times faster, and it knows row and column of every fault. This file is the
 * definition and runs on every engine; `csv-simd.ts` does most rows where there are vectors.
 */
import type { DataError } from '../../base/index.ts';
import { LineQueue, lineEnd } from '../../framing/index.ts';
import { decimalToDouble } from '../decimal/decimal.ts';
import { isSingleRange, nearestDouble, wholeMax } from '../decimal/decimal-double.ts';
import type { RowDecoder, RowDecoderOptions } from '../row-decoder.ts';
import type { RowBlock } from '../table.ts';
import { cellEnd, cellText, isLineEnd, lineAt } from './cell.ts';
import { otherSeparator } from './dialect.ts';
import { CsvFault } from './fault.ts';
import { CsvVectorRows, type PlainCsv } from './simd.ts';

/** A line longer than this is refused, so that a file without line ends cannot fill the memory. */
export const csvLineBytesMax = 64 * 1024 * 1024;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;

export interface CsvOptions extends RowDecoderOptions {
  /** Semicolons, tabs and vertical bars may stand for commas where the first line has them. */
  anySeparator?: boolean;
}

/** Decodes CSV chunk by chunk. */
export function csvDecoder(options: CsvOptions): RowDecoder {
  const plain = new CsvRows(options);
  return new CsvChunks(plain, new CsvVectorRows(plain, options.labelCount));
}

/** The same without vectors: it runs on every engine, and the vectors are compared with it. */
export function plainCsvDecoder(options: CsvOptions): RowDecoder {
  const plain = new CsvRows(options);
  return new CsvChunks(plain, plain);
}

class CsvChunks implements RowDecoder {
  readonly #rows: CsvRows;
  readonly #decoder: CsvRows | CsvVectorRows;
  readonly #lines = new LineQueue(csvLineBytesMax);

  constructor(rows: CsvRows, decoder: CsvRows | CsvVectorRows) {
    this.#rows = rows;
    this.#decoder = decoder;
  }

  *push(chunk: Uint8Array): Generator<RowBlock> {
    // The row under way is completed alone, so that the others need not be copied behind its beginning.
    const head = this.#lines.isInside ? chunk.indexOf(LF) + 1 : 0;
    if (head === 0 || head === chunk.length) return yield* this.#decode(chunk);
    yield* this.#decode(chunk.subarray(0, head));
    yield* this.#decode(chunk.subarray(head));
  }

  end(): Iterable<RowBlock> {
    return this.#lines.isInside ? this.push(lineEnd) : [];
  }

  *#decode(chunk: Uint8Array): Generator<RowBlock> {
    const lines = this.#lines.join(chunk, (begun) => this.#rows.tooLong(begun));
    if (lines.end > 0) yield* this.#decoder.blocks(lines.bytes, lines.end);
    this.#lines.keepRest(lines);
  }
}

/** Whole numbers below 2^53 and powers of ten up to 22 are doubles, so one division or product of them is rounded once. */
const powers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

const isMissingCell = (text: string): boolean => text === '' || /^[+-]?nan$/i.test(text);

class CsvRows implements PlainCsv {
  nextRow = 1;
  hasCommas = true;
  readonly #options: CsvOptions;
  readonly #fault: CsvFault;
  #separator = COMMA;
  #featureCount = -1;
  #blankRow = 0;
  #features = new Float64Array(0);
  #labels = new Float64Array(0);

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#fault = new CsvFault(options);
  }

  get columnCount(): number {
    return this.#featureCount + this.#options.labelCount;
  }

  /** All rows of `bytes` up to `end`, which is just behind a line feed. */
  *blocks(bytes: Uint8Array, end: number): Generator<RowBlock> {
    const block = this.parse(bytes, 0, end);
    if (block !== undefined) yield block;
  }

  parse(bytes: Uint8Array, from: number, end: number): RowBlock | undefined {
    if (from === end) return undefined;
    if (this.nextRow === 1) this.#begin(bytes);
    this.#reserve(end - from);
    const features = this.#features;
    const labels = this.#labels;
    const { labelCount, missing } = this.#options;
    const separator = this.#separator;
    let rowCount = 0;
    let out = 0;
    let p = from;
    if (this.nextRow === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) p += 3;
    while (p < end) {
      const rowStart = p;
      if (isLineEnd(bytes, p)) {
        p = this.#blank(bytes, p);
        continue;
      }
      let column = 0;
      for (;;) {
        const cellStart = p;
        let c = bytes[p]!;
        while (c === SPACE) c = bytes[++p]!;
        const numberStart = p;
        const negative = c === MINUS;
        if (negative) c = bytes[++p]!;
        let mantissa = 0;
        let digits = p;
        while (c >= 48 && c <= 57) {
          mantissa = mantissa * 10 + (c - 48);
          c = bytes[++p]!;
        }
        digits = p - digits;
        let power = 0;
        if (c === DOT) {
          const fraction = ++p;
          c = bytes[p]!;
          while (c >= 48 && c <= 57) {
            mantissa = mantissa * 10 + (c - 48);
            c = bytes[++p]!;
          }
          power = fraction - p;
          digits -= power;
        }
        if ((c === 101 || c === 69) && digits > 0) {
          c = bytes[++p]!;
          const minus = c === MINUS;
          if (minus || c === 43) c = bytes[++p]!;
          if (c < 48 || c > 57) digits = 0;
          let exponent = 0;
          while (c >= 48 && c <= 57 && exponent < 1000) {
            exponent = exponent * 10 + (c - 48);
            c = bytes[++p]!;
          }
          power += minus ? -exponent : exponent;
        }
        let value = Number.NaN;
        if (digits > 0 && (c === separator || c === LF || (c === CR && bytes[p + 1] === LF))) {
          if (mantissa < wholeMax && power >= -22 && power <= 22) {
            value = power < 0 ? mantissa / powers[-power]! : mantissa * powers[power]!;
            if (negative) value = -value;
          } else value = nearestDouble(bytes, numberStart, p);
        }
        if (!isSingleRange(value)) {
          p = cellEnd(bytes, cellStart, separator);
          c = bytes[p]!;
          const text = cellText(bytes, cellStart, p);
          value = decimalToDouble(text);
          if (!isSingleRange(value)) {
            if (column === 0 && c !== separator && text.trim() === '' && bytes[cellStart] !== 34) break;
            if (!missing || column < labelCount || !isMissingCell(text))
              throw this.#fault.cell({ bytes, rowStart, text, row: this.nextRow, column: column + 1 });
          }
        }
        if (column >= labelCount) features[out++] = value;
        else labels[rowCount] = value;
        column++;
        p++;
        if (c === separator) continue;
        if (c === CR) p++;
        break;
      }
      if (column === 0) {
        p = this.#blank(bytes, p);
        continue;
      }
      if (this.#blankRow > 0) throw this.#fault.blank(this.#blankRow);
      if (column - labelCount !== this.#featureCount) this.#newWidth(column - labelCount);
      rowCount++;
      this.nextRow++;
    }
    if (rowCount === 0) return undefined;
    return {
      rowCount,
      featureCount: this.#featureCount,
      features: features.subarray(0, out),
      labels: labels.subarray(0, labelCount * rowCount),
    };
  }

  #begin(bytes: Uint8Array): void {
    this.#fault.startsWith(bytes);
    if (!this.#options.anySeparator) return;
    const line = lineAt(bytes, 0);
    const other = /[;\t|]/.test(line) ? otherSeparator(line) : undefined;
    if (other?.code === undefined || other.decimalCommas) return;
    this.#separator = other.code;
    this.hasCommas = false;
  }

  /** The error for a row under way that is too long; `rest` is what was read of it. */
  tooLong(rest: Uint8Array): DataError {
    return this.#fault.tooLong(this.nextRow, rest, csvLineBytesMax);
  }

  passOver(rowCount: number): void {
    if (rowCount > 0 && this.#blankRow > 0) throw this.#fault.blank(this.#blankRow);
    this.nextRow += rowCount;
  }

  /** Skips an empty line, which is a fault only when another row follows. */
  #blank(bytes: Uint8Array, p: number): number {
    if (this.#blankRow === 0) this.#blankRow = this.nextRow;
    this.nextRow++;
    return bytes.indexOf(LF, p) + 1;
  }

  #newWidth(featureCount: number): void {
    const row = this.nextRow;
    if (featureCount < 1) throw this.#fault.onlyLabel(row);
    this.#options.checkWidth?.(featureCount, row);
    if (this.#featureCount >= 0) {
      const { labelCount } = this.#options;
      throw this.#fault.ragged(row, featureCount + labelCount, this.#featureCount + labelCount);
    }
    this.#featureCount = featureCount;
  }

  /** A value takes at least two bytes with its separator, a missing one a byte, a labelled row at least three. */
  #reserve(byteCount: number): void {
    const valueCount = this.#options.missing ? byteCount : (byteCount >> 1) + 1;
    if (this.#features.length < valueCount) this.#features = new Float64Array(valueCount);
    const labelCount = this.#options.labelCount * ((byteCount >> 1) + 1);
    if (this.#labels.length < labelCount) this.#labels = new Float64Array(labelCount);
  }
}
