import { vectorsFor } from './double-vectors.ts';
import { choleskyPanel } from './wasm/cholesky-module.ts';
import { engineFeatures } from './wasm/features.ts';

/** Sizes from which on vectors win over a plain loop. */
const vectorSizeMin = 96;

/**
 * Factors A = L L^T (diagonal about 1), given by its lower half (row-major) in `L`, in place; above the diagonal zeros are left.
 * No pivot falls below `pivotMin`. Returns whether none was clearly below 0. The bytes do not depend on the engine, nor on whether products may be fused.
 */
export function choleskyInPlace(L: Float64Array, size: number, pivotMin: number): boolean {
  return size < vectorSizeMin || !engineFeatures().simd
    ? plainCholeskyInPlace(L, size, pivotMin)
    : factorInVectors(L, size, pivotMin);
}

/** The same without vectors, to the byte. */
export function plainCholeskyInPlace(L: Float64Array, size: number, pivotMin: number): boolean {
  let isDefinite = true;
  for (let first = 0; first < size; first += choleskyPanel) {
    const end = Math.min(first + choleskyPanel, size);
    subtract(L, size, first, end);
    isDefinite = finishPanel(L, size, size, first, end, pivotMin) && isDefinite;
  }
  for (let i = 0; i < size; i += 1) L.fill(0, i * size + i + 1, (i + 1) * size);
  return isDefinite;
}

/** Subtracts from a panel what the columns before `first` explain. */
function subtract(L: Float64Array, size: number, first: number, end: number): void {
  for (let i = first; i < size; i += 1) {
    for (let j = first; j < Math.min(end, i + 1); j += 1) {
      let even = 0;
      let odd = 0;
      // As in vectors: two sums, of even and of odd places.
      for (let k = 0; k < first; k += 2) {
        even += L[i * size + k] * L[j * size + k];
        odd += L[i * size + k + 1] * L[j * size + k + 1];
      }
      L[i * size + j] -= even + odd;
    }
  }
}

/** Factors a panel's square and divides the rows below by it. Returns whether no pivot was clearly below 0. */
function finishPanel(
  L: Float64Array,
  size: number,
  stride: number,
  first: number,
  end: number,
  pivotMin: number,
): boolean {
  let isDefinite = true;
  for (let j = first; j < end; j += 1) {
    for (let i = j; i < size; i += 1) {
      let value = L[i * stride + j];
      for (let k = first; k < j; k += 1) value -= L[i * stride + k] * L[j * stride + k];
      if (i === j && value < -100 * pivotMin) isDefinite = false;
      L[i * stride + j] = i === j ? Math.sqrt(pivotOf(value, pivotMin)) : value / L[j * stride + j];
    }
  }
  return isDefinite;
}

/**
 * A pivot clearly below 0 shows that rounding to single precision has spoiled the matrix: 1 then makes its variable take
 * a small step, where the least pivot would make this one and all that follow grow beyond numbers.
 */
const pivotOf = (value: number, pivotMin: number): number => (value < -100 * pivotMin ? 1 : Math.max(value, pivotMin));

function factorInVectors(L: Float64Array, size: number, pivotMin: number): boolean {
  let isDefinite = true;
  // Rows come in twos, and no row begins where another one's cache set does.
  const stride = (Math.ceil(size / 4) * 4) | 4;
  const rowBytes = 8 * stride;
  const vectors = vectorsFor(rowBytes * (size + choleskyPanel));
  const padded = new Float64Array(vectors.memory.buffer, 0, stride * size);
  for (let i = 0; i < size; i += 1) padded.set(L.subarray(i * size, i * size + i + 1), i * stride);
  for (let first = 0; first < size; first += choleskyPanel) {
    const from = first * rowBytes;
    if (first > 0) vectors.subtract(from, size * rowBytes, rowBytes, from, 8 * first);
    const end = Math.min(first + choleskyPanel, size);
    isDefinite = finishPanel(padded, size, stride, first, end, pivotMin) && isDefinite;
  }
  for (let i = 0; i < size; i += 1) {
    L.set(padded.subarray(i * stride, i * stride + i + 1), i * size);
    L.fill(0, i * size + i + 1, (i + 1) * size);
  }
  return isDefinite;
}
