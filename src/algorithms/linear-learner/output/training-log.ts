/**
 * The lines that a training job prints, in the shapes and the order of the original's log: the service's metric
 * definitions are regular expressions over them. Where the original says something untrue (it reports model 0 as if
 * it were the best), the default mode prints the better number in the same shape.
 */
import { type PythonValue, pythonFloat, pythonJson } from '../../../formats/index.ts';
import type { FitObserver, FitResult, LinearLearnerSettings, Metric } from '../../../learners/index.ts';
import type { Log } from '../../program/output/log.ts';
import { float, metricLines, single, summary, whole } from '../../program/output/metric-lines.ts';
import { epochLog } from './epoch-log.ts';

const algorithm = 'Linear Learner';
/** Values of a long vector that the log shows. */
const shownMax = 100;

export interface TrainingLog extends FitObserver {
  configuration(path: string, defaults: Record<string, string>, given: Record<string, string>): void;
  result(result: FitResult): void;
  test(metrics: readonly Metric[] | undefined): void;
  /** The last line: where the time went, in milliseconds. */
  times(times: { initializeMs: number; setupMs: number; totalMs: number; finalizeMs: number }): void;
}

export function makeTrainingLog(log: Log, host: string, settings: LinearLearnerSettings): TrainingLog {
  const lines = metricLines(log, { algorithm, host });
  const { metrics, quality, scores } = lines;
  const epochs = epochLog(log, lines, { host, settings });
  const objectiveOf = (channel: string, values: readonly Metric[], epoch: number): void => {
    for (const { name, value } of values)
      if (name.endsWith('_objective')) quality(`epoch=${epoch}, ${channel} ${name} <loss>=${pythonFloat(value)}`);
  };

  return {
    configuration(path, defaults, given) {
      log.line(`Reading default configuration of Linear Learner: ${pythonJson(defaults)}`);
      log.line(`Merging with provided configuration from ${path}: ${pythonJson(given)}`);
      log.line(`Final configuration: ${pythonJson({ ...defaults, ...given })}`);
    },

    notice: (text) => log.line(text),
    warn: (text) => log.line(text, 'WARNING'),

    scaler({ featureMean, featureStd, labelMean, labelStd, rowCount }) {
      const vector = (values: Float64Array): PythonValue => Array.from(values.subarray(0, shownMax), float);
      const optional = (value: number | null): PythonValue => (value === null ? null : float(value));
      log.line(
        `Scaling model computed with parameters: ${pythonJson({
          stdev_weight: vector(featureStd),
          stdev_label: optional(labelStd),
          mean_label: optional(labelMean),
          mean_weight: vector(featureMean),
          rows: rowCount,
        })}`,
      );
      if (featureMean.length > shownMax) log.line(`The first ${shownMax} of ${featureMean.length} features are shown`);
      log.line('Number of GPUs being used: 0');
    },

    candidates(candidates) {
      log.line(`Training ${candidates.length} ${candidates.length === 1 ? 'model' : 'models side by side'}`);
      log.flush();
    },

    epoch: epochs.epoch,
    progress: epochs.progress,

    result(result) {
      // A tuning job takes the objective of the last epoch for the model's. The model may be of an earlier one, or solved.
      if (settings.tuningObjectiveMetric !== '') {
        objectiveOf('train', result.trainMetrics, result.epochsRun);
        objectiveOf('validation', result.validationMetrics ?? [], result.epochsRun);
      }
      scores('train', result.trainMetrics);
      if (result.validationMetrics !== undefined) scores('validation', result.validationMetrics);
      const { best, model } = result;
      if (model.predictorType === 'binary_classifier')
        log.line(`A row is labelled 1 from a score of ${model.threshold} on`);
      log.line(
        `Best model found for hyperparameters: ${pythonJson({
          optimizer: best.optimizer,
          learning_rate: float(best.learningRate),
          l1: float(best.l1),
          wd: float(best.wd),
          lr_scheduler_step: best.lrSchedulerStep,
          lr_scheduler_factor: float(best.lrSchedulerFactor),
          lr_scheduler_minimum_lr: float(best.lrSchedulerMinimumLr),
        })}`,
      );
      if (best.positiveExampleWeightMult !== 1) {
        log.line(`The best model weighs positive rows by ${best.positiveExampleWeightMult}`);
      }
    },

    test(values) {
      if (values === undefined) log.line('Test data is not provided.');
      else scores('test', values);
    },

    times({ initializeMs, setupMs, totalMs, finalizeMs }) {
      const endedAtMs = Date.now();
      metrics(
        { startedAtMs: endedAtMs - totalMs, endedAtMs },
        {},
        {
          'initialize.time': single(initializeMs),
          epochs: whole(settings.epochs),
          'update.time': summary(epochs.durationsMs),
          'finalize.time': single(finalizeMs),
          setuptime: single(setupMs),
          totaltime: single(totalMs),
        },
      );
    },
  };
}
