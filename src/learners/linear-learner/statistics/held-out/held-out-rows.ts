import type { LinearModel } from '../../model.ts';
import { alignedScores, spreadOf } from '../../path/aligned-scores.ts';
import { crossValidate } from '../../path/cross-validate.ts';
import type { Prepared } from '../../path/prepare.ts';
import { type Breathe, problemOf, type Stopped, thetaOf } from '../../path/solve-path.ts';
import { heldLabelsOf, type Job } from '../../problem.ts';
import type { Chosen } from '../../selection/chosen.ts';
import type { Missing } from '../missing.ts';
import type { HeldOut } from '../statistics.ts';
import { metricsOf } from './held-out-scores.ts';
import type { PlusFit } from './jackknife-plus.ts';
import { leaveOneOut } from './leave-one-out.ts';

export interface HeldOutRequest {
  chosen: Chosen;
  model: LinearModel;
  /** Predictions without each fold that intervals have made already. */
  plus: PlusFit | Missing | undefined;
  costMax: number;
  stopped: Stopped;
  breathe: Breathe | undefined;
}

export interface HeldOutRows {
  heldOut: HeldOut | Missing;
  /** The model has about as many effective parameters as rows, and may be far from models without some of them. */
  hangs?: boolean;
}

/** Predictions of the training rows by models that were made without them. */
export async function heldOutOf(
  job: Job,
  rows: Prepared,
  { chosen, model, plus, costMax, stopped, breathe }: HeldOutRequest,
): Promise<HeldOutRows> {
  const { scaler, outputs } = job;
  const { rowCount: n, featureCount: d } = rows.design;
  if (chosen.solved === undefined) return { heldOut: { missing: 'the model was not solved to its optimum' } };
  if (n < heldOutRowsMin) return { heldOut: { missing: `there are ${n} rows` } };
  const { wd, l1, positiveExampleWeightMult: positiveWeight } = chosen.best;
  const penalty = { wd, l1, positiveWeight };
  const labels = heldLabelsOf(job);
  const made = (scores: Float64Array, how: Pick<HeldOut, 'method' | 'folds'>): HeldOut =>
    withMetrics(model, {
      ...how,
      rows: Uint32Array.from(labels.keys()),
      labels,
      scores: scores.map((score) => score * scaler.labelDivisor + scaler.labelShift),
    });
  const isSmooth = job.trainingLoss?.exact !== undefined;
  const cost = (n * (d + 1) ** 2) / 2;
  let hangs = chosen.solved.nonZero / outputs > hangingShare * n;
  if (isSmooth && l1 === 0 && 2 * cost <= costMax) {
    const left = leaveOneOut(problemOf(job, rows, penalty), thetaOf(chosen.model));
    hangs = left.meanLeverage > hangingShare;
    if (left.isSure) return { heldOut: made(left.scores, { method: 'leave-one-out', folds: null }), hangs };
  }
  if (plus !== undefined && !('missing' in plus))
    return { heldOut: made(plus.scores, { method: 'folds', folds: plus.plus.folds.length }), hangs };
  const found = chosen.outOfFold;
  if (found !== undefined && found.rows.length === n)
    return { heldOut: made(found.scores, { method: 'folds', folds: foldCount }), hangs };
  if (foldSteps * foldCount * cost * outputs > costMax) {
    const advice = job.settings.statistics === true ? '' : '; statistics=true allows more';
    return { heldOut: { missing: `${foldCount} more fits would take too long${advice}` } };
  }
  const whole = { ...penalty, theta: thetaOf(chosen.model) };
  const plan = { folds: foldCount, everyFold: true };
  const folded = await crossValidate(job, rows, [whole], plan, { stopped, breathe, tolerance: foldTolerance });
  if (folded === undefined) return { heldOut: { missing: 'the job was stopped' } };
  const { scores } = alignedScores(folded, 0, folded.spreads && spreadOf(rows.design, thetaOf(chosen.model)));
  return { heldOut: made(scores, { method: 'folds', folds: foldCount }), hangs };
}

const heldOutRowsMin = 10;
const foldCount = 5;
/** Held-out losses scatter far more than this share. */
const foldTolerance = 1e-6;
/** Grams that one fit takes, about. */
const foldSteps = 12;
/**
 * Effective parameters for each row from which a model hangs on single rows: in simulated sets of 60 rows intervals of 95 % around
 * the served prediction held 95 % of labels at a share of 0.34, 88 % at 0.93 and 77 % at 1.
 */
const hangingShare = 0.8;

export const withMetrics = (model: LinearModel, heldOut: Omit<HeldOut, 'metrics' | 'rowCount'>): HeldOut => ({
  ...heldOut,
  rowCount: heldOut.rows.length,
  metrics: metricsOf(model, heldOut),
});
