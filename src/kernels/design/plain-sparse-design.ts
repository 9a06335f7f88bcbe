import { assert } from '../../base/index.ts';
import type { SparseRows } from '../descent/descent.ts';
import type { Design, SparseColumns } from './design.ts';

/**
 * Features up to which a sparse design has a gram, which is dense: 32 MB of doubles and a time that grows with the square
 * of a row's values. Beyond it, use solvers that need none.
 */
export const sparseGramFeaturesMax = 2000;

/** Rows of a sparse design, as in `SparseRows`: scaled, not shifted, since that would fill in the zeros. */
export interface SparseDesignRows {
  featureCount: number;
  rowStart: Uint32Array;
  columns: Uint32Array;
  values: Float32Array | Float64Array;
}

/** A design of sparse rows in plain TypeScript, in double arithmetic: a row costs as much as it has values, not columns. */
export class PlainSparseDesign implements Design {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly #rows: SparseDesignRows;
  /** Made when first asked for. */
  #columns: SparseColumns | undefined;

  /** The arrays are kept, not copied. */
  constructor(rows: SparseDesignRows) {
    this.#rows = rows;
    this.rowCount = rows.rowStart.length - 1;
    this.featureCount = rows.featureCount;
    const end = rows.rowStart[this.rowCount];
    assert(end <= Math.min(rows.columns.length, rows.values.length), 'a design has all its values');
    for (let at = 0; at < end; at += 1)
      assert(rows.columns[at] < rows.featureCount, 'a column below the number of features');
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    const { rowStart, columns, values } = this.#rows;
    const bias = this.featureCount * K;
    for (let row = 0; row < this.rowCount; row += 1) {
      const end = rowStart[row + 1];
      if (K === 1) {
        let sum = theta[bias];
        for (let at = rowStart[row]; at < end; at += 1) sum += values[at] * theta[columns[at]];
        f[row] = sum;
        continue;
      }
      const to = row * K;
      for (let k = 0; k < K; k += 1) f[to + k] = theta[bias + k];
      for (let at = rowStart[row]; at < end; at += 1) {
        const from = columns[at] * K;
        const value = values[at];
        for (let k = 0; k < K; k += 1) f[to + k] += value * theta[from + k];
      }
    }
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    const { rowStart, columns, values } = this.#rows;
    const bias = this.featureCount * K;
    g.fill(0, 0, bias + K);
    for (let row = 0; row < this.rowCount; row += 1) {
      const end = rowStart[row + 1];
      if (K === 1) {
        const slope = delta[row];
        // Rows without slope (beyond every kink) are many in some problems.
        if (slope === 0) continue;
        for (let at = rowStart[row]; at < end; at += 1) g[columns[at]] += values[at] * slope;
        g[bias] += slope;
        continue;
      }
      const from = row * K;
      for (let at = rowStart[row]; at < end; at += 1) {
        const to = columns[at] * K;
        const value = values[at];
        for (let k = 0; k < K; k += 1) g[to + k] += value * delta[from + k];
      }
      for (let k = 0; k < K; k += 1) g[bias + k] += delta[from + k];
    }
  }

