import { lossFacts } from '../../../../kernels/index.ts';
import { calibrateBinary, calibrateClasses, calibrated, calibratedClasses } from '../../../calibration/calibration.ts';
import type { LinearModel } from '../../model.ts';
import { gathererOf } from '../../selection/metrics.ts';
import type { Missing } from '../missing.ts';
import type { HeldOut, Statistics } from '../statistics.ts';
import { conformalIntervals, conformalSets } from './conformal.ts';

type Scored = Pick<HeldOut, 'labels' | 'scores' | 'method'>;

/** The model's metrics over held-out rows, by the names of the training log. */
export function metricsOf(model: LinearModel, { scores, labels }: Omit<Scored, 'method'>): Record<string, number> {
  const gather = gathererOf(model);
  gather.add(scores, labels);
  return Object.fromEntries(gather.metrics().map(({ name, value }) => [name, value]));
}

/** Sets are of the model's own probabilities: those of a map that these rows made would not be as strange as a new row's. */
const ownLink = { kind: 'identity' } as const;

/** Statistics of predictions on rows that had no part in the model: quantiles of their errors, and a map to probabilities. */
export function calibrateHeldOut(
  model: LinearModel,
  heldOut: Scored | Missing,
  confidenceLevel: number,
): Pick<Statistics, 'conformal' | 'calibration'> {
  if ('missing' in heldOut) return { conformal: heldOut, calibration: heldOut };
  const { scores, labels, method } = heldOut;
  const K = model.outputCount;
  if (model.predictorType === 'regressor') {
    const { low, high } = model.range ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    const residuals = labels.map((label, row) => label - Math.min(high, Math.max(low, scores[row])));
    return {
      conformal: conformalIntervals(residuals, method, confidenceLevel),
      calibration: { missing: 'a regressor predicts no probabilities' },
    };
  }
  if (K > 1) {
    const calibration = calibrateClasses(scores, labels, K);
    const own = labels.map((label, row) => calibratedClasses(ownLink, scores.subarray(row * K, (row + 1) * K))[label]);
    return { conformal: conformalSets(own, method, confidenceLevel), calibration };
  }
  if (!labels.includes(0) || !labels.includes(1)) {
    const missing: Missing = { missing: 'the held-out rows are all of one class' };
    return { conformal: missing, calibration: missing };
  }
  const calibration = calibrateBinary(scores, labels, lossFacts(model.loss).link === 'logit');
  const own = labels.map((label, row) => {
    const probability = calibrated(ownLink, scores[row]);
    return label === 1 ? probability : 1 - probability;
  });
  return { conformal: conformalSets(own, method, confidenceLevel), calibration };
}
