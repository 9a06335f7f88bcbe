import { assert } from '../../base/index.ts';
import { absoluteLoss } from './absolute.ts';
import { boundedAbsoluteLoss } from './bounded-absolute.ts';
import { epsInsensitiveAbsoluteLoss, epsInsensitiveSquaredLoss } from './eps-insensitive.ts';
import { hingeLoss } from './hinge.ts';
import { huberLoss } from './huber.ts';
import { logisticLoss } from './logistic.ts';
import type { ScalarLoss } from './loss.ts';
import type { LossName, PredictorType } from './names.ts';
import { quantileLoss } from './quantile.ts';
import { squaredLoss } from './squared.ts';

export interface LossParameters {
  margin: number;
  quantile: number;
  /** In the units of the labels the loss sees. */
  lossInsensitivity: number;
  huberDelta: number;
}

const makers: Readonly<Record<Exclude<LossName, 'softmax_loss'>, (parameters: LossParameters) => ScalarLoss>> = {
  squared_loss: squaredLoss,
  absolute_loss: absoluteLoss,
  quantile_loss: ({ quantile }) => quantileLoss(quantile),
  huber_loss: ({ huberDelta }) => huberLoss(huberDelta),
  eps_insensitive_squared_loss: ({ lossInsensitivity }) => epsInsensitiveSquaredLoss(lossInsensitivity),
  eps_insensitive_absolute_loss: ({ lossInsensitivity }) => epsInsensitiveAbsoluteLoss(lossInsensitivity),
  logistic: logisticLoss,
  hinge_loss: ({ margin }) => hingeLoss(margin),
};

/** The loss of one score by its name; softmax, which looks at all classes at once, is not one of them. */
export function lossOf(name: LossName, parameters: LossParameters): ScalarLoss {
  assert(name !== 'softmax_loss', 'softmax has no loss of one score');
  return makers[name](parameters);
}

/**
 * The loss of a predictor. Of a binary classifier the absolute one counts no error beyond a label's own end: with less than half of
 * the rows positive, the plain one is often lowest where all scores are 0.
 */
export const scalarLossOf = (predictorType: PredictorType, name: LossName, parameters: LossParameters): ScalarLoss =>
  predictorType === 'binary_classifier' && name === 'absolute_loss'
    ? boundedAbsoluteLoss(0, 1)
    : lossOf(name, parameters);

export { makeRounded, type Rounded, type ScalarLoss } from './loss.ts';
