import type { Missing } from '../missing.ts';

/**
 * Quantiles that turn predictions into sets that are meant to hold the label of a new row with a given probability. Of a
 * validation channel that chose nothing they are split conformal: P >= level whatever the model or the distribution, as long as
 * rows are exchangeable. Source: V. Vovk, A. Gammerman and G. Shafer (2005); J. Lei et al., JASA 113 (2018) 1094. Of leave-one-out or fold
 * predictions they are the jackknife's, of which nothing is proven; they keep the level where the model does not hang on single
 * rows, and are null where it does.
 */
export interface Conformal {
  kind: 'interval' | 'set';
  /** Where the rows came from. */
  method: 'leave-one-out' | 'folds' | 'validation';
  rowCount: number;
  quantiles: readonly ConformalQuantile[];
  /** Intervals with proven coverage, for regressors without a validation channel. */
  plus?: JackknifePlus | Missing;
}

/**
 * The parts of prediction intervals of a regressor with proven coverage: a model without each fold, and the
 * residuals of the fold's rows by it. Source: R. Barber, E. Candès, A. Ramdas and R. Tibshirani, Ann. Stat. 49 (2021) 486.
 * The mere quantile of residuals around the served prediction (the jackknife) has no such proof, since the model of all rows may
 * be far from those without some.
 */
export interface JackknifePlus {
  /** With a fold for each row the jackknife+, else CV+. */
  method: 'jackknife+' | 'CV+';
  rowCount: number;
  folds: readonly PlusFold[];
  /** The least coverage of new rows like those of training, by level; null where the rows chose the penalty too. */
  proven: readonly { level: number; coverage: number }[] | null;
}

/** In raw units, of the model's columns after expansion. */
export interface PlusFold {
  bias: number;
  weights: Float64Array;
  /** |label - prediction| of the rows left out. */
  residuals: Float64Array;
}

export interface ConformalQuantile {
  level: number;
  /**
   * Interval: prediction - radius to prediction + radius. Set: the classes with 1 - probability <= radius. null when there
   * are too few rows for the level, or for the model: only the set of everything holds it.
   */
  radius: number | null;
  /** For intervals with different tails: prediction + low to prediction + high. */
  low?: number | null;
  high?: number | null;
}

/** The levels that are always computed. */
const levels = [0.5, 0.8, 0.9, 0.95, 0.99];

export const allLevels = (confidenceLevel: number): number[] =>
  [...new Set([...levels, confidenceLevel])].sort((a, b) => a - b);

/** From residuals label - prediction. */
export function conformalIntervals(
  residuals: Float64Array,
  method: Conformal['method'],
  confidenceLevel: number,
): Conformal {
  const absolute = residuals.map(Math.abs).sort();
  const signed = residuals.slice().sort();
  const mirrored = residuals.map((residual) => -residual).sort();
  return {
    kind: 'interval',
    method,
    rowCount: residuals.length,
    quantiles: allLevels(confidenceLevel).map((level) => {
      const low = upperQuantile(mirrored, (1 + level) / 2);
      return {
        level,
        radius: upperQuantile(absolute, level),
        low: low === null ? null : -low,
        high: upperQuantile(signed, (1 + level) / 2),
      };
    }),
  };
}

/** From the probability that the model gives each row's own class. */
export function conformalSets(
  ownProbabilities: Float64Array,
  method: Conformal['method'],
  confidenceLevel: number,
): Conformal {
  const strangeness = ownProbabilities.map((probability) => 1 - probability).sort();
  return {
    kind: 'set',
    method,
    rowCount: ownProbabilities.length,
    quantiles: allLevels(confidenceLevel).map((level) => ({ level, radius: upperQuantile(strangeness, level) })),
  };
}

/** The ceil((n + 1) level)-th smallest of n sorted values: a new one is at most that with probability `level`. */
export function upperQuantile(sorted: Float64Array, level: number): number | null {
  const rank = Math.ceil((sorted.length + 1) * level - 1e-9);
  return rank > sorted.length ? null : sorted[Math.max(0, rank - 1)];
}

/** The same without quantiles: models that hang on single rows are too far from those without them. */
export const withoutQuantiles = (conformal: Conformal): Conformal => ({
  ...conformal,
  quantiles: conformal.quantiles.map(({ level }) =>
    conformal.kind === 'interval' ? { level, radius: null, low: null, high: null } : { level, radius: null },
  ),
});
