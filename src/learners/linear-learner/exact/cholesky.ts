/** A factor of a symmetric positive semidefinite matrix, scaled to a diagonal of ones. */
export interface Factor {
  size: number;
  /** Row-major lower triangle. */
  L: Float64Array;
  /** One over the roots of the matrix's diagonal; 0 for a variable that nothing depends on. */
  scale: Float64Array;
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
  for (let first = 0; first < size; first += panel) {
    const end = Math.min(first + panel, size);
    if (end - first === panel) subtractTiles(L, size, first);
    else subtractRest(L, size, first, end);
    finishPanel(L, size, first, end);
  }
  return { size, L, scale };
}

/** Columns that are finished together. */
const panel = 4;

/** Takes what the columns before `first` explain off a panel, two rows at a time: eight sums stay in registers. */
function subtractTiles(L: Float64Array, size: number, first: number): void {
  const c0 = first * size;
  const c1 = c0 + size;
  const c2 = c1 + size;
  const c3 = c2 + size;
  // The last row may be its own neighbour, and is then written once.
  for (let i = first; i < size; i += 2) {
    const a = i * size;
    const b = Math.min(i + 1, size - 1) * size;
    let s00 = 0;
    let s01 = 0;
    let s02 = 0;
    let s03 = 0;
    let s10 = 0;
    let s11 = 0;
    let s12 = 0;
    let s13 = 0;
    for (let k = 0; k < first; k += 1) {
      const x = L[a + k];
      const y = L[b + k];
      const p = L[c0 + k];
      const q = L[c1 + k];
      const r = L[c2 + k];
      const t = L[c3 + k];
      s00 += x * p;
      s01 += x * q;
      s02 += x * r;
      s03 += x * t;
      s10 += y * p;
      s11 += y * q;
      s12 += y * r;
      s13 += y * t;
    }
    L[a + first] -= s00;
    L[a + first + 1] -= s01;
    L[a + first + 2] -= s02;
    L[a + first + 3] -= s03;
    if (a === b) continue;
    L[b + first] -= s10;
    L[b + first + 1] -= s11;
    L[b + first + 2] -= s12;
    L[b + first + 3] -= s13;
  }
}

function subtractRest(L: Float64Array, size: number, first: number, end: number): void {
  for (let i = first; i < size; i += 1) {
    for (let j = first; j < end; j += 1) {
      let sum = 0;
      for (let k = 0; k < first; k += 1) sum += L[i * size + k] * L[j * size + k];
      L[i * size + j] -= sum;
    }
  }
}

/** Factors a panel's square and divides the rows below by it. Above the diagonal nothing is left. */
function finishPanel(L: Float64Array, size: number, first: number, end: number): void {
  for (let j = first; j < end; j += 1) {
    for (let i = first; i < j; i += 1) L[i * size + j] = 0;
    for (let i = j; i < size; i += 1) {
      let value = L[i * size + j];
      for (let k = first; k < j; k += 1) value -= L[i * size + k] * L[j * size + k];
      L[i * size + j] = i === j ? Math.sqrt(Math.max(value, pivotMin)) : value / L[j * size + j];
    }
  }
}

/** Solves A v = g; variables that nothing depends on stay 0. */
export function choleskySolve({ size, L, scale }: Factor, g: Float64Array): Float64Array<ArrayBuffer> {
  const v = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    // Four sums: one alone would wait for itself.
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

/** The same, and then what the ridge and rounding left undone, twice. A is the matrix that was factored. */
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