  squares(c: Float64Array, K: number, squares: Float64Array): void {
    const { rowStart, columns, values } = this.#rows;
    const bias = this.featureCount * K;
    squares.fill(0, 0, bias + K);
    for (let row = 0; row < this.rowCount; row += 1) {
      const from = row * K;
      for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
        const to = columns[at] * K;
        const square = values[at] * values[at];
        for (let k = 0; k < K; k += 1) squares[to + k] += square * c[from + k];
      }
      for (let k = 0; k < K; k += 1) squares[bias + k] += c[from + k];
    }
  }

  /** For at most `sparseGramFeaturesMax` features. */
  gram(c: Float64Array, h: Float64Array): void {
    const { rowStart, columns, values } = this.#rows;
    const d = this.featureCount;
    assert(d <= sparseGramFeaturesMax, 'a sparse design has a gram of a moderate number of features only');
    const size = d + 1;
    h.fill(0, 0, size * size);
    for (let row = 0; row < this.rowCount; row += 1) {
      const weight = c[row];
      if (weight === 0) continue;
      const start = rowStart[row];
      for (let i = start; i < rowStart[row + 1]; i += 1) {
        const weighted = weight * values[i];
        const line = columns[i] * size;
        for (let j = start; j <= i; j += 1) h[line + columns[j]] += weighted * values[j];
        h[d * size + columns[i]] += weighted;
      }
      h[d * size + d] += weight;
    }
  }

  pick(rows: Uint32Array): PlainSparseDesign {
    const { featureCount, rowStart, columns, values } = this.#rows;
    const picked = new Uint32Array(rows.length + 1);
    for (let at = 0; at < rows.length; at += 1)
      picked[at + 1] = picked[at] + rowStart[rows[at] + 1] - rowStart[rows[at]];
    const end = picked[rows.length];
    const to = {
      featureCount,
      rowStart: picked,
      columns: new Uint32Array(end),
      values: values instanceof Float64Array ? new Float64Array(end) : new Float32Array(end),
    };
    for (let at = 0; at < rows.length; at += 1) {
      const [from, until] = [rowStart[rows[at]], rowStart[rows[at] + 1]];
      to.columns.set(columns.subarray(from, until), picked[at]);
      to.values.set(values.subarray(from, until), picked[at]);
    }
    return new PlainSparseDesign(to);
  }

  select(features: Uint32Array): PlainSparseDesign {
    const { start, rows, values } = this.columns();
    const rowStart = new Uint32Array(this.rowCount + 1);
    for (const j of features) for (let at = start[j]; at < start[j + 1]; at += 1) rowStart[rows[at] + 1] += 1;
    for (let row = 0; row < this.rowCount; row += 1) rowStart[row + 1] += rowStart[row];
    const count = rowStart[this.rowCount];
    const next = rowStart.slice(0, this.rowCount);
    const to = {
      featureCount: features.length,
      rowStart,
      columns: new Uint32Array(count),
      values: values instanceof Float64Array ? new Float64Array(count) : new Float32Array(count),
    };
    features.forEach((j, place) => {
      for (let at = start[j]; at < start[j + 1]; at += 1) {
        const into = next[rows[at]]++;
        to.columns[into] = place;
        to.values[into] = values[at];
      }
    });
    return new PlainSparseDesign(to);
  }

  columns(): SparseColumns {
    this.#columns ??= this.#byColumn();
    return this.#columns;
  }

  #byColumn(): SparseColumns {
    const { featureCount, rowStart, columns, values } = this.#rows;
    const end = rowStart[this.rowCount];
    const start = new Uint32Array(featureCount + 1);
    for (let at = 0; at < end; at += 1) start[columns[at] + 1] += 1;
    for (let j = 0; j < featureCount; j += 1) start[j + 1] += start[j];
    const next = start.slice(0, featureCount);
    const byColumn = { start, rows: new Uint32Array(end), values: values.slice(0, end) };
    for (let row = 0; row < this.rowCount; row += 1) {
      for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
        const to = next[columns[at]]++;
        byColumn.rows[to] = row;
        byColumn.values[to] = values[at];
      }
    }
    return byColumn;
  }

  close(): void {
    this.#columns = undefined;
  }
}

/** Gathers the rows of a sparse design as they come. */
export class SparseDesignLoader {
  readonly #featureCount: number;
  #rowCount = 0;
  #rowStart = new Uint32Array(1025);
  #columns = new Uint32Array(16384);
  #values = new Float32Array(16384);

  constructor(featureCount: number) {
    this.#featureCount = featureCount;
  }

  /** Copies the next rows. Their labels are not looked at. */
  append({ rowCount, rowStart, columns, values }: Omit<SparseRows, 'y'>): void {
    const start = this.#rowStart[this.#rowCount];
    const [from, to] = [rowStart[0], rowStart[rowCount]];
    const end = start + to - from;
    this.#rowStart = withRoom(this.#rowStart, this.#rowCount + rowCount + 1);
    this.#columns = withRoom(this.#columns, end);
    this.#values = withRoom(this.#values, end);
    for (let row = 1; row <= rowCount; row += 1) this.#rowStart[this.#rowCount + row] = start + rowStart[row] - from;
    this.#columns.set(columns.subarray(from, to), start);
    this.#values.set(values.subarray(from, to), start);
    this.#rowCount += rowCount;
  }

  finish(): PlainSparseDesign {
    return new PlainSparseDesign({
      featureCount: this.#featureCount,
      rowStart: this.#rowStart.subarray(0, this.#rowCount + 1),
      columns: this.#columns,
      values: this.#values,
    });
  }
}

/** The numbers, moved to where there is room for at least `length`, if need be twice as much as before. */
function withRoom<Numbers extends Uint32Array | Float32Array>(numbers: Numbers, length: number): Numbers {
  if (length <= numbers.length) return numbers;
  const Kind = numbers.constructor as new (length: number) => Numbers;
  const larger = new Kind(Math.max(length, 2 * numbers.length));
  larger.set(numbers);
  return larger;
}
