import { vectorsFor } from '../double-vectors.ts';
import { choleskyPanel } from '../wasm/cholesky-module.ts';
import { engineFeatures } from '../wasm/features.ts';

/** Columns whose products are summed before the next ones are read: they stay in the second cache. */
const columnsAtOnce = 512;

/** Rows of a matrix, some columns at a time. */
export interface RowReader {
  rowCount: number;
  featureCount: number;
  /** Writes row[from..to) to `into`, from `at` on. */
  read(row: number, from: number, to: number, into: Float64Array, at: number): void;
}

/**
 * X X^T in double precision: a row-major square, of which only the lower triangle is written. The bytes are equal on every engine,
 * with vectors and without.
 */
export function rowProducts(rows: RowReader): Float64Array {
  const { rowCount: n, featureCount: d } = rows;
  const products = new Float64Array(n * n);
  const width = Math.min(columnsAtOnce, d);
  // Columns come in twos, rows in twos and panels of four.
  const stride = 2 * Math.ceil(width / 2) + choleskyPanel;
  const rowBytes = 8 * stride;
  const bytes = rowBytes * (n + choleskyPanel);
  const vectors = engineFeatures().simd ? vectorsFor(bytes) : undefined;
  const cells =
    vectors === undefined ? new Float64Array(bytes / 8) : new Float64Array(vectors.memory.buffer, 0, bytes / 8);
  for (let from = 0; from < d; from += width) {
    cells.fill(0);
    const to = Math.min(d, from + width);
    for (let row = 0; row < n; row += 1) rows.read(row, from, to, cells, row * stride);
    const end = 2 * Math.ceil((to - from) / 2);
    for (let panel = 0; panel < n; panel += choleskyPanel) {
      if (vectors === undefined) subtract(cells, stride, { panel, rowCount: n, end });
      else vectors.subtract(panel * rowBytes, n * rowBytes, rowBytes, panel * rowBytes, 8 * end);
      for (let row = panel; row < n; row += 1) {
        const at = row * stride + end;
        for (let k = 0; k < choleskyPanel; k += 1) {
          if (panel + k <= row) products[row * n + panel + k] -= cells[at + k];
          cells[at + k] = 0;
        }
      }
    }
  }
  return products;
}

/** The same without vectors: two sums, of even and of odd places. */
function subtract(
  cells: Float64Array,
  stride: number,
  { panel, rowCount, end }: { panel: number; rowCount: number; end: number },
): void {
  for (let row = panel; row < rowCount; row += 1) {
    for (let k = 0; k < choleskyPanel; k += 1) {
      let even = 0;
      let odd = 0;
      for (let j = 0; j < end; j += 2) {
        even += cells[row * stride + j] * cells[(panel + k) * stride + j];
        odd += cells[row * stride + j + 1] * cells[(panel + k) * stride + j + 1];
      }
      cells[row * stride + end + k] -= even + odd;
    }
  }
}
