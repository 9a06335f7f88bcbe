/**
 * JSON Lines with labels, for training. A line is one of
 *   [1, 0.5, 2]                                                                        the label first
 *   {"label": 1, "features": [0.5, 2]}
 *   {"label": 1, "data": {"features": {"values": [0.5, 2]}}}
 *   {"label": 1, "data": {"features": {"keys": [0], "shape": [2000], "values": [1]}}}  sparse, positions from 0
 */
import { DataError } from '../../base/index.ts';
import { foreignFormat, LineQueue, lineEnd } from '../../framing/index.ts';
import { type BlockDecoder, inSource, type RowDecoderOptions } from '../row-decoder.ts';
import { SparseBuilder } from '../sparse-rows.ts';
import { denseWidthMax, type RowBlock, type SparseBlock } from '../table.ts';
import { withWritten } from './as-written.ts';
import {
  decodeUtf8,
  elementOf,
  isObject,
  parseText,
  readElement,
  show,
  type Vector,
  whyUnread,
} from './json-instances.ts';

/** A line longer than this is refused. */
export const jsonLineBytesMax = 64 * 1024 * 1024;

/** Values of one dense block, 4 MiB: sparse lines expand. */
const blockValuesMax = 1 << 20;

const LF = 10;

/** Decodes JSON Lines chunk by chunk, to sparse rows when the first line has keys, else to dense ones, unless `rows` says which. */
export function jsonLinesDecoder(
  options: RowDecoderOptions & { rows?: 'dense' | 'sparse' },
): BlockDecoder<RowBlock | SparseBlock> {
  return new JsonLines(options);
}

class JsonLines implements BlockDecoder<RowBlock | SparseBlock> {
  readonly #options: RowDecoderOptions;
  readonly #lines = new LineQueue(jsonLineBytesMax);
  readonly #sparse = new SparseBuilder();
  #rows: 'dense' | 'sparse' | undefined;
  #row = 0;
  #blankRow = 0;
  #width = -1;
  #rowCount = 0;
  #features: number[] = [];
  #labels: number[] = [];
  #foreign: string | undefined;

  constructor(options: RowDecoderOptions & { rows?: 'dense' | 'sparse' }) {
    this.#options = options;
    this.#rows = options.rows;
  }

