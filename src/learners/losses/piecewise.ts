import type { LossShape } from '../../kernels/index.ts';

/**
 * A loss as sums: constant + linear * f + one term for each piece. A piece's term is
 * max over 0 <= a <= upper of a t - square a^2 / 2, with t = sign f - offset: upper * max(0, t) where square is 0, and
 * else a parabola that goes on as a line of slope `upper`. All losses with kinks, and Huber's, are such sums, and their
 * duals have no more than boxes.
 */
export interface PieceKind {
  upper: number;
  square: 0 | 1;
  /** Sign and offset for a label. */
  sign(y: number): 1 | -1;
  offset(y: number): number;
}

export interface LossPieces {
  linear: number;
  /** For a label. */
  constant(y: number): number;
  pieces: readonly PieceKind[];
}

const up = (): 1 => 1;
const down = (): -1 => -1;

/** The pieces of a loss with kinks or Huber's; undefined for those that bend everywhere. */
export function piecesOf(shape: LossShape): LossPieces | undefined {
  switch (shape.kind) {
    case 'absolute':
      return tilted(-1, 2, 0, 0);
    case 'quantile':
      return tilted(-shape.q, 1, 0, 0);
    case 'huber':
      return tilted(-shape.delta, 2 * shape.delta, 1, shape.delta);
    case 'epsilon-absolute':
      return { linear: 0, constant: () => 0, pieces: bothSides(1, 0, shape.epsilon) };
    case 'epsilon-squared': {
      const lines = shape.epsilon > 0 ? bothSides(shape.epsilon, 0, shape.epsilon) : [];
      const parabolas = bothSides(Infinity, 1, shape.epsilon);
      return { linear: 0, constant: () => 0, pieces: [...lines, ...parabolas] };
    }
    case 'hinge':
      return oneSided((y) => y === 1, (shape.margin + 1) / 2, (1 - shape.margin) / 2);
    case 'bounded-absolute':
      return oneSided((y) => y > (shape.low + shape.high) / 2, shape.high, shape.low);
    default:
      return undefined;
  }
}

/** linear * e plus one piece of t = e + shift, with e = f - y, lowered so that the loss is 0 at e = 0. */
function tilted(linear: number, upper: number, square: 0 | 1, shift: number): LossPieces {
  const constant = (y: number): number => -linear * y - (square * shift * shift) / 2;
  return { linear, constant, pieces: [{ upper, square, sign: up, offset: (y) => y - shift }] };
}

/** Pieces of e - epsilon and -e - epsilon. */
const bothSides = (upper: number, square: 0 | 1, epsilon: number): PieceKind[] => [
  { upper, square, sign: up, offset: (y) => y + epsilon },
  { upper, square, sign: down, offset: (y) => epsilon - y },
];

/** (high - f)+ for upper labels, (f - low)+ for the others. */
const oneSided = (isUpper: (y: number) => boolean, high: number, low: number): LossPieces => ({
  linear: 0,
  constant: () => 0,
  pieces: [{ upper: 1, square: 0, sign: (y) => (isUpper(y) ? -1 : 1), offset: (y) => (isUpper(y) ? -high : low) }],
});

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

/** The term at t. */
export function termAt(upper: number, square: 0 | 1, t: number): number {
  if (t <= 0) return 0;
  if (square === 0) return upper * t;
  return t <= upper ? (t * t) / 2 : upper * (t - upper / 2);
}
