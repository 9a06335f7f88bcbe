/**
 * libsvm text (also svmlight's) to sparse rows: `label index:value ...`, separated by blanks, the indices ascending.
 * `qid:n` after the label is skipped unless it is asked for, comments from `#` on always are. Every value is the float32
 * nearest to its text, and every label the double.
 */
import { DataError } from '../base/index.ts';
import { foreignFormat, LineQueue, lineEnd } from '../framing/index.ts';
import { decimalToFloat32 } from './decimal/decimal.ts';
import { nearestDouble } from './decimal/decimal-double.ts';
import { whyNoLabel, whyNoNumber } from './decimal/no-number.ts';
import { type BlockDecoder, inSource, quoted, type RowDecoderOptions } from './row-decoder.ts';
import { type SparseBlock, sparseWidthMax } from './table.ts';

/** A line longer than this is refused, so that a file without line ends cannot fill the memory. */
export const libsvmLineBytesMax = 64 * 1024 * 1024;

export interface LibsvmOptions extends Omit<RowDecoderOptions, 'checkWidth'> {
  /** The index of the first feature; columns of blocks count from 0 in either case. */
  indexBase: 0 | 1;
  /** The number of features, where it is known: a larger index is refused. Else a block's `featureCount` is one more than the largest column so far. */
  featureCount?: number;
  /** Labels may have a weight (`label:weight`) and rows a query (`qid:n`): both are read, 1 and 0 where there is none. */
  ranked?: true;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const HASH = 35;
const COLON = 58;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;

/**
 * A decimal with at most 22 significant digits and a power of ten up to 60 is off by less than 2^-49 of itself when
 * computed in doubles (at most six inexact steps beyond 2^53, the power and the division, each 2^-53). Where both
 * ends of that range round to the same float32, so does the true value; elsewhere `decimalToFloat32` decides.
 */
const mantissaMax = 1e22;
const powers = Float64Array.from({ length: 61 }, (_, power) => Number(`1e${power}`));
const below = 1 - 2 ** -49;
const above = 1 + 2 ** -49;

/** Decodes libsvm text chunk by chunk. */
export function libsvmDecoder(options: LibsvmOptions): BlockDecoder<SparseBlock> {
  const queue = new LineQueue(libsvmLineBytesMax);
  const rows = new LibsvmRows(options);
  return {
    push(chunk) {
      const lines = queue.join(chunk, () => rows.tooLong());
      const block = rows.parse(lines.bytes, lines.end);
      queue.keepRest(lines);
      return block === undefined ? [] : [block];
    },
    end() {
      return queue.isInside ? this.push(lineEnd) : [];
    },
  };
}

class LibsvmRows {
  #nextRow = 1;
  readonly #options: LibsvmOptions;
  #foreign: string | undefined;
  #blankRow = 0;
  #featureCount: number;
  #rowStart = new Uint32Array(0);
  #labels = new Float64Array(0);
  #columns = new Uint32Array(0);
  #values = new Float32Array(0);
  #weights = new Float32Array(0);
  #queries = new Uint32Array(0);
  // What `#number` leaves behind: where it ended and what it read.
  #end = 0;

  constructor(options: LibsvmOptions) {
    this.#options = options;
    this.#featureCount = options.featureCount ?? 0;
  }

