// Iterative refinement of least squares: Å. Björck, BIT 7 (1967) 257.
import { addProduct, addTo, type DoubleDouble } from '../linear-algebra/double-double.ts';
import { householder, type Reflections, reflect, solveLower, solveUpper } from '../linear-algebra/householder.ts';

/** Raw rows, not standardised: standardising rounds every cell, which costs ill-conditioned sets half of their digits. */
export interface LeastSquaresRows {
  x: Float64Array;
  /** What x leaves of cells that are no doubles, such as powers made here: a cell is x + xLow. */
  xLow?: Float64Array | undefined;
  labels: Float64Array;
  rowCount: number;
  featureCount: number;
  useBias: boolean;
}

export interface LeastSquaresFit {
  weights: Float64Array;
  bias: number;
  /** Columns, in order of features, that depend on earlier ones and got weight 0. */
  dependent: number[];
  /** Mean of squared residuals. */
  meanSquare: number;
  residual: Float64Array;
  /** Of the other columns, centred (not without intercept) and scaled, the intercept's ones before them. */
  factor: Reflections;
  shift: Float64Array;
  scale: Float64Array;
}

const refinementsMax = 20;
/** A column of which so little is left beside the earlier ones, in units of its spread, depends on them. */
const dependentShare = 1e-13;

/**
 * Least squares without penalty, to all digits that the rows determine: Householder's QR of centred and scaled columns,
 * then refinement of the weights and the residuals together with residuals in double-double arithmetic, against the
 * rows as they came (Björck 1967). Undefined with fewer rows than parameters.
 */
export function leastSquares(rows: LeastSquaresRows): LeastSquaresFit | undefined {
  const { x, rowCount: n, featureCount: d, useBias } = rows;
  const first = useBias ? 1 : 0;
  const p = d + first;
  if (n < p) return undefined;
  const { shift, scale } = scalingOf(rows);
  const z = new Float64Array(n * p);
  for (let i = 0; i < n; i += 1) {
    if (useBias) z[i * p] = 1;
    for (let j = 0; j < d; j += 1) z[i * p + first + j] = (x[i * d + j] - shift[j]) / scale[j];
  }
  const factor = householder(z, n, p);
  const isDependent = (j: number): boolean => Math.abs(factor.diagonal[first + j]) <= dependentShare * Math.sqrt(n);
  const dependent = Array.from({ length: d }, (_, j) => j).filter(isDependent);
  // What rounding leaves of a dependent column points anywhere, and would take its share of the columns after it.
  if (dependent.length > 0) return withoutColumns(rows, dependent);

  const weights = new Float64Array(d);
  let bias = 0;
  const residual = new Float64Array(n);
  let last = Infinity;
  for (let refinement = 0; refinement < refinementsMax; refinement += 1) {
    const { ofRows, ofColumns } = defects(rows, weights, bias, residual, shift, scale);
    const { step, ofResidual } = correction(factor, ofRows, ofColumns);
    let moved = 0;
    let offset = useBias ? step[0] : 0;
    for (let j = 0; j < d; j += 1) {
      const by = step[first + j] / scale[j];
      // Columns were centred: what a weight does at the mean goes to the intercept.
      offset -= by * shift[j];
      moved = Math.max(moved, by === 0 ? 0 : Math.abs(by) / Math.max(Math.abs(weights[j] + by), 1e-300));
      weights[j] += by;
    }
    if (useBias) bias += offset;
    for (let i = 0; i < n; i += 1) residual[i] += ofResidual[i];
    if (moved <= 2e-16 || (refinement > 2 && moved > last / 2)) break;
    last = moved;
  }
  let squares = 0;
  for (let i = 0; i < n; i += 1) squares += residual[i] * residual[i];
  return { weights, bias, dependent, meanSquare: squares / n, residual, factor, shift, scale };
}

