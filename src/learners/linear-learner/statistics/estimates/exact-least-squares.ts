import { type Reflections, reflect, solveUpper } from '../../../linear-algebra/householder.ts';
import { type LeastSquaresRows, leastSquares } from '../../../solvers/index.ts';
import { product } from './covariance.ts';

/** Least squares without penalties over raw rows: estimates and covariances in the rows' own units. */
export interface ExactLeastSquares {
  /** Features that others do not determine, and featureCount for the intercept. */
  free: Uint32Array;
  aliased: readonly number[];
  /** Of each of `free`. */
  estimates: Float64Array;
  /** Residual variance times (X'X)^-1. */
  model: Float64Array;
  /** HC3. */
  sandwich: Float64Array;
  residualSquares: number;
}

/**
 * From the orthogonal factor that finds the weights: (X'X)^-1 is (T R^-1)(T R^-1)' with T from the centred and scaled columns
 * to raw ones, so that no square of a badly conditioned table is ever formed. Undefined with no more rows than coefficients.
 */
export function exactLeastSquares(rows: LeastSquaresRows): ExactLeastSquares | undefined {
  const { rowCount: n, featureCount: d, useBias } = rows;
  const fit = leastSquares(rows);
  if (fit === undefined || n <= fit.factor.p) return undefined;
  const { factor, weights, bias, residual, meanSquare } = fit;
  const aliased = fit.dependent;
  const kept = Array.from({ length: d }, (_, j) => j).filter((j) => !aliased.includes(j));
  const free = Uint32Array.from(useBias ? [...kept, d] : kept);
  const { p } = factor;
  const roots = rawRoots(fit, kept.length, useBias);
  const residualSquares = n * meanSquare;
  const meat = meatOf(factor, residual);
  return {
    free,
    aliased,
    estimates: Float64Array.from(free, (j) => (j === d ? bias : weights[j])),
    model: product(roots, transposed(roots, p), p).map((value) => (value * residualSquares) / (n - p)),
    sandwich: product(product(roots, meat, p), transposed(roots, p), p),
    residualSquares,
  };
}

/** T R^-1, a row for each of the raw coefficients, the intercept last. */
function rawRoots(
  { factor, shift, scale }: { factor: Reflections; shift: Float64Array; scale: Float64Array },
  keptCount: number,
  useBias: boolean,
): Float64Array {
  const { p } = factor;
  const first = useBias ? 1 : 0;
  const roots = new Float64Array(p * p);
  const unit = new Float64Array(p);
  for (let k = 0; k < p; k += 1) {
    unit.fill(0);
    unit[k] = 1;
    const column = solveUpper(factor, unit);
    let ofIntercept = useBias ? column[0] : 0;
    for (let c = 0; c < keptCount; c += 1) {
      roots[c * p + k] = column[first + c] / scale[c];
      ofIntercept -= roots[c * p + k] * shift[c];
    }
    if (useBias) roots[keptCount * p + k] = ofIntercept;
  }
  return roots;
}

/** Sum over rows of q q' (e / (1 - h))^2, with q the row of Q, e its residual and h = q'q its leverage. */
function meatOf(factor: Reflections, residual: Float64Array): Float64Array {
  const { n, p } = factor;
  const Q = new Float64Array(n * p);
  const column = new Float64Array(n);
  for (let k = 0; k < p; k += 1) {
    column.fill(0);
    column[k] = 1;
    reflect(factor, column, false);
    for (let row = 0; row < n; row += 1) Q[row * p + k] = column[row];
  }
  const meat = new Float64Array(p * p);
  for (let row = 0; row < n; row += 1) {
    const q = Q.subarray(row * p, (row + 1) * p);
    let leverage = 0;
    for (let k = 0; k < p; k += 1) leverage += q[k] * q[k];
    const square = (residual[row] / Math.max(1 - leverage, leastRest)) ** 2;
    for (let i = 0; i < p; i += 1) for (let k = 0; k < p; k += 1) meat[i * p + k] += square * q[i] * q[k];
  }
  return meat;
}

/** The least 1 - leverage that is divided by: a row with leverage 1 has a residual of 0. */
const leastRest = 1e-8;

function transposed(A: Float64Array, p: number): Float64Array {
  const T = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) for (let k = 0; k < p; k += 1) T[k * p + i] = A[i * p + k];
  return T;
}
