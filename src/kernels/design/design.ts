import type { LossShape } from '../losses/index.ts';

/**
 * The rows of one problem as a matrix X (rowCount x featureCount, standardised, an implied column of ones for the
 * intercept at the end) in the kernel's memory, for solvers that go over all rows again and again. theta and
 * gradients are double: theta[j * K + k], j from 0 to featureCount, the last row the K intercepts. Sums run over fixed blocks of
 * rows in order, so that results do not depend on threads.
 */
export interface Design {
  readonly rowCount: number;
  readonly featureCount: number;
  /** f[row * K + k] = (X, 1) theta. */
  scores(theta: Float64Array, K: number, f: Float64Array): void;
  /** g[j * K + k] = sum over rows of (x, 1)[j] * delta[row * K + k]. */
  gradient(delta: Float64Array, K: number, g: Float64Array): void;
  /** Lower triangle, row-major with featureCount + 1 columns: h = sum over rows of c[row] (x, 1)(x, 1)^T. */
  gram(c: Float64Array, h: Float64Array): void;
  /** squares[j * K + k] = sum over rows of c[row * K + k] (x, 1)[j]^2, where that costs less than a gradient. */
  squares?(c: Float64Array, K: number, squares: Float64Array): void;
  /** The rows' values by column, where they are sparse. */
  columns?(): SparseColumns;
  /** Lower triangle of X X^T, rows x rows, in double precision; without it, use `gradient` and `scores`. */
  products?(): Float64Array;
  /** The same rows in double arithmetic, over the same memory, as long as this one is open; slower. */
  inDoubles?(): Design;
  /** Features of the rows named, one row after the other, where they are dense; good until the next call. */
  read?(rows: Uint32Array): Float32Array;
  /** The rows named, in this order, as a design of their own (folds, subsamples). */
  pick(rows: Uint32Array): Design;
  /** The features named, in this order, as a design of their own; undefined where memory does not hold it. */
  select?(features: Uint32Array): Design | undefined;
  /** One fused sweep; undefined where the implementation has no such kernel for the loss, and the calls above must do. */
  sweep?(request: SweepRequest): SweepResult | undefined;
  close(): void;
}

/** Column j has the values from start[j] to start[j + 1], each with its row. */
export interface SparseColumns {
  start: Uint32Array;
  rows: Uint32Array;
  values: Float64Array | Float32Array;
}

/** The sums that one sweep over all rows computes; for a loss of one score, or for softmax, which gives no gram. */
export interface SweepRequest {
  loss: LossShape;
  /** featureCount + 1 values; times the outputs for softmax, as in `scores`. */
  theta: Float64Array;
  /** One a row; for softmax its class. They may be kept, and must not change as long as the design is used. */
  labels: Float32Array | Float64Array;
  /** Weight of rows with label 1; not for softmax, which has weights of its own. */
  positiveWeight: number;
  /** Width over which kinks are rounded (see losses); 0 for smooth losses. */
  width: number;
  gram: boolean;
}

/** Sums over rows, not means. Value and slope of what is descended (e^2 / 2 for squares). */
export interface SweepResult {
  value: number;
  /** As many values as theta. */
  gradient: Float64Array;
  /** Lower triangle as in `gram`, of the loss's curvatures, when asked for. */
  gram?: Float64Array;
}
