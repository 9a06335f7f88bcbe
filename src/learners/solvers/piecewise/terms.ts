import type { PieceKind } from '../../../kernels/index.ts';

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
