/**
 * A loss as data: what a kernel must know of it, and no more. In all but softmax f is one score, y the label, e = f - y.
 * Formulas: Amazon's article on Linear Learner's losses (2018); each is told as reported value | descended slope.
 */
export type LossShape =
  /** e^2 | e */
  | { kind: 'squared' }
  /** |e| | sign(e) */
  | { kind: 'absolute' }
  /** q (y - f)+ + (1 - q) (f - y)+ | -q below y, 1 - q above, 0 at y */
  | { kind: 'quantile'; q: number }
  /** e^2 / 2 within delta, delta |e| - delta^2 / 2 beyond | e cut to [-delta, delta] */
  | { kind: 'huber'; delta: number }
  /** (|e| - epsilon)+ | sign(e) where |e| > epsilon */
  | { kind: 'epsilon-absolute'; epsilon: number }
  /** (e^2 - epsilon^2)+ | e where |e| > epsilon */
  | { kind: 'epsilon-squared'; epsilon: number }
  /** log(1 + exp(f)) - y f, y in {0, 1} | sigma(f) - y */
  | { kind: 'logistic' }
  /** ((m + 1) / 2 - f)+ for y = 1, ((m - 1) / 2 + f)+ for y = 0 | -1 or 1 where that is above 0 */
  | { kind: 'hinge'; margin: number }
  /** (high - f)+ for y above the middle of low and high, (f - low)+ below | -1 or 1 where that is above 0 */
  | { kind: 'bounded-absolute'; low: number; high: number }
  /** -c[y] log softmax(f)[y] over `outputs` scores, y a class | c[y] (softmax(f)[k] - [k = y]) */
  | { kind: 'softmax'; outputs: number; classWeight: Float64Array };

/** Scores of one model: classes for softmax, else 1. */
export const outputsOf = (shape: LossShape): number => (shape.kind === 'softmax' ? shape.outputs : 1);
