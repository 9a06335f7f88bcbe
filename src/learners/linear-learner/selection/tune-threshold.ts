import type { Numbers, RowSource } from '../../../formats/index.ts';
import { type Logistic, lossFacts } from '../../../kernels/index.ts';
import { servedScores } from '../../losses/index.ts';
import { NumberList } from '../../metrics/number-list.ts';
import { bestCut } from '../../metrics/threshold.ts';
import type { FitObserver, LinearModel } from '../model.ts';
import { heldLabelsOf, type Job } from '../problem.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { calibrationSampler, linkOf } from '../stream/validation.ts';
import type { Chosen } from './chosen.ts';
import { rawScores } from './metrics.ts';

export interface ThresholdSources {
  train: RowSource;
  validation: RowSource | undefined;
}

/**
 * The threshold that the criterion prefers on scores as they are served: of the validation channel, else of the rows that
 * folds left out, else of the training rows.
 */
export async function thresholdOf(
  job: Job,
  chosen: Chosen,
  model: LinearModel,
  { train, validation }: ThresholdSources,
  observer: FitObserver,
): Promise<number> {
  const { settings, plan } = job;
  const link = linkOf(plan.loss);
  const { logistic } = job.kernels;
  const ofTraining = () => calibrationSample(model, train, settings, logistic);
  const heldOut =
    validation === undefined
      ? chosen.outOfFold && outOfFoldSample(chosen.outOfFold, job, link)
      : await calibrationSample(model, validation, settings, logistic);
  const weakness = heldOut && weaknessOf(heldOut, settings, validation === undefined ? foldClassRowsMin : 1);
  const sample = heldOut === undefined || weakness !== undefined ? await ofTraining() : heldOut;
  const cut = bestCut(sample.scores, sample.labels, settings);
  if (!cut.met)
    observer.warn(`No threshold reaches the wanted ${settings.selection.split('_').at(-1)}; the nearest is taken`);
  if (isConstant(sample.scores)) {
    observer.warn(
      `The model scores all rows alike, so that no threshold tells them apart: give rows of label 1 more weight (positive_example_weight_mult=balanced)${lossFacts(plan.loss).link === 'logit' ? '' : ' or train with loss=logistic'}`,
    );
    // Other criteria would call all rows positive, however few are.
    if (settings.selection !== 'precision_at_target_recall') {
      const { threshold } = bestCut(sample.scores, sample.labels, { ...settings, selection: 'accuracy' });
      return isEven(sample.scores[0], threshold) ? even : threshold;
    }
  } else if (weakness !== undefined)
    observer.notice(`${weakness}: the threshold is tuned on the scores of the training rows`);
  return cut.threshold;
}

/** At the one score of all rows, a threshold would call those wrong whose model without them scores a hair lower or higher. */
const even = 0.5;
const isEven = (score: number, threshold: number): boolean => score >= even === score >= threshold;

/** Why held-out rows are too few to tune a threshold; undefined where they are enough. */
function weaknessOf(
  { labels, areAlike = true }: Sample,
  { selection }: LinearLearnerSettings,
  classRowsMin: number,
): string | undefined {
  const { label, rowCount } = rarestClass(labels);
  if (labels.length > 0 && selection !== 'accuracy' && rowCount < classRowsMin)
    return `Of the ${labels.length} rows that were held out, ${rowCount} have the label ${label}, too few to tune a threshold`;
  return areAlike ? undefined : 'A model without some of the rows scores all rows alike';
}

/** With fewer rows of a class than folds, a fold is solved with few or none of them and cannot score those left out. */
const foldClassRowsMin = 5;

/** Scores as they are served, and labels. */
interface Sample {
  scores: Numbers;
  labels: Numbers;
  /** Whether the models that made the scores separate rows as the one that serves does. */
  areAlike?: boolean;
}

/** Scores that differ in the last digits of a double alone count as equal. */
const isConstant = (scores: Numbers): boolean => {
  const first = Math.fround(scores[0]);
  return scores.length > 0 && scores.every((score) => Math.fround(score) === first);
};

function rarestClass(labels: Numbers): { label: number; rowCount: number } {
  let positives = 0;
  for (const label of labels) positives += label;
  const negatives = labels.length - positives;
  return positives <= negatives ? { label: 1, rowCount: positives } : { label: 0, rowCount: negatives };
}

function outOfFoldSample(
  { scores, rows, telling }: NonNullable<Chosen['outOfFold']>,
  job: Job,
  link: (score: number) => number,
): Sample {
  const labels = heldLabelsOf(job);
  return {
    scores: Float64Array.from(telling, (row) => link(scores[row])),
    labels: Float64Array.from(telling, (row) => labels[row]),
    areAlike: telling.length === rows.length,
  };
}

async function calibrationSample(
  model: LinearModel,
  source: RowSource,
  settings: LinearLearnerSettings,
  logistic: Logistic,
): Promise<Sample> {
  const scores = new NumberList('double');
  const labels = new NumberList('single');
  const nextPlace = calibrationSampler(settings, 1);
  for await (const block of rawScores(model, source)) {
    const served = servedScores(model.loss, block.scores, logistic);
    for (let row = 0; row < block.rowCount; row += 1) {
      const place = nextPlace();
      if (place === undefined) continue;
      scores.set(place, served[row]);
      labels.set(place, block.labels[row]);
    }
  }
  return { scores: scores.values(), labels: labels.values() };
}
