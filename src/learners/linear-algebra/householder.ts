/** A = Q R of a matrix of n rows and p columns, n >= p, row-major; reflections are kept below R's diagonal. */
export interface Reflections {
  n: number;
  p: number;
  qr: Float64Array;
  /** R's diagonal. */
  diagonal: Float64Array;
}

/** Householder's QR (Golub and Van Loan, algorithm 5.2.1). `qr` holds A before and is overwritten. */
export function householder(qr: Float64Array, n: number, p: number): Reflections {
  const diagonal = new Float64Array(p);
  const shares = new Float64Array(p);
  for (let k = 0; k < p; k += 1) {
    let largest = 0;
    for (let i = k; i < n; i += 1) largest = Math.max(largest, Math.abs(qr[i * p + k]));
    let squares = 0;
    for (let i = k; i < n && largest > 0; i += 1) {
      const share = qr[i * p + k] / largest;
      squares += share * share;
    }
    let norm = largest * Math.sqrt(squares);
    if (norm === 0) continue;
    if (qr[k * p + k] < 0) norm = -norm;
    for (let i = k; i < n; i += 1) qr[i * p + k] /= norm;
    qr[k * p + k] += 1;
    shares.fill(0);
    for (let i = k; i < n; i += 1) {
      const v = qr[i * p + k];
      for (let j = k + 1; j < p; j += 1) shares[j] += v * qr[i * p + j];
    }
    const pivot = qr[k * p + k];
    for (let i = k; i < n; i += 1) {
      const v = qr[i * p + k] / pivot;
      for (let j = k + 1; j < p; j += 1) qr[i * p + j] -= v * shares[j];
    }
    diagonal[k] = -norm;
  }
  return { n, p, qr, diagonal };
}

/** Q^T v (or Q v), in place. */
export function reflect({ n, p, qr, diagonal }: Reflections, v: Float64Array, transposed: boolean): void {
  for (let step = 0; step < p; step += 1) {
    const k = transposed ? step : p - 1 - step;
    if (diagonal[k] === 0) continue;
    let sum = 0;
    for (let i = k; i < n; i += 1) sum += qr[i * p + k] * v[i];
    const share = -sum / qr[k * p + k];
    for (let i = k; i < n; i += 1) v[i] += share * qr[i * p + k];
  }
}

/** Solves R x = v's first p values. */
export function solveUpper({ p, qr, diagonal }: Reflections, v: Float64Array): Float64Array {
  const x = new Float64Array(p);
  for (let k = p - 1; k >= 0; k -= 1) {
    let sum = v[k];
    for (let j = k + 1; j < p; j += 1) sum -= qr[k * p + j] * x[j];
    x[k] = sum / diagonal[k];
  }
  return x;
}

/** Solves R^T x = v. */
export function solveLower({ p, qr, diagonal }: Reflections, v: Float64Array): Float64Array {
  const x = new Float64Array(p);
  for (let k = 0; k < p; k += 1) {
    let sum = v[k];
    for (let j = 0; j < k; j += 1) sum -= qr[j * p + k] * x[j];
    x[k] = sum / diagonal[k];
  }
  return x;
}
