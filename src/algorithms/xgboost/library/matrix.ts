import type { Library } from './library.ts';

/** Rows of which all values are given, row-major; NaN is a missing one. */
export interface DenseValues {
  rowCount: number;
  columnCount: number;
  values: Float32Array;
}

/** Rows of which some values are given (CSR); what is not given is missing, a 0 that is given is a 0. */
export interface SparseValues {
  columnCount: number;
  /** One more than there are rows. */
  rowStart: Uint32Array;
  columns: Uint32Array;
  values: Float32Array;
}

const missing = '"missing":NaN';

/** Rows in the library's own memory, until it is closed. Throws LibraryError. */
export class Matrix {
  readonly handle: unknown;
  readonly library: Library;

  private constructor(library: Library, handle: unknown) {
    this.library = library;
    this.handle = handle;
  }

  static dense(library: Library, { rowCount, columnCount, values }: DenseValues): Matrix {
    const out = [null];
    library.call('matrixOfDense', library.interfaceOf(values, [rowCount, columnCount]), `{${missing}}`, out);
    return new Matrix(library, out[0]);
  }

  static csr(library: Library, { columnCount, rowStart, columns, values }: SparseValues): Matrix {
    const out = [null];
    library.call(
      'matrixOfCsr',
      library.interfaceOf(rowStart, [rowStart.length]),
      library.interfaceOf(columns, [columns.length]),
      library.interfaceOf(values, [values.length]),
      columnCount,
      `{${missing}}`,
      out,
    );
    return new Matrix(library, out[0]);
  }

  get rowCount(): number {
    return this.#count('matrixRows');
  }

  get columnCount(): number {
    return this.#count('matrixColumns');
  }

  /** One number a row, such as its `label` or `weight`. */
  setInfo(field: 'label' | 'weight' | 'qid' | 'label_lower_bound' | 'label_upper_bound', values: Values): void {
    this.library.call('matrixSetInfo', this.handle, field, this.library.interfaceOf(values, [values.length]));
  }

  /** A matrix of some of the rows, in this order, with what was set for them. */
  slice(rows: Int32Array): Matrix {
    const out = [null];
    this.library.call('matrixSlice', this.handle, rows, rows.length, out, 1);
    return new Matrix(this.library, out[0]);
  }

  close(): void {
    this.library.call('matrixFree', this.handle);
  }

  #count(name: 'matrixRows' | 'matrixColumns'): number {
    const out = [0];
    this.library.call(name, this.handle, out);
    return Number(out[0]);
  }
}

type Values = Float32Array | Uint32Array;
