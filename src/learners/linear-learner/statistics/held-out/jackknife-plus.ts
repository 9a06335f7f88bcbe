import type { Design } from '../../../../kernels/index.ts';
import { foldBack } from '../../fold.ts';
import type { LinearModel } from '../../model.ts';
import { crossValidate } from '../../path/cross-validate.ts';
import type { Prepared } from '../../path/prepare.ts';
import { type Breathe, modelOf, type Stopped, thetaOf } from '../../path/solve-path.ts';
import { heldLabelsOf, type Job } from '../../problem.ts';
import type { Chosen } from '../../selection/chosen.ts';
import type { Missing } from '../missing.ts';
import { type JackknifePlus, type PlusFold, upperQuantile } from './conformal.ts';

/** The interval of one row; an end is null where there are too few rows for the level. `row` has the model's columns, after expansion. */
export function plusInterval(
  { rowCount: n, folds }: Pick<JackknifePlus, 'rowCount' | 'folds'>,
  { range }: Pick<LinearModel, 'range'>,
  row: ArrayLike<number>,
  level: number,
): { low: number | null; high: number | null } {
  const ends = new Float64Array(n);
  const starts = new Float64Array(n);
  let at = 0;
  for (const { bias, weights, residuals } of folds) {
    let score = bias;
    for (let j = 0; j < weights.length; j += 1) score += weights[j] * row[j];
    if (range !== undefined) score = Math.min(range.high, Math.max(range.low, score));
    for (const residual of residuals) {
      ends[at] = score + residual;
      starts[at] = residual - score;
      at += 1;
    }
  }
  const low = upperQuantile(starts.sort(), level);
  return { low: low === null ? null : -low, high: upperQuantile(ends.sort(), level) };
}

/** Theorems 1 and 4 there: 1 - 2 alpha, and for folds of several rows a little less. */
export function provenCoverage(level: number, rowCount: number, folds: number): number {
  const short =
    folds === rowCount
      ? 0
      : Math.min((2 * (1 - 1 / folds)) / (rowCount / folds + 1), (1 - folds / rowCount) / (folds + 1));
  return Math.max(0, 1 - 2 * (1 - level) - short);
}

export interface PlusFit {
  plus: JackknifePlus;
  /** Standardised score of each row by the model without its fold. */
  scores: Float64Array;
}

interface PlusOptions {
  levels: readonly number[];
  costMax: number;
  stopped: Stopped;
  breathe: Breathe | undefined;
}

/** Solves the chosen model's problem without each fold in turn. */
export async function fitJackknifePlus(
  job: Job,
  rows: Prepared,
  chosen: Chosen,
  { levels, costMax, stopped, breathe }: PlusOptions,
): Promise<PlusFit | Missing> {
  if (chosen.solved === undefined) return { missing: 'the model was not solved to its optimum' };
  const { settings, scaler } = job;
  const { rowCount, featureCount } = rows.design;
  if (rowCount < rowsMin) return { missing: `there are ${rowCount} rows` };
  if (rowCount > rowsMax) return { missing: `there are more than ${rowsMax} rows` };
  const foldCount = foldCountOf(job, rows.design, costMax);
  if (foldCount === undefined || foldCount * (featureCount + 1) > numbersMax)
    return { missing: 'the models without each fold would take too long or too much room' };
  const { wd, l1, positiveExampleWeightMult: positiveWeight } = chosen.best;
  const whole = { wd, l1, positiveWeight, theta: thetaOf(chosen.model) };
  const plan = { folds: foldCount, everyFold: true };
  const found = await crossValidate(job, rows, [whole], plan, { stopped, breathe, tolerance: foldTolerance });
  if (found?.thetas === undefined) return { missing: 'the job was stopped' };
  const [scores] = found.scores;
  const labels = heldLabelsOf(job);
  const residuals = found.thetas.map(() => [] as number[]);
  const { low, high } = job.range ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  scores.forEach((score, row) => {
    const raw = score * scaler.labelDivisor + scaler.labelShift;
    residuals[found.fold[row]].push(Math.abs(labels[row] - Math.min(high, Math.max(low, raw))));
  });
  const folds = found.thetas.map((theta, fold): PlusFold => {
    const { weights, bias } = foldBack(modelOf(theta, 1), scaler);
    return { bias: bias[0], weights, residuals: Float64Array.from(residuals[fold]) };
  });
  const isGiven = settings.wd !== 'auto' && settings.l1 !== 'auto';
  return {
    scores,
    plus: {
      method: foldCount === rowCount ? 'jackknife+' : 'CV+',
      rowCount,
      folds,
      proven: isGiven ? levels.map((level) => ({ level, coverage: provenCoverage(level, rowCount, foldCount) })) : null,
    },
  };
}

/** Residuals scatter far more than this share. */
const foldTolerance = 1e-6;
const rowsMin = 10;
/** The most rows: beyond it, folds differ too little from the whole to matter. */
const rowsMax = 20_000;
/** Numbers of all folds' models together. */
const numbersMax = 20_000;
/** Rows up to which each is left out alone. */
const aloneMax = 100;
/** Grams that one fit takes, about. */
const fitSteps = 12;

/**
 * As many folds as time allows: the more, the nearer their models are to the whole, and the more is proven. By default, losses with
 * kinks, whose fits take longest, have few.
 */
function foldCountOf({ trainingLoss, settings }: Job, { rowCount: n, featureCount: d }: Design, costMax: number) {
  const cost = (fitSteps * n * (d + 1) ** 2) / 2;
  const isSmooth = trainingLoss !== undefined && trainingLoss.pieces === undefined;
  const alone = n <= aloneMax && isSmooth ? [n] : [];
  const counts = isSmooth || settings.statistics === true ? [20, 10, 5] : [5];
  return [...alone, ...counts.filter((folds) => folds <= n)].find((folds) => folds * cost <= costMax);
}
