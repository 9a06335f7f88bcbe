/** Where a model's scores of the rows that it was trained on lie. */
export interface Spread {
  mean: number;
  deviation: number;
}

/**
 * Out-of-fold scores of every penalty in standardised units, scores[penalty][row * outputs + k], of the rows left out. NaN for a
 * penalty that the first parts have shown to be hopeless.
 */
export interface OutOfFold {
  scores: Float64Array[];
  /** The rows that were left out once: all, or a single part. */
  rows: Uint32Array;
  /** The part that each row was left out with. */
  fold: Uint8Array;
  /** Of binary classifiers: how each part's models score the rows that they were solved on, spreads[part][penalty]. */
  spreads: Spread[][] | undefined;
  /** Of a single penalty: the model without each part. */
  thetas: Float64Array[] | undefined;
}
