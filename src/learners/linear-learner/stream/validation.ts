import type { RowSource } from '../../../formats/index.ts';
import { type LossName, lossFacts, sigmoid } from '../../../kernels/index.ts';
import { NumberList } from '../../metrics/number-list.ts';
import { bestCut } from '../../metrics/threshold.ts';
import { sampler } from '../../rows/random.ts';
import { softmaxObjective } from '../objective.ts';
import type { Job } from '../problem.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import type { ScoredRows } from './ensemble.ts';

/** Models that score rows: an ensemble, or solved models laid side by side. */
export interface Scorer {
  readonly K: number;
  /** Standardised scores of all rows, chunk by chunk. */
  score(source: RowSource): AsyncIterable<ScoredRows>;
}

/** Scores every candidate on held-out rows. */
export interface Validation {
  /**
   * `positiveWeights`: of the models laid side by side; those of the candidates if left out. Models of different weights
   * (`auto`) are compared by the unweighted loss. When `stopped` says so, the rows so far are the measure.
   */
  measure(scorer: Scorer, options?: MeasureOptions): Promise<Measured>;
}

export interface MeasureOptions {
  positiveWeights?: readonly number[];
  stopped?: () => boolean;
}

export interface Measured {
  /** Mean loss per candidate, in raw label units. */
  objectives: number[];
  /** The value that selection minimises, per candidate. */
  selection: number[];
  /** Standard error, over the rows, of the difference between each `selection` and the lowest; of a score, its own. */
  errors: number[];
  criterionName: string;
  /** The criterion is a score: `selection` is its negative. */
  negated: boolean;
}

/** Names under which the original prints the criteria of a binary classifier. */
const criterionNames = {
  accuracy: () => 'sampled_accuracy',
  f_beta: (beta: number) => `sampled_f_${beta.toFixed(3)}`,
  precision_at_target_recall: () => 'sampled_precision_at_target_recall',
  recall_at_target_precision: () => 'sampled_recall_at_target_precision',
} as const;

/** Binary scores as they are served: a probability for logistic, the raw score for hinge. */
export const linkOf = (loss: LossName): ((score: number) => number) =>
  lossFacts(loss).link === 'logit' ? sigmoid : (score) => score;

/** Losses of single rows that are kept to compare models: 16 MiB. */
const rowLossesMax = 4 * 2 ** 20;

/** Scores that are kept to tune thresholds, all models together: 128 MiB. */
const sampledScoresMax = 32 * 2 ** 20;

/**
 * The rows that tune a threshold: the first ones as in the original, by default any, picked by the seed; fewer than
 * num_calibration_samples where many models would make them fill the memory.
 */
export const calibrationSampler = (
  { numCalibrationSamples, compatibility, seed }: LinearLearnerSettings,
  models: number,
): (() => number | undefined) =>
  sampler(
    Math.min(numCalibrationSamples, Math.ceil(sampledScoresMax / models)),
    compatibility === 'amazon' ? undefined : seed + 2,
  );

export function makeValidation(job: Job, source: RowSource, objectiveName: string): Validation {
  const { settings, scaler, outputs, reportingLoss, range, plan } = job;
  const selection = settings.selection;
  const byScore = settings.predictorType === 'binary_classifier' && selection !== 'loss_function';
  const criterionName = byScore ? criterionNames[selection](settings.fBeta) : objectiveName;
  return {
    async measure(scorer, { positiveWeights: given, stopped }: MeasureOptions = {}) {
      const { K } = scorer;
      const positiveWeights =
        settings.positiveExampleWeightMult === 'auto'
          ? new Array<number>(K).fill(1)
          : (given ?? plan.candidates.map(({ positiveExampleWeightMult }) => positiveExampleWeightMult));
      const models = K / outputs;
      const sums = new Float64Array(models);
      const rowLosses: Float32Array[] = [];
      const link = linkOf(plan.loss);
      const samples = Array.from({ length: byScore ? models : 0 }, () => new NumberList('single'));
      const sampleLabels = new NumberList('double');
      const nextPlace = calibrationSampler(settings, models);
      const softmax = reportingLoss === undefined ? softmaxObjective(models, outputs, job.classWeights) : undefined;
      let rowCount = 0;
      for await (const batch of scorer.score(source)) {
        if (stopped?.()) break;
        const { f } = batch;
        softmax?.derive(f, batch.labels, batch.rowCount, f, sums);
        // Kept to compare models row by row; beyond some millions of rows any difference is certain without it.
        const kept = new Float32Array(rowCount * models < rowLossesMax ? batch.rowCount * models : 0);
        if (kept.length > 0) rowLosses.push(kept);
        for (let row = 0; reportingLoss !== undefined && row < batch.rowCount; row += 1) {
          const label = batch.labels[row];
          const place = byScore ? nextPlace() : undefined;
          for (let model = 0; model < models; model += 1) {
            let score = f[row * K + model] * scaler.labelDivisor + scaler.labelShift;
            if (range !== undefined) score = Math.min(range.high, Math.max(range.low, score));
            const weight = label === 1 ? positiveWeights[model] : 1;
            const loss = weight * reportingLoss.value(score, label);
            sums[model] += loss;
            if (kept.length > 0) kept[row * models + model] = loss;
            if (place !== undefined) samples[model].set(place, link(score));
          }
          if (place !== undefined) sampleLabels.set(place, label);
        }
        rowCount += batch.rowCount;
      }
      const objectives = Array.from(sums, (sum) => sum / Math.max(1, rowCount));
      if (!byScore) {
        const errors = pairedErrors(rowLosses, models, objectives);
        return { objectives, selection: objectives, errors, criterionName, negated: false };
      }
      const labels = sampleLabels.values();
      const cuts = samples.map((scores) => bestCut(scores.values(), labels, settings));
      return {
        objectives,
        selection: cuts.map(({ value, met }, model) =>
          Number.isFinite(objectives[model]) ? (met ? -value : 0) : Number.POSITIVE_INFINITY,
        ),
        errors: cuts.map(({ value }) => Math.sqrt(Math.max(0, value * (1 - value)) / Math.max(1, labels.length))),
        criterionName,
        negated: true,
      };
    },
  };
}

/**
 * Standard error of mean(loss - loss of the best) for each model. Models that err on the same rows differ by far less
 * than the losses scatter, so that the error of a mean alone would call nearly all of them equal.
 */
function pairedErrors(rowLosses: readonly Float32Array[], models: number, means: readonly number[]): number[] {
  const best = means.reduce((low, mean, model) => (mean < means[low] ? model : low), 0);
  const squares = new Float64Array(models);
  let rows = 0;
  for (const losses of rowLosses) {
    rows += losses.length / models;
    for (let at = 0; at < losses.length; at += models) {
      for (let model = 0; model < models; model += 1) squares[model] += (losses[at + model] - losses[at + best]) ** 2;
    }
  }
  return means.map((mean, model) => {
    const variance = Math.max(0, squares[model] / Math.max(1, rows) - (mean - means[best]) ** 2);
    return Math.sqrt(variance / Math.max(1, rows));
  });
}
