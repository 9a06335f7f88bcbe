/** The numbers of one row, one a column. */
export type Row = ArrayLike<number>;

/** Rows in one flat list: row by row, `columns` numbers each. */
export interface Matrix {
  /** Rows x columns numbers. A Float32Array is kept, and trained on, in single precision. */
  values: ArrayLike<number>;
  /** Numbers of one row, at least 1. */
  columns: number;
}

/**
 * Rows of numbers, in any of these forms:
 *
 * - a list of rows: `[[1, 2], [3, 4]]`, or of typed arrays;
 * - a `Matrix`: `{ values: Float64Array.of(1, 2, 3, 4), columns: 2 }`;
 * - CSV text: one row a line, numbers between commas, with or without a header line;
 * - an iterable or async iterable of rows, or of pieces of CSV text, such as a file's stream.
 *
 * All rows have the same number of columns. Every number must be finite and in the range of single precision. Rows are held in memory.
 */
export type Rows = string | Matrix | Iterable<Row> | AsyncIterable<Row> | AsyncIterable<string>;

/**
 * The label of each row, in any of these forms:
 *
 * - a list, iterable or async iterable of as many numbers as there are rows;
 * - `{ column }`: the labels are a column of the rows, which is then no feature. A number counts columns from 0; a name is one of the
 *   CSV header's.
 *
 * A regressor takes any finite number, a binary classifier 0 and 1, a multiclass classifier 0 to `num_classes - 1`.
 */
export type Labels = ArrayLike<number> | Iterable<number> | AsyncIterable<number> | { column: number | string };

/** Rows with their labels. */
export interface LabelledRows {
  /** As `fit` takes them. */
  rows: Rows;
  /** As `fit` takes them. */
  labels: Labels;
}
