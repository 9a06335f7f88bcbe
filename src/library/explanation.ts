import type { Rows } from './rows/inputs.ts';

/** Why rows have the scores that they have: each score is the baseline plus the row's contributions. */
export interface Explanation {
  /** Score at the means of the training rows (or of the background), before any link such as the logistic: one a class, or one. */
  baseline: Float64Array;
  /**
   * For each row, what each column adds to each score: columns x scores, in units of the score. Column j's part in score k is at
   * `j * baseline.length + k`.
   */
  contributions: Float64Array[];
  /** Names of the columns: `3` for feature 3, `3^2` for a power, `0:4` for a product. Features count from 0. */
  columnNames: string[];
}

/** How rows are explained. */
export interface ExplainOptions {
  /** Rows whose means stand for a typical row; left out for the means of the training rows. */
  background?: Rows;
}
