import {
  type Logistic,
  type LossName,
  type LossParameters,
  lossFacts,
  lossNames,
  lossOf,
  type ScalarLoss,
  shapeNamed,
} from '../../kernels/index.ts';

export type PredictorType = 'regressor' | 'binary_classifier' | 'multiclass_classifier';

const namesFor = (predictor: PredictorType): LossName[] =>
  lossNames.filter((name) => lossFacts(name).predictor === predictor);

/**
 * Losses by predictor type; the first is what `auto` means. Amazon documents only the first two of binary classifiers, but
 * its notebook on Parquet sends them absolute_loss.
 */
export const lossesOf: Readonly<Record<PredictorType, readonly LossName[]>> = {
  regressor: namesFor('regressor'),
  binary_classifier: [...namesFor('binary_classifier'), ...namesFor('regressor')],
  multiclass_classifier: namesFor('multiclass_classifier'),
};

/** Absolute error of predictions that are cut to a range, for labels that are one end or the other. */
export const boundedLoss = (low: number, high: number): ScalarLoss => lossOf({ kind: 'bounded-absolute', low, high });

/** The loss of one score by its name. */
export const lossNamed = (name: LossName, parameters: LossParameters): ScalarLoss =>
  lossOf(shapeNamed(name, parameters));

/**
 * The loss of a predictor. Of a binary classifier the absolute one counts no error beyond a label's own end: with less than half of
 * the rows positive, the plain one is often lowest where all scores are 0.
 */
export const scalarLossOf = (predictorType: PredictorType, name: LossName, parameters: LossParameters): ScalarLoss =>
  predictorType === 'binary_classifier' && lossFacts(name).isBoundable === true
    ? boundedLoss(0, 1)
    : lossNamed(name, parameters);

/** What a loss reports of each row; of labels there may be more. */
export function lossesOfRows(
  loss: ScalarLoss,
  scores: Float64Array,
  labels: Float64Array,
  logistic: Logistic,
): Float64Array {
  const losses = new Float64Array(scores.length);
  if (loss.overRows !== undefined) loss.overRows(logistic, scores, labels, losses);
  else for (let row = 0; row < losses.length; row += 1) losses[row] = loss.value(scores[row], labels[row]);
  return losses;
}

/** Scores of a binary classifier as they are served: probabilities under the logit link, else as they are. */
export function servedScores(loss: LossName, scores: Float64Array, logistic: Logistic): Float64Array {
  if (lossFacts(loss).link !== 'logit') return scores;
  const shares = new Float64Array(scores.length);
  logistic.shares(scores, shares);
  return shares;
}
