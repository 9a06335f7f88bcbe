import { type PieceKind, termAt } from '../../../kernels/index.ts';

/** One piece's terms over many rows (or, for l1, over weights), each counted `weight` times. */
export interface Terms {
  upper: number;
  square: 0 | 1;
  sign: Float64Array;
  offset: Float64Array;
  weight: Float64Array;
}

export function termsOf(kind: PieceKind, labels: Float32Array | Float64Array, weight: Float64Array): Terms {
  const sign = new Float64Array(labels.length);
  const offset = new Float64Array(labels.length);
  for (let row = 0; row < labels.length; row += 1) {
    sign[row] = kind.sign(labels[row]);
    offset[row] = kind.offset(labels[row]);
  }
  return { upper: kind.upper, square: kind.square, sign, offset, weight };
}

/**
 * l1 |w| = -l1 w + 2 l1 (w)+, weighted so that its products a z are of the rows' size: with others, few weights would
 * hold up the steps of all rows.
 */
export function absoluteWeights(d: number, l1: number, rows: readonly Terms[]): Terms {
  let upper = 0;
  for (const terms of rows) upper = Math.max(upper, terms.upper === Infinity ? 1 : terms.upper);
  const weight = l1 / (upper * Math.sqrt(d));
  return {
    upper: (2 * l1) / weight,
    square: 0,
    sign: new Float64Array(d).fill(1),
    offset: new Float64Array(d),
    weight: new Float64Array(d).fill(weight),
  };
}

/** Terms at a point, and their slopes at a dual point, 0 <= a <= upper. */
export interface PlacedTerms {
  readonly terms: Terms;
  readonly t: Float64Array;
  readonly a: Float64Array;
}

/** Takes t from scores. */
export function place({ terms: { sign, offset }, t }: PlacedTerms, f: Float64Array): void {
  for (let at = 0; at < t.length; at += 1) t[at] = sign[at] * f[at] - offset[at];
}

/** Sum of weight * |t| and of weights. */
export function spreadOf({ terms: { weight }, t }: PlacedTerms): { sum: number; weight: number } {
  let sum = 0;
  let all = 0;
  for (let at = 0; at < t.length; at += 1) {
    sum += weight[at] * Math.abs(t[at]);
    all += weight[at];
  }
  return { sum, weight: all };
}

/** Values of the terms themselves and of their duals, both weighted: a o + square a^2 / 2 of the latter. */
export function valuesOf({ terms, t, a }: PlacedTerms): { term: number; dual: number } {
  const { weight, offset, upper, square } = terms;
  let term = 0;
  let dual = 0;
  for (let at = 0; at < t.length; at += 1) {
    term += weight[at] * termAt(upper, square, t[at]);
    dual += weight[at] * a[at] * (offset[at] + (square * a[at]) / 2);
  }
  return { term, dual };
}

/** Adds weight * sign * a to `slopes`. */
export function addSlopes({ terms: { weight, sign }, a }: PlacedTerms, slopes: Float64Array): void {
  for (let at = 0; at < a.length; at += 1) slopes[at] += weight[at] * sign[at] * a[at];
}
