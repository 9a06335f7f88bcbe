import type { Logistic } from '../../kernels/index.ts';
import type { ScalarLoss } from './loss.ts';

/** What a loss reports of each row; of labels there may be more. */
export function lossesOfRows(
  loss: ScalarLoss,
  scores: Float64Array,
  labels: Float64Array,
  logistic: Logistic,
): Float64Array {
  const losses = new Float64Array(scores.length);
  if (loss.shape.kind === 'logistic') logistic.losses(scores, labels, losses);
  else for (let row = 0; row < losses.length; row += 1) losses[row] = loss.value(scores[row], labels[row]);
  return losses;
}

/** Scores of a binary classifier as they are served: probabilities for the logistic loss, else as they are. */
export function servedScores(loss: string, scores: Float64Array, logistic: Logistic): Float64Array {
  if (loss !== 'logistic') return scores;
  const shares = new Float64Array(scores.length);
  logistic.shares(scores, shares);
  return shares;
}