  *push(chunk: Uint8Array): Generator<RowBlock | SparseBlock> {
    const lines = this.#lines.join(chunk, () => this.#fault(`is longer than ${jsonLineBytesMax} bytes`, this.#row + 1));
    const { bytes, end } = lines;
    if (this.#row === 0) this.#foreign = foreignFormat(bytes);
    for (let start = 0; start < end; ) {
      const lineEnd = bytes.indexOf(LF, start);
      this.#line(bytes.subarray(start, lineEnd));
      start = lineEnd + 1;
      if (this.#isFull()) yield this.#take();
    }
    this.#lines.keepRest(lines);
    if (this.#rowCount > 0 || this.#sparse.rowCount > 0) yield this.#take();
  }

  end(): Iterable<RowBlock | SparseBlock> {
    return this.#lines.isInside ? this.push(lineEnd) : [];
  }

  #line(bytes: Uint8Array): void {
    const row = ++this.#row;
    const { source } = this.#options;
    if (this.#foreign !== undefined) {
      throw new DataError(
        `${source === undefined ? 'The request' : `"${source}"`} is not JSON Lines: it ${this.#foreign}`,
        { ...(source !== undefined && { source }), row },
      );
    }
    const place = `Row ${row}${inSource(source)}`;
    const text = decodeUtf8(row === 1 ? withoutMark(bytes) : bytes, place);
    if (text.trim() === '') {
      this.#blankRow ||= row;
      return;
    }
    if (this.#blankRow > 0) throw this.#fault('is empty', this.#blankRow);
    try {
      withWritten(JSON.parse, (parse) => this.#read(parseText(text, place, parse), place));
    } catch (error) {
      if (!(error instanceof DataError) || error.place.row !== undefined) throw error;
      throw new DataError(error.message, { ...error.place, ...(source !== undefined && { source }), row });
    }
  }

  #read(line: unknown, place: string): void {
    let label: unknown;
    let vector: Vector;
    if (Array.isArray(line)) {
      [label] = line;
      vector = { width: line.length - 1, values: line.slice(1), keys: undefined };
      if (line.length > 1 && line.every(Array.isArray))
        throw this.#fault('is a list of rows: each row must be a line of its own');
      if (line.length < 2) throw this.#fault(`has ${line.length} numbers; it needs a label and at least one feature`);
    } else {
      if (!isObject(line)) throw this.#fault(`is ${show(line)}; it must be a list or an object`);
      if (line.label === undefined) throw this.#fault('has no "label"');
      ({ label } = line);
      vector = readElement(elementOf(line, place), place, 2 ** 32);
    }
    if (vector.width === 0) throw this.#fault('has no features');
    this.#rows ??= vector.keys === undefined ? 'dense' : 'sparse';
    if (vector.width !== this.#width) this.#newWidth(vector.width);
    const number = this.#number(Array.isArray(label) && label.length === 1 ? label[0] : label, 'the label');
    if (this.#rows === 'sparse') this.#addSparse(vector, number);
    else this.#addDense(vector, number);
  }

  #newWidth(width: number): void {
    this.#options.checkWidth?.(width, this.#row);
    if (this.#width >= 0) throw this.#fault(`has ${width} features, but the rows before have ${this.#width}`);
    if (this.#rows === 'dense' && width > denseWidthMax) {
      throw this.#fault(`has a shape of ${width}, the limit is ${denseWidthMax}`);
    }
    this.#width = width;
  }

  #addDense({ values, keys }: Vector, label: number): void {
    const base = this.#features.length;
    if (keys !== undefined) for (let j = 0; j < this.#width; j++) this.#features.push(0);
    for (let i = 0; i < values.length; i++) {
      const position = keys === undefined ? i : this.#key(keys[i]);
      this.#features[base + position] = this.#number(values[i], `feature ${position + 1}`, position + 1);
    }
    this.#labels.push(label);
    this.#rowCount++;
  }

  #addSparse({ values, keys }: Vector, label: number): void {
    const cells = values.map((value, i): [number, number] => {
      const position = keys === undefined ? i : this.#key(keys[i]);
      return [position, this.#number(value, `feature ${position + 1}`, position + 1)];
    });
    if (keys !== undefined) cells.sort(([a], [b]) => a - b);
    for (const [position, value] of cells) this.#sparse.add(position, value);
    this.#sparse.endRow(label);
  }

  #key(key: unknown): number {
    if (typeof key === 'number' && Number.isInteger(key) && key >= 0 && key < this.#width) return key;
    throw this.#error(
      ` has the key ${show(key)}, but its shape allows 0 to ${this.#width - 1}`,
      undefined,
      this.#row,
      key,
    );
  }

  #number(value: unknown, what: string, column?: number): number {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
    throw this.#error(`, ${what}: ${whyUnread(value, column === undefined)}`, column, this.#row, value);
  }

  #isFull(): boolean {
    return this.#sparse.isFull() || this.#features.length + this.#width > blockValuesMax;
  }

  #take(): RowBlock | SparseBlock {
    if (this.#rows === 'sparse') return this.#sparse.take(this.#width, 1);
    const [features, labels, rowCount] = [this.#features, this.#labels, this.#rowCount];
    this.#features = [];
    this.#labels = [];
    this.#rowCount = 0;
    return {
      rowCount,
      featureCount: this.#width,
      features: Float64Array.from(features),
      labels: Float64Array.from(labels),
    };
  }

  #fault(fact: string, row = this.#row): DataError {
    return this.#error(` ${fact}`, undefined, row);
  }

  #error(fact: string, column?: number, row = this.#row, value?: unknown): DataError {
    const { source } = this.#options;
    return new DataError(`Row ${row}${inSource(source)}${fact}`, {
      ...(source !== undefined && { source }),
      row,
      ...(column !== undefined && { column }),
      ...(value !== undefined && { value }),
    });
  }
}

const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
