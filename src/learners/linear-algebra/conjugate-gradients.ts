import { dot } from './cholesky.ts';

export interface LinearSystem {
  /** The matrix, symmetric and positive definite, times a vector. */
  times(vector: Float64Array): Float64Array;
  /** The preconditioner: an approximate inverse, such as that of its diagonal. */
  metric(vector: Float64Array): Float64Array;
}

/** Products with the matrix that one system may take. */
const productsMax = 500;
/** The most products that the systems of one solve may take together, many times more than any table of the benches needs. */
const productsOfSolve = 20_000;

/** The precision to which one solve's systems are solved, and the products they have left. */
export class Patience {
  #left = productsOfSolve;
  readonly #stopped: () => boolean;

  constructor(stopped: () => boolean) {
    this.#stopped = stopped;
  }

  get isOver(): boolean {
    return this.#left <= 0 || this.#stopped();
  }

  /** Takes one product; false when there is none left. */
  take(): boolean {
    this.#left -= 1;
    return !this.isOver;
  }
}

/**
 * Solves matrix * x = right by preconditioned conjugate gradients (Hestenes and Stiefel 1952) until a share `precision` of the
 * right side is left, in the metric's norm, or `most` products are taken.
 */
export function conjugateGradients(
  system: LinearSystem,
  right: Float64Array,
  precision: number,
  patience: Patience,
  most = productsMax,
): Float64Array {
  const size = right.length;
  const x = new Float64Array(size);
  const rest = right.slice();
  const direction = new Float64Array(size);
  let steepest = system.metric(rest);
  let left = dot(rest, steepest);
  const goal = precision * precision * left;
  let keep = 0;
  for (let products = 0; products < most && left > goal && patience.take(); products += 1) {
    for (let at = 0; at < size; at += 1) direction[at] = steepest[at] + keep * direction[at];
    const image = system.times(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const share = left / curvature;
    for (let at = 0; at < size; at += 1) {
      x[at] += share * direction[at];
      rest[at] -= share * image[at];
    }
    steepest = system.metric(rest);
    const now = dot(rest, steepest);
    keep = now / left;
    left = now;
  }
  return x;
}

/** Divides by a diagonal; 0 where that is 0. */
export function byDiagonal(diagonal: Float64Array): LinearSystem['metric'] {
  const inverse = diagonal.map((value) => (value > 0 ? 1 / value : 0));
  return (vector) => vector.map((value, at) => value * inverse[at]);
}
