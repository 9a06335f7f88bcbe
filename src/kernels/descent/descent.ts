import type { LossShape } from '../losses/index.ts';

/**
 * Many linear models that descend side by side: the fused training step over mini-batches. Rows are standardised by
 * the caller. Columns: K = modelCount * outputs, column = model * outputs + output. Every column's arithmetic is the same
 * whatever stands beside it, so that results do not depend on threads, tiles or the number of models.
 */
export interface DescentShape {
  featureCount: number;
  /** One entry a model. */
  models: readonly DescentModel[];
  loss: LossShape;
  rule: 'adam' | 'sgd' | 'rmsprop';
  /** Adam's decay rates; beta1 is the momentum of sgd. */
  beta1: number;
  beta2: number;
  /**
   * The effect of l1: 'proximal' moves w towards 0 after each update, by l1 times what the rule moves it by for a lasting
   * slope of 1: rate / (1 - beta1) for sgd, and for the others the rate by their root of mean squares, so that w comes to
   * rest where its mean slope is l1. Source: J. Yun, A. Lozano and E. Yang, Adaptive proximal gradient methods, NeurIPS 2021.
   * 'subgradient' adds l1 / rows of the batch * sign(w) to the mean gradient, as the original seems to.
   */
  l1Mode: 'proximal' | 'subgradient';
  /** Without a bias the intercepts stay as they were written. */
  useBias: boolean;
  /** Step size of the intercept as a multiple of the weights'. */
  biasRateMult: number;
  /** Rows of one update. */
  batchRows: number;
  /** Rows for which `x` and `y` have room; a whole number of batches. */
  chunkRows: number;
}

/** One model. Update t (from 1) has rate max(min(floor, rate), rate * factor^floor((t - 1) / every)). */
export interface DescentModel {
  rate: number;
  factor: number;
  /** Updates between two decays; Infinity for none. */
  every: number;
  floor: number;
  /** Added to the mean gradient: decay * w, biasDecay * b. */
  decay: number;
  biasDecay: number;
  /** See `l1Mode`; not on the intercept. */
  l1: number;
  /** Weight of rows with label 1 in loss and slope; 1 for other rows. Not for softmax. */
  positiveWeight: number;
}

/** All that changes while training, for starts, checkpoints and results. w[feature * K + column], b[column]; moments likewise. */
export interface DescentState {
  updates: number;
  w: Float32Array;
  b: Float32Array;
  firstW: Float32Array;
  firstB: Float32Array;
  secondW: Float32Array;
  secondB: Float32Array;
  /** Of sparse descents alone, see there; a checkpoint keeps them. Without them every feature is as w and its moments say. */
  columns?: Uint32Array;
  seen?: Uint32Array;
  laggingW?: Float32Array;
}

interface AnyDescent {
  readonly K: number;
  /** Mean loss of each model, times rows, over all rows trained on since the last call, measured before each update; adds to `sums` and resets. */
  takeLosses(sums: Float64Array): void;
  /** A copy; reading and writing back resumes to the byte. */
  read(): DescentState;
  write(state: DescentState): void;
  /** Releases memory and threads. */
  close(): void;
}

/** Dense rows: x[row * featureCount + feature], y[row], written by the caller before each call. */
export interface Descent extends AnyDescent {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** One update for each batch of the first `rowCount` rows, in order; the last batch may be smaller. */
  train(rowCount: number): void;
  /** Scores of the first `rowCount` rows (at most chunkRows): f[row * K + column]. */
  scores(rowCount: number, f: Float32Array): void;
  /** Adds the summed loss of each model over the first `rowCount` rows to `sums`; changes nothing. */
  measure(rowCount: number, sums: Float64Array): void;
}

/** Sparse rows (CSR): those of row i lie from rowStart[i] to rowStart[i + 1]; columns ascend within a row. */
export interface SparseRows {
  rowCount: number;
  rowStart: Uint32Array;
  columns: Uint32Array;
  values: Float32Array;
  y: Float32Array;
}

/**
 * Sparse rows. Only the features that occur in a batch are updated in it; the others catch up, by the rule in
 * `sparse-absence.ts`, when they next occur, so that the cost is that of the values, not of the columns.
 *
 * States: w has caught up with all updates, so that it can be read. To resume to the byte, `seen` is the update that
 * each feature has reached, firstW and secondW are its moments then and `laggingW` its weights. A feature whose w differs from
 * what these catch up to was set from outside: w and its moments are then taken as they are.
 *
 * Where all columns need more than `sparseStateBytesMax`, only those that occurred in training are kept: a state then
 * names them in `columns` (in the order of its other arrays), what is not named is 0, and the columns of `write` may be any.
 */
export interface SparseDescent extends AnyDescent {
  train(rows: SparseRows): void;
  scores(rows: SparseRows, f: Float32Array): void;
  measure(rows: SparseRows, sums: Float64Array): void;
}
