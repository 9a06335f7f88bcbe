export type Numbers = Float32Array | Float64Array;

/**
 * Rows decoded to numbers, row-major, in the precision in which their source holds them: a cell of text is a double, a
 * float32 tensor single precision. Labels have `rowCount` entries, or none for unlabelled requests.
 */
export interface RowBlock {
  rowCount: number;
  featureCount: number;
  /** rowCount * featureCount values. */
  features: Numbers;
  /** For rows kept in half the memory (see keep-rows.ts): feature j is base[j] + its value in `features`. */
  base?: Float64Array;
  /** rowCount values; empty when the rows carry no label. */
  labels: Float64Array;
}

/** Rows of which only the values that are not 0 are stored (CSR): those of row i lie from rowStart[i] to rowStart[i + 1]. */
export interface SparseBlock {
  rowCount: number;
  featureCount: number;
  /** rowCount + 1 places, the first 0. */
  rowStart: Uint32Array;
  /** Feature of each value, ascending within a row, below featureCount. */
  columns: Uint32Array;
  values: Float32Array;
  labels: Float64Array;
  /** Of rows that were read with weights and queries (ranking): one of each a row. */
  weights?: Float32Array;
  queries?: Uint32Array;
}

/** Features of a row that is expanded: a sparse row of a few bytes may stand for this many numbers, and no more. */
export const denseWidthMax = 2 ** 24;

/** The most features of a sparse row: as many as 32 bits can number. */
export const sparseWidthMax = 2 ** 32;

/**
 * Rows that can be read again and again, in the same order, a block at a time, so that data larger than
 * memory can pass through. Blocks may have any number of rows; a consumer must not keep a block after
 * asking for the next one (its memory may be reused).
 */
export interface RowSource {
  /** Channel name, for messages. */
  readonly name: string;
  readonly featureCount: number;
  /** For rows whose columns were hashed to 2^hashBits features. */
  readonly hashBits?: number;
  /** One pass over the rows. Rejects with DataError naming file, row and column. Sparse rows are expanded. */
  blocks(): AsyncIterable<RowBlock>;
  /** One pass over the rows as they are stored; only a source of sparse rows has it. */
  sparseBlocks?(): AsyncIterable<SparseBlock>;
  /** Stored bytes of one pass, all files together, and how many of them the pass under way has read. */
  progress?(): { readBytes: number; totalBytes: number };
}
