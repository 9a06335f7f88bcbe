/**
 * Numeric CSV to rows by WebAssembly's vectors: three to four times as fast as the plain decoder, which is the
 * definition. Rows that the vectors do not decide (quotes, blank lines, faults, numbers of very many digits, the first
 * row) go to the plain decoder.
 */
import { assembly } from '../../kernels/index.ts';
import type { RowBlock } from '../table.ts';
import { csvLayout, textBytesMax, textMargin, writeTables } from './simd-layout.ts';
import { type CsvFunctions, csvModule } from './simd-module.ts';

/** The plain decoder of a file, row for row. */
export interface PlainCsv {
  /** Values in each row; below 1 before the first row. */
  readonly columnCount: number;
  /** Whether commas separate them, as the vectors need it; known after the first row. */
  readonly hasCommas: boolean;
  /** Rows of `bytes` from `from` up to `end`, which is just behind a line feed. Throws DataError. */
  parse(bytes: Uint8Array, from: number, end: number): RowBlock | undefined;
  /** Takes note of rows decoded elsewhere. Throws DataError where none may follow. */
  passOver(rowCount: number): void;
}

/** Text that becomes one block: it stays in the second-level cache, with all its output. */
const blockBytes = 128 * 1024;
/** Shorter text is left to the plain decoder. */
const vectorBytesMin = 4096;
/** So is the beginning of the first file, until it is clear that the module is worth its 4 to 8 ms. */
const openingBytesMin = 256 * 1024;

/** Values of a block: empty cells take a byte, but only one row is longer than half of the text. */
const valuesMax = textBytesMax / 2;

/** Where a decoder of short requests begins: each typed array costs it as much as a cell or ten. */
const nothing = new Float64Array(0);

/** The rows of one file. The module and its memory are shared by all files: between two blocks nothing is in there. */
export class CsvVectorRows {
  readonly #plain: PlainCsv;
  readonly #labelCount: 0 | 1;
  #features = nothing;
  #labels = nothing;
  #bytesSeen = 0;

  constructor(plain: PlainCsv, labelCount: 0 | 1) {
    this.#plain = plain;
    this.#labelCount = labelCount;
  }

  /** Rows of `bytes` up to `end`, which is just behind a line feed; a block's memory is reused by the next one. */
  *blocks(bytes: Uint8Array, end: number): Generator<RowBlock> {
    this.#bytesSeen += end;
    const engine = engineFor(end, this.#bytesSeen);
    let from = 0;
    while (from < end) {
      const isVector = engine !== undefined && this.#plain.hasCommas;
      const to = !isVector ? end : this.#plain.columnCount < 1 ? lineEnd(bytes, from) : rowsEnd(bytes, from, end);
      const block =
        !isVector || this.#plain.columnCount < 1 || to - from > textBytesMax || this.#plain.columnCount > valuesMax
          ? this.#plain.parse(bytes, from, to)
          : this.#decode(engine, bytes.subarray(from, to));
      if (block !== undefined) yield block;
      from = to;
    }
  }

  #decode(engine: Engine, text: Uint8Array): RowBlock | undefined {
    const { functions } = engine;
    const columns = this.#plain.columnCount;
    engine.text.set(text);
    engine.text.set(engine.padding, text.length);
    const end = csvLayout.text + text.length;
    let rows = 0;
    for (let from = csvLayout.text; from < end; ) {
      const found = functions.scan(from, end, columns);
      let done = 0;
      while (done < found) {
        const at = csvLayout.ends + 4 * done * columns;
        const cells = functions.convert(at, (found - done) * columns, csvLayout.values + 8 * rows * columns);
        const decided = Math.floor(cells / columns);
        this.#plain.passOver(decided);
        rows += decided;
        done += decided;
        if (done === found) break;
        rows += this.#plainRow(engine, engine.ends[done * columns]! + 1, rows);
        done++;
      }
      from = engine.ends[found * columns]! + 1;
      if (from >= end) break;
      rows += this.#plainRow(engine, from, rows);
      from = csvLayout.text + lineEnd(text, from - csvLayout.text);
    }
    return rows === 0 ? undefined : this.#take(engine, rows);
  }

  /** Decodes the row that begins at an address, as number `row` of the block; returns how many rows that were: 1 or 0. */
  #plainRow({ memory, text, values }: Engine, address: number, row: number): number {
    const from = address - csvLayout.text;
    const end = lineEnd(text, from);
    const block = this.#plain.parse(new Uint8Array(memory, csvLayout.text, end), from, end);
    if (block === undefined) return 0;
    const at = row * this.#plain.columnCount;
    values.set(block.labels, at);
    values.set(block.features, at + this.#labelCount);
    return 1;
  }

  #take({ functions, values, features, labels }: Engine, rowCount: number): RowBlock {
    const columns = this.#plain.columnCount;
    const featureCount = columns - this.#labelCount;
    const count = rowCount * featureCount;
    if (this.#features.length < count) this.#features = new Float64Array(count);
    if (this.#labelCount === 0) {
      this.#features.set(values.subarray(0, count));
    } else {
      functions.part(rowCount, columns);
      if (this.#labels.length < rowCount) this.#labels = new Float64Array(rowCount);
      this.#features.set(features.subarray(0, count));
      this.#labels.set(labels.subarray(0, rowCount));
    }
    return {
      rowCount,
      featureCount,
      features: this.#features.subarray(0, count),
      labels: this.#labels.subarray(0, this.#labelCount * rowCount),
    };
  }
}

const LF = 10;

const lineEnd = (bytes: Uint8Array, from: number): number => bytes.indexOf(LF, from) + 1;

/** End of the rows that fill a block, or of one that is larger. */
function rowsEnd(bytes: Uint8Array, from: number, end: number): number {
  if (end - from <= blockBytes) return end;
  const last = bytes.lastIndexOf(LF, from + blockBytes - 1) + 1;
  return last > from ? last : lineEnd(bytes, from + blockBytes);
}

interface Engine {
  readonly functions: CsvFunctions;
  readonly memory: ArrayBuffer;
  readonly text: Uint8Array;
  readonly ends: Uint32Array;
  readonly values: Float64Array;
  readonly features: Float64Array;
  readonly labels: Float64Array;
  /** Cells behind the text, so that the last four of the text are followed by others that are numbers. */
  readonly padding: Uint8Array;
}

let opened: { engine: Engine | undefined } | undefined;

/** For text of so many bytes in a file that had so many by now. Undefined where it is not worth it, or there is no SIMD. */
function engineFor(byteCount: number, bytesSeen: number): Engine | undefined {
  if (byteCount < vectorBytesMin || (opened === undefined && bytesSeen < openingBytesMin)) return undefined;
  opened ??= { engine: makeEngine() };
  return opened.engine;
}

function makeEngine(): Engine | undefined {
  const program = assembly.openProgram<CsvFunctions>(csvModule(), csvLayout.total);
  if (program === undefined) return undefined;
  const { memory, functions } = program;
  writeTables(memory);
  const doubles = (address: number): Float64Array => new Float64Array(memory, address, valuesMax);
  return {
    functions,
    memory,
    text: new Uint8Array(memory, csvLayout.text, textBytesMax + textMargin),
    ends: new Uint32Array(memory, csvLayout.ends, textBytesMax + 1),
    values: doubles(csvLayout.values),
    features: doubles(csvLayout.features),
    labels: doubles(csvLayout.labels),
    padding: new TextEncoder().encode('0,'.repeat(textMargin / 2)),
  };
}
