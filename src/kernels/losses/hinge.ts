import { scalarLoss } from './loss.ts';
import { oneSided, oneSidedLoss } from './one-sided.ts';

/** Hinge with labels 0 and 1 and boundary 0.5: ((m + 1)/2 - f)+ for positives, ((m - 1)/2 + f)+ for negatives. */
export const hinge = scalarLoss({
  name: 'hinge_loss',
  predictor: 'binary_classifier',
  objectiveName: 'hinge_loss_objective',
  link: 'identity',
  takes: ['margin'],
  parametersOf: ({ margin }) => ({ margin }),
  family: oneSided,
  of: ({ margin }: { margin: number }) => oneSidedLoss({ bar: 0.5, high: (margin + 1) / 2, low: (1 - margin) / 2 }),
});
