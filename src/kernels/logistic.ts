/**
 * The logistic loss and its link over many scores. Every implementation gives the same bits, those of the exponential and
 * logarithm in portable-math.ts, so that what is measured and chosen by them does not depend on the engine.
 */
export interface Logistic {
  /** losses[i] = log(1 + exp(-score)) where labels[i] is 1, else log(1 + exp(score)); of `scores.length` rows. */
  losses(scores: Float64Array, labels: Float64Array, losses: Float64Array): void;
  /** shares[i] = 1 / (1 + exp(-score)). `shares` may be `scores` itself. */
  shares(scores: Float64Array, shares: Float64Array): void;
}