  /** Rows of `bytes` up to `end`, which is just behind a line feed. */
  parse(bytes: Uint8Array, end: number): SparseBlock | undefined {
    if (end === 0) return undefined;
    if (this.#nextRow === 1) this.#foreign = foreignFormat(bytes);
    this.#reserve(end);
    const { labelCount, indexBase, ranked = false } = this.#options;
    const known = this.#options.featureCount;
    const keepsZeros = this.#options.missing !== undefined;
    const rowStart = this.#rowStart;
    const columns = this.#columns;
    const values = this.#values;
    const widthMax = known ?? sparseWidthMax;
    let rowCount = 0;
    let out = 0;
    if (ranked) {
      this.#weights.fill(1);
      this.#queries.fill(0);
    }
    let p = this.#nextRow === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    for (; p < end; this.#nextRow++) {
      const line = p;
      while (isBlank(bytes[p]!)) p++;
      let c = bytes[p]!;
      if (c === LF || c === HASH) {
        if (c === LF) this.#blankRow ||= this.#nextRow;
        p = bytes.indexOf(LF, p) + 1;
        continue;
      }
      if (this.#blankRow > 0) throw this.#fault(this.#blankRow, 'is empty');
      if (labelCount === 1) {
        const label = this.#number(bytes, p);
        if (!Number.isNaN(label)) this.#labels[rowCount] = nearestDouble(bytes, p, this.#end);
        else if (!ranked || !this.#labelWithWeight(bytes, p, rowCount)) throw this.#badLabel(bytes, line, p);
        p = this.#end;
      }
      let before = -1;
      let item = labelCount;
      for (;;) {
        while (isBlank(bytes[p]!)) p++;
        c = bytes[p]!;
        if (c === LF || c === HASH) break;
        item++;
        const start = p;
        let index = 0;
        while (c >= 48 && c <= 57) {
          index = index * 10 + (c - 48);
          c = bytes[++p]!;
        }
        if (c !== COLON || p === start) {
          if (item === labelCount + 1 && isQueryId(bytes, start)) {
            p = itemEnd(bytes, start);
            if (ranked) this.#queries[rowCount] = this.#queryId(bytes, start, item);
            item--;
            continue;
          }
          throw this.#badPair(bytes, start, item);
        }
        const value = this.#number(bytes, p + 1);
        const column = index - indexBase;
        if (Number.isNaN(value) || column < 0 || column >= widthMax) throw this.#badPair(bytes, start, item);
        if (column <= before) throw this.#order(bytes, start, item, before + indexBase);
        before = column;
        p = this.#end;
        if (value !== 0 || keepsZeros) {
          columns[out] = column;
          values[out++] = value;
        }
      }
      if (before >= this.#featureCount) this.#featureCount = before + 1;
      if (c === HASH) p = bytes.indexOf(LF, p);
      p++;
      rowStart[++rowCount] = out;
    }
    if (rowCount === 0) return undefined;
    return {
      rowCount,
      featureCount: this.#featureCount,
      rowStart: rowStart.subarray(0, rowCount + 1),
      columns: columns.subarray(0, out),
      values: values.subarray(0, out),
      labels: this.#labels.subarray(0, labelCount * rowCount),
      ...(ranked && { weights: this.#weights.subarray(0, rowCount), queries: this.#queries.subarray(0, rowCount) }),
    };
  }

  /** Reads `label:weight`; false when it is none. */
  #labelWithWeight(bytes: Uint8Array, start: number, row: number): boolean {
    const text = textOf(bytes, start, itemEnd(bytes, start));
    const [label = '', weight = '', ...more] = text.split(':');
    const [one, other] = [decimalToFloat32(label), decimalToFloat32(weight)];
    // 3:1 0:2 is a row without its label.
    if (more.length > 0 || !Number.isFinite(one) || !Number.isFinite(other)) return false;
    if (other < 0)
      throw this.#error(`${this.#place(1)}: the weight ${quoted(weight)} is below 0`, this.#nextRow, 1, text);
    this.#labels[row] = Number(label);
    this.#weights[row] = other;
    this.#end = itemEnd(bytes, start);
    return true;
  }

  #queryId(bytes: Uint8Array, start: number, item: number): number {
    const text = textOf(bytes, start, itemEnd(bytes, start));
    const id = Number(text.slice('qid:'.length));
    if (id < 2 ** 32) return id;
    throw this.#error(`${this.#place(item)}: ${quoted(text)} is beyond qid:4294967295`, this.#nextRow, item, text);
  }

  /** The float32 at `start`, which must reach to a blank, comment or line end (`#end` then); else NaN. */
  #number(bytes: Uint8Array, start: number): number {
    let p = start;
    let c = bytes[p]!;
    const negative = c === MINUS;
    if (negative || c === PLUS) c = bytes[++p]!;
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
      if (minus || c === PLUS) c = bytes[++p]!;
      if (c < 48 || c > 57) digits = 0;
      let exponent = 0;
      while (c >= 48 && c <= 57 && exponent < 1000) {
        exponent = exponent * 10 + (c - 48);
        c = bytes[++p]!;
      }
      power += minus ? -exponent : exponent;
    }
    if (digits > 0 && mantissa < mantissaMax && power <= 60 && power >= -60 && endsItem(c)) {
      const double = power < 0 ? mantissa / powers[-power]! : mantissa * powers[power]!;
      const value = Math.fround(double * below);
      if (value === Math.fround(double * above) && value !== Number.POSITIVE_INFINITY) {
        this.#end = p;
        return negative ? -value : value;
      }
    }
    this.#end = itemEnd(bytes, start);
    const value = decimalToFloat32(textOf(bytes, start, this.#end));
    return Number.isFinite(value) ? value : Number.NaN;
  }

  tooLong(): DataError {
    return this.#fault(this.#nextRow, `is longer than ${libsvmLineBytesMax} bytes`);
  }

  #badLabel(bytes: Uint8Array, line: number, start: number): DataError {
    const text = textOf(bytes, start, itemEnd(bytes, start));
    if (this.#foreign !== undefined) {
      const what = this.#options.source === undefined ? 'The request' : `"${this.#options.source}"`;
      return this.#error(`${what} is not libsvm text: it ${this.#foreign}`, this.#nextRow);
    }
    const place = this.#place(1);
    if (/^\d+:/.test(text))
      return this.#error(`${place}: ${quoted(text)} stands where the label belongs`, this.#nextRow, 1);
    const row = textOf(bytes, line, Math.min(bytes.indexOf(LF, line), line + 4096));
    if (text.includes(',') && /^[-+\d.eE]+(,[-+\d.eE]+)+\s*$/.test(row)) {
      return this.#error(`${place}: ${quoted(text)} is CSV; its content type is text/csv`, this.#nextRow, 1);
    }
    if (/^[-+\d.eE]+(,[-+\d.eE]+)+$/.test(text)) {
      return this.#error(`${place}: ${quoted(text)} is more than one label`, this.#nextRow, 1);
    }
    return this.#error(`${place}: the label ${whyNoLabel(text)}`, this.#nextRow, 1, text);
  }

  #badPair(bytes: Uint8Array, start: number, item: number): DataError {
    const row = this.#nextRow;
    const text = textOf(bytes, start, itemEnd(bytes, start));
    const place = this.#place(item);
    const [, index, value] = /^(\d+):(.*)$/s.exec(text) ?? [];
    if (isBehindLoneReturn(bytes, start)) {
      const remedy = 'save the file with line feeds (LF or CRLF) as line ends';
      return this.#error(
        `Row ${row}${inSource(this.#options.source)} ends in a lone carriage return (CR): ${remedy}`,
        row,
      );
    }
    if (/^\d+:[-+.\deE]+[,;|]/.test(text)) {
      return this.#error(`${place}: ${quoted(text)} is more than one pair: separate pairs by blanks`, row, item, text);
    }
    if (index === undefined || value === undefined) {
      return this.#error(`${place}: ${quoted(text)} is not index:value`, row, item, text);
    }
    const { indexBase, featureCount } = this.#options;
    if (Number(index) < indexBase) {
      return this.#error(`${place}: index 0, but indices count from 1 (index_base=0 says otherwise)`, row, item, text);
    }
    const last = (featureCount ?? sparseWidthMax) - 1 + indexBase;
    if (Number(index) > last) {
      return this.#error(
        `${place}: index ${quoted(index).slice(1, -1)} is beyond ${last}, the last feature`,
        row,
        item,
        text,
      );
    }
    return this.#error(
      `${place}: the value ${whyNoNumber(value, this.#options.missing ? 'leave the pair out' : undefined)}`,
      row,
      item,
      text,
    );
  }

  #order(bytes: Uint8Array, start: number, item: number, before: number): DataError {
    const text = textOf(bytes, start, itemEnd(bytes, start));
    const index = Number.parseInt(text, 10);
    const wrong = index === before ? `is there twice` : `comes after ${before}: indices must ascend`;
    return this.#error(`${this.#place(item)}: index ${index} ${wrong}`, this.#nextRow, item, text);
  }

  #place(column: number): string {
    return `Row ${this.#nextRow}, column ${column}${inSource(this.#options.source)}`;
  }

  #fault(row: number, fact: string): DataError {
    return this.#error(`Row ${row}${inSource(this.#options.source)} ${fact}`, row);
  }

  #error(message: string, row: number, column?: number, value?: string): DataError {
    const { source } = this.#options;
    return new DataError(message, {
      ...(source !== undefined && { source }),
      row,
      ...(column !== undefined && { column }),
      ...(value !== undefined && { value }),
    });
  }

  /** A pair takes at least four bytes with its blank, a row at least two. */
  #reserve(byteCount: number): void {
    const valueCount = (byteCount >> 2) + 1;
    if (this.#values.length < valueCount) {
      this.#values = new Float32Array(valueCount);
      this.#columns = new Uint32Array(valueCount);
    }
    const rowCount = (byteCount >> 1) + 2;
    if (this.#labels.length < rowCount) {
      this.#labels = new Float64Array(rowCount);
      this.#rowStart = new Uint32Array(rowCount);
    }
    if (this.#options.ranked && this.#weights.length < rowCount) {
      this.#weights = new Float32Array(rowCount);
      this.#queries = new Uint32Array(rowCount);
    }
  }
}

/** A carriage return may stand before the line feed. */
const isBlank = (c: number): boolean => c === SPACE || c === TAB || c === CR;
const endsItem = (c: number): boolean => c === SPACE || c === LF || c === TAB || c === CR || c === HASH;

function itemEnd(bytes: Uint8Array, start: number): number {
  let p = start;
  while (!endsItem(bytes[p]!)) p++;
  return p;
}

/** Whether a carriage return that no line feed follows stands between an item and the one before. */
function isBehindLoneReturn(bytes: Uint8Array, start: number): boolean {
  for (let p = start - 1; p >= 0 && isBlank(bytes[p]!); p--) if (bytes[p] === CR) return true;
  return false;
}

const utf8 = new TextDecoder();
const textOf = (bytes: Uint8Array, start: number, end: number): string => utf8.decode(bytes.subarray(start, end));

const isQueryId = (bytes: Uint8Array, start: number): boolean =>
  bytes[start] === 113 && /^qid:\d+$/.test(textOf(bytes, start, Math.min(itemEnd(bytes, start), start + 64)));
