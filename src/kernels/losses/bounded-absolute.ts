import { scalarLoss } from './loss.ts';
import { oneSided, oneSidedLoss } from './one-sided.ts';

/**
 * Absolute error of a prediction that is cut to [low, high], for labels that are one or the other: a score beyond its
 * label's end is no error, because the prediction stops there. Its tightest convex upper bound is descended,
 * (high - f)+ for the high label and (f - low)+ for the low one. It stands in for the absolute loss.
 */
export const boundedAbsolute = scalarLoss({
  name: undefined,
  predictor: 'regressor',
  objectiveName: 'absolute_loss_objective',
  link: 'identity',
  takes: [],
  parametersOf: () => ({ low: 0, high: 1 }),
  family: oneSided,
  of: ({ low, high }: { low: number; high: number }) => oneSidedLoss({ bar: (low + high) / 2, high, low }),
});
