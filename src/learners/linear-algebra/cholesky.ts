import { choleskyInPlace } from '../../kernels/index.ts';

/** A factor of a symmetric positive semidefinite matrix, scaled to a diagonal of ones. */
export interface Factor {
  size: number;
  /** Row-major lower triangle. */
  L: Float64Array;
  /** One over the roots of the matrix's diagonal; 0 for a variable that nothing depends on. */
  scale: Float64Array;
  /** Whether no pivot was clearly below 0, as it can be of matrices made in single precision. */
  isDefinite: boolean;
}

/**
 * Added to the scaled diagonal, so that columns that depend on others get a direction at all: along an eigenvector of
 * value v a step then goes v / (v + this) of the way, which repeated steps make good.
 */
const ridge = 1e-13;
/** Least pivot; rounding may leave less than the ridge. */
const pivotMin = 1e-14;

/** Factors A, given by its lower half (row-major). A is left alone. */
export function cholesky(A: Float64Array, size: number): Factor {
  const scale = new Float64Array(size);
  let largest = 0;
  for (let j = 0; j < size; j += 1) largest = Math.max(largest, A[j * size + j]);
  for (let j = 0; j < size; j += 1) {
    const value = A[j * size + j];
    scale[j] = value > 1e-26 * largest ? 1 / Math.sqrt(value) : 0;
  }
  const L = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const row = i * size;
    for (let j = 0; j < i; j += 1) L[row + j] = A[row + j] * scale[i] * scale[j];
    L[row + i] = scale[i] > 0 ? 1 + ridge : 1;
  }
  const isDefinite = choleskyInPlace(L, size, pivotMin);
  return { size, L, scale, isDefinite };
}

/** Solves A v = g; variables that nothing depends on stay 0. */
export function choleskySolve({ size, L, scale }: Factor, g: Float64Array): Float64Array<ArrayBuffer> {
  const v = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    // Four sums: each addition to a single one would wait for the one before.
    const row = i * size;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let k = 0;
    for (; k + 4 <= i; k += 4) {
      s0 += L[row + k] * v[k];
      s1 += L[row + k + 1] * v[k + 1];
      s2 += L[row + k + 2] * v[k + 2];
      s3 += L[row + k + 3] * v[k + 3];
    }
    for (; k < i; k += 1) s0 += L[row + k] * v[k];
    v[i] = (g[i] * scale[i] - (s0 + s1 + (s2 + s3))) / L[row + i];
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    v[i] /= L[i * size + i];
    const value = v[i];
    for (let k = 0; k < i; k += 1) v[k] -= L[i * size + k] * value;
  }
  for (let i = 0; i < size; i += 1) v[i] *= scale[i];
  return v;
}

/** The same, with two steps of refinement against the ridge and rounding. A is the matrix that was factored. */
export function refinedSolve(factor: Factor, A: Float64Array, g: Float64Array): Float64Array<ArrayBuffer> {
  const { size } = factor;
  const v = choleskySolve(factor, g);
  const left = new Float64Array(size);
  for (let turn = 0; turn < 2; turn += 1) {
    left.set(g);
    for (let i = 0; i < size; i += 1) {
      let sum = A[i * size + i] * v[i];
      for (let j = 0; j < i; j += 1) {
        sum += A[i * size + j] * v[j];
        left[j] -= A[i * size + j] * v[i];
      }
      left[i] -= sum;
    }
    const more = choleskySolve(factor, left);
    for (let i = 0; i < size; i += 1) v[i] += more[i];
  }
  return v;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at] * b[at];
  return sum;
}
