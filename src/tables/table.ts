import type { Cell } from './cell.ts';

/** Bytes that can be read again and again. */
export interface TableSource {
  /** For messages. */
  name: string;
  byteLength?: number;
  stream(): AsyncIterable<Uint8Array>;
  /** Any part of the bytes. A format that is read from its end takes the whole into memory without it. */
  slice?(start: number, end?: number): Promise<ArrayBuffer>;
}

export type TableFormat = 'csv' | 'json lines' | 'json' | 'parquet' | 'libsvm' | 'recordio';

/** Some rows that follow each other. */
export interface RowChunk {
  /** Number of the first row, from 0. */
  firstRow: number;
  /** A cell for each column. */
  rows: readonly (readonly Cell[])[];
}

/** A raw table of named columns, whose rows pass as often as they are asked for, in the same order. */
export interface Table {
  readonly name: string;
  readonly format: TableFormat;
  /** As they are written, in sentences: the delimiter, the encoding, the header. */
  readonly facts: readonly string[];
  readonly columns: readonly string[];
  /** Whether the file names the columns; they are called `column_1` and so on where it does not. */
  readonly hasHeader: boolean;
  /** The column that the format itself says is the label. */
  readonly labelColumn?: string;
  /** Cells such as 1,234 are more likely decimals than thousands: commas do not stand between cells here. */
  readonly prefersDecimalComma?: boolean;
  /** One pass. Rejects with DataError naming row and column. */
  chunks(): AsyncGenerator<RowChunk>;
}

export interface ReadOptions {
  /** Left out, it is found. */
  format?: TableFormat;
  /** The sign between cells. */
  delimiter?: string;
  /** A label of the WHATWG Encoding Standard, such as `windows-1252`. */
  encoding?: string;
  /** Whether the first row names the columns. */
  header?: boolean;
}

/** Columns of a raw table: each has decisions of its own, for a reader to read. */
export const columnsMax = 10_000;