function withoutColumns(rows: LeastSquaresRows, dependent: readonly number[]): LeastSquaresFit | undefined {
  const { rowCount: n, featureCount: d, xLow } = rows;
  const kept = Array.from({ length: d }, (_, j) => j).filter((j) => !dependent.includes(j));
  const some = (x: Float64Array): Float64Array => {
    const left = new Float64Array(n * kept.length);
    for (let i = 0; i < n; i += 1)
      for (let c = 0; c < kept.length; c += 1) left[i * kept.length + c] = x[i * d + kept[c]];
    return left;
  };
  const fit = leastSquares({ ...rows, x: some(rows.x), xLow: xLow && some(xLow), featureCount: kept.length });
  if (fit === undefined) return undefined;
  const weights = new Float64Array(d);
  fit.weights.forEach((weight, c) => {
    weights[kept[c]] = weight;
  });
  return { ...fit, weights, dependent: [...dependent, ...fit.dependent.map((c) => kept[c])].sort((a, b) => a - b) };
}

/** Mean (0 without intercept) and spread of each column. */
function scalingOf({ x, rowCount: n, featureCount: d, useBias }: LeastSquaresRows): {
  shift: Float64Array;
  scale: Float64Array;
} {
  const shift = new Float64Array(d);
  const scale = new Float64Array(d);
  for (let i = 0; i < n && useBias; i += 1) for (let j = 0; j < d; j += 1) shift[j] += x[i * d + j] / n;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < d; j += 1) {
      const away = x[i * d + j] - shift[j];
      scale[j] += (away * away) / n;
    }
  }
  return { shift, scale: scale.map((square) => Math.sqrt(square) || 1) };
}

/**
 * y - residual - A theta, and -A^T residual in the columns of the factored matrix (centred and scaled), summed in
 * double-double.
 */
function defects(
  { x, xLow, labels, rowCount: n, featureCount: d, useBias }: LeastSquaresRows,
  weights: Float64Array,
  bias: number,
  residual: Float64Array,
  shift: Float64Array,
  scale: Float64Array,
): { ofRows: Float64Array; ofColumns: Float64Array } {
  const first = useBias ? 1 : 0;
  const ofRows = new Float64Array(n);
  const columns: DoubleDouble[] = Array.from({ length: d + 1 }, () => ({ high: 0, low: 0 }));
  const sum: DoubleDouble = { high: 0, low: 0 };
  for (let i = 0; i < n; i += 1) {
    sum.high = labels[i];
    sum.low = 0;
    addTo(sum, -residual[i]);
    addTo(sum, -bias);
    for (let j = 0; j < d; j += 1) {
      addProduct(sum, -x[i * d + j], weights[j]);
      addProduct(columns[j], -x[i * d + j], residual[i]);
      if (xLow === undefined) continue;
      addProduct(sum, -xLow[i * d + j], weights[j]);
      addProduct(columns[j], -xLow[i * d + j], residual[i]);
    }
    addTo(columns[d], -residual[i]);
    ofRows[i] = sum.high + sum.low;
  }
  const ofColumns = new Float64Array(d + first);
  if (useBias) ofColumns[0] = columns[d].high + columns[d].low;
  for (let j = 0; j < d; j += 1) {
    addProduct(columns[j], -shift[j], columns[d].high);
    addProduct(columns[j], -shift[j], columns[d].low);
    ofColumns[first + j] = (columns[j].high + columns[j].low) / scale[j];
  }
  return { ofRows, ofColumns };
}

/** Solves r + A t = f, A^T r = g for what residual and parameters lack. */
function correction(
  factor: Reflections,
  f: Float64Array,
  g: Float64Array,
): { step: Float64Array; ofResidual: Float64Array } {
  const { p } = factor;
  const h = solveLower(factor, g);
  const turned = f.slice();
  reflect(factor, turned, true);
  const upper = turned.slice(0, p);
  for (let k = 0; k < p; k += 1) {
    upper[k] -= h[k];
    turned[k] = h[k];
  }
  const step = solveUpper(factor, upper);
  reflect(factor, turned, false);
  return { step, ofResidual: turned };
}
