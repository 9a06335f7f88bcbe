import type { Design } from '../../../../kernels/index.ts';

/**
 * Columns of (X, 1) that no earlier ones determine; the intercept (column featureCount) is taken as the first. Of columns
 * that depend on each other the first stays, as in R. `doubles` says that the design's arithmetic is double.
 */
export function independentColumns(
  design: Design,
  useBias: boolean,
  doubles: boolean,
): { kept: number[]; aliased: number[] } {
  const d = design.featureCount;
  const inner = d + 1;
  const h = new Float64Array(inner * inner);
  design.gram(new Float64Array(design.rowCount).fill(1 / design.rowCount), h);
  const at = (i: number, j: number): number => (i >= j ? h[i * inner + j] : h[j * inner + i]);
  const least = doubles ? leastPivot : leastPivotOfSingles;
  const kept: number[] = [];
  const aliased: number[] = [];
  // Rows of the Cholesky factor of the kept columns; a column's share that they leave is its pivot.
  const factors: Float64Array[] = [];
  for (const column of [...(useBias ? [d] : []), ...Array.from({ length: d }, (_, j) => j)]) {
    const size = at(column, column);
    const row = new Float64Array(kept.length + 1);
    let left = size;
    kept.forEach((other, place) => {
      let sum = at(column, other);
      const factor = factors[place];
      for (let k = 0; k < place; k += 1) sum -= row[k] * factor[k];
      row[place] = sum / factor[place];
      left -= row[place] ** 2;
    });
    if (size > 0 && left > least * size) {
      row[kept.length] = Math.sqrt(left);
      factors.push(row);
      kept.push(column);
    } else aliased.push(column);
  }
  return { kept: kept.sort((a, b) => a - b), aliased };
}

/** Share of a column's square that earlier columns must leave. */
const leastPivot = 1e-11;
const leastPivotOfSingles = 1e-6;
