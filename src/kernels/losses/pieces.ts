/**
 * A loss as sums: constant + linear * f + one term for each piece. A piece's term is
 * max over 0 <= a <= upper of a t - square a^2 / 2, with t = sign f - offset: upper * max(0, t) where square is 0, and
 * else a parabola that goes on as a line of slope `upper`. All losses with kinks, and Huber's, are such sums, and their
 * duals have no more than boxes. Source: piecewise linear-quadratic functions, R. T. Rockafellar and R. Wets (1998),
 * Variational Analysis, 10.E and 11.D.
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

/** linear * e plus one piece of t = e + shift, with e = f - y, lowered so that the loss is 0 at e = 0. */
export function tiltedPieces(linear: number, upper: number, square: 0 | 1, shift: number): LossPieces {
  const constant = (y: number): number => -linear * y - (square * shift * shift) / 2;
  return { linear, constant, pieces: [{ upper, square, sign: up, offset: (y) => y - shift }] };
}

/** Pieces of e - epsilon and -e - epsilon. */
export const bothSides = (upper: number, square: 0 | 1, epsilon: number): PieceKind[] => [
  { upper, square, sign: up, offset: (y) => y + epsilon },
  { upper, square, sign: down, offset: (y) => epsilon - y },
];

/** Pieces alone, without a line. */
export const piecesAlone = (pieces: readonly PieceKind[]): LossPieces => ({ linear: 0, constant: () => 0, pieces });

/** The term at t. */
export function termAt(upper: number, square: 0 | 1, t: number): number {
  if (t <= 0) return 0;
  if (square === 0) return upper * t;
  return t <= upper ? (t * t) / 2 : upper * (t - upper / 2);
}
