/**
 * The seam for arithmetic: a handful of loops over blocks of numbers. It allocates nothing and knows no loss.
 * `K` columns stand side by side: one for each model (times classes), so that a row is read once for all of them.
 * Layouts: x[row * d + feature], w[feature * K + column], f and delta[row * K + column].
 */
export interface Kernels {
  /** f = x . w + bias, for `rowCount` rows. */
  scores(
    x: Float32Array,
    rowCount: number,
    d: number,
    w: Float32Array,
    bias: Float32Array,
    K: number,
    f: Float32Array,
  ): void;

  /** gw = xT . delta / divisor and gb = column sums of delta / divisor. Rows are summed in order. */
  gradient(
    x: Float32Array,
    rowCount: number,
    d: number,
    delta: Float32Array,
    K: number,
    divisor: number,
    gw: Float32Array,
    gb: Float32Array,
  ): void;

  /**
   * One update of `count` rows of K parameters in place, by the rule of `Update.rule`, each column with its own rate,
   * then a proximal step: w moves towards 0 by shrink[column] and stops there.
   */
  update(w: Float32Array, g: Float32Array, state: UpdateState, count: number, K: number, update: Update): void;
}

/** Moments of the optimiser, as large as the parameters. Unused ones stay 0. */
export interface UpdateState {
  first: Float32Array;
  second: Float32Array;
}

/** Per-column numbers of one update. Sources: MXNet 1.3.1's Adam, SGD and RMSProp optimisers. */
export interface Update {
  rule: 'adam' | 'sgd' | 'rmsprop';
  /** Step size, with Adam's bias correction already in it. */
  rate: Float64Array;
  /** Added to the gradient: decay * w. */
  decay: Float64Array;
  /** Added to the gradient: subgradient * sign(w), the original's way with l1. */
  subgradient: Float64Array;
  /** Width of the proximal step; 0 for none. */
  shrink: Float64Array;
  /** Adam's decay rates; beta1 is the momentum of SGD. */
  beta1: number;
  beta2: number;
}
