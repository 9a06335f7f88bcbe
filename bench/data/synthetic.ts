import { normalFrom, uniformFrom } from './random.ts';

/** Dense rows as they are trained on: x[row * d + feature], standardised. */
export interface DenseRows {
  x: Float32Array<ArrayBuffer>;
  y: Float32Array<ArrayBuffer>;
}

/** Sparse rows (CSR) with labels 0 and 1. */
export interface SparseRows {
  rowStart: Uint32Array<ArrayBuffer>;
  columns: Uint32Array<ArrayBuffer>;
  values: Float32Array<ArrayBuffer>;
  y: Float32Array<ArrayBuffer>;
}

const mixedFactors = 4;

/**
 * Correlated, standardised rows: every feature mixes four of d/4 hidden normal factors and noise of its own. Labels are
 * drawn from a logistic model (two classes) or from a multinomial one; `classes` 0 gives a real target with heavy tails.
 */
export function denseRows(rowCount: number, d: number, classes: number, seed: number): DenseRows {
  const uniform = uniformFrom(seed);
  const normal = normalFrom(uniform);
  const factorCount = Math.max(mixedFactors, d >> 2);
  const picked = Uint16Array.from({ length: d * mixedFactors }, () => Math.floor(uniform() * factorCount));
  const loading = Float64Array.from({ length: d * mixedFactors }, () => normal() / Math.sqrt(mixedFactors));
  const outputs = Math.max(1, classes > 2 ? classes : 1);
  const weights = Float64Array.from({ length: d * outputs }, () => (1.5 * normal()) / Math.sqrt(d));
  const x = new Float32Array(rowCount * d);
  const y = new Float32Array(rowCount);
  const factors = new Float64Array(factorCount);
  for (let row = 0; row < rowCount; row += 1) {
    for (let k = 0; k < factorCount; k += 1) factors[k] = normal();
    for (let j = 0; j < d; j += 1) {
      let value = 0.5 * normal();
      const from = j * mixedFactors;
      for (let k = from; k < from + mixedFactors; k += 1) value += loading[k]! * factors[picked[k]!]!;
      x[row * d + j] = value;
    }
  }
  standardise(x, rowCount, d);
  const scores = new Float64Array(outputs);
  for (let row = 0; row < rowCount; row += 1) {
    scores.fill(0);
    for (let j = 0; j < d; j += 1) {
      const value = x[row * d + j]!;
      for (let k = 0; k < outputs; k += 1) scores[k]! += value * weights[j * outputs + k]!;
    }
    y[row] = label(scores, classes, uniform, normal);
  }
  return { x, y };
}

function label(scores: Float64Array, classes: number, uniform: () => number, normal: () => number): number {
  if (classes === 0) return scores[0]! + normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
  if (classes === 2) return uniform() < 1 / (1 + Math.exp(-scores[0]! - 0.3)) ? 1 : 0;
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  scores.forEach((score, k) => {
    const drawn = score - Math.log(-Math.log(uniform() + 1e-12));
    if (drawn > highest) {
      highest = drawn;
      best = k;
    }
  });
  return best;
}

/** Mean 0 and standard deviation 1 in every column, in place. */
export function standardise(x: Float32Array, rowCount: number, d: number): void {
  const sums = new Float64Array(d);
  const squares = new Float64Array(d);
  for (let row = 0; row < rowCount; row += 1) for (let j = 0; j < d; j += 1) sums[j]! += x[row * d + j]!;
  for (let j = 0; j < d; j += 1) sums[j]! /= rowCount;
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < d; j += 1) squares[j]! += (x[row * d + j]! - sums[j]!) ** 2;
  }
  const scale = squares.map((square) => (square > 0 ? 1 / Math.sqrt(square / rowCount) : 1));
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < d; j += 1) x[row * d + j] = (x[row * d + j]! - sums[j]!) * scale[j]!;
  }
}

/** Rows of `perRow` ones among `columnCount` features, low columns far more often (cubed uniform), as words are. */
export function sparseRows(rowCount: number, columnCount: number, perRow: number, seed: number): SparseRows {
  const uniform = uniformFrom(seed);
  const normal = normalFrom(uniform);
  const weights = Float64Array.from({ length: columnCount }, normal);
  const rowStart = new Uint32Array(rowCount + 1);
  const columns = new Uint32Array(rowCount * perRow);
  const y = new Float32Array(rowCount);
  let filled = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const own = new Set<number>();
    while (own.size < perRow) own.add(Math.floor(columnCount * uniform() ** 3));
    let score = normal();
    for (const column of [...own].sort((a, b) => a - b)) {
      columns[filled] = column;
      filled += 1;
      score += weights[column]!;
    }
    rowStart[row + 1] = filled;
    y[row] = score > 0 ? 1 : 0;
  }
  return { rowStart, columns, values: new Float32Array(filled).fill(1), y };
}
