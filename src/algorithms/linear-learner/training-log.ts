/**
 * The lines that a training job prints, in the shapes and the order of the original's log: the service's metric
 * definitions are regular expressions over them. Where the original says something untrue (it reports model 0 as if
 * it were the best), the default mode prints the better number in the same shape.
 */
import { type PythonValue, pythonFloat, pythonJson } from '../../formats/index.ts';
import type { EpochReport, FitObserver, FitResult, LinearLearnerSettings, Metric } from '../../learners/index.ts';
import type { Log } from '../program/log.ts';
import { float, metricLines, single, summary, whole } from '../program/metric-lines.ts';

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
  let rowsSeen = 0;
  let batchesSeen = 0;
  const epochMs: number[] = [];

  const { metrics, quality, scores } = metricLines(log, { algorithm, host });

  const objectives = (report: EpochReport, channel: 'train' | 'validation', values: readonly number[]): void => {
    const name = report.objectiveName;
    for (const [model, value] of values.entries()) {
      metrics(report, { epoch: report.epoch, model }, { [`${channel}_${name}`]: single(value) });
    }
    const told = settings.compatibility === 'amazon' ? 0 : report.bestModel;
    quality(`epoch=${report.epoch}, ${channel} ${name} <loss>=${pythonFloat(values[told] ?? Number.NaN)}`);
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

    epoch(report) {
      const { epoch, rowCount, batchCount } = report;
      const elapsedMs = Math.max(report.endedAtMs - report.startedAtMs, 0.001);
      rowsSeen += rowCount;
      batchesSeen += batchCount;
      epochMs.push(elapsedMs);
      objectives(report, 'train', report.trainObjectives);
      if (report.validationObjectives !== undefined) objectives(report, 'validation', report.validationObjectives);
      const { name, value } = report.criterion;
      log.line(
        `#early_stopping_criteria_metric: host=${host}, epoch=${epoch}, criteria=${name}, value=${pythonFloat(value)}`,
      );
      if (report.improved) {
        log.line(`Epoch ${epoch}: Loss improved. Updating best model`);
        log.line(`Saving model for epoch: ${epoch}`);
      }
      const progress = (100 * (epoch + 1)) / settings.epochs;
      log.line(`#progress_metric: host=${host}, completed ${pythonFloat(progress)} % of epochs`);
      metrics(
        report,
        { epoch, Meta: 'training_data_iter' },
        {
          'Total Records Seen': whole(rowsSeen),
          'Total Batches Seen': whole(batchesSeen),
          'Max Records Seen Between Resets': whole(rowCount),
          'Max Batches Seen Between Resets': whole(batchCount),
          'Reset Count': whole(epoch + 1),
          'Number of Records Since Last Reset': whole(rowCount),
          'Number of Batches Since Last Reset': whole(batchCount),
        },
      );
      log.line(
        `#throughput_metric: host=${host}, train throughput=${pythonFloat(rowCount / (elapsedMs / 1000))} records/second`,
      );
      if (report.stopping) {
        log.line('Early stop condition met. Stopping training.');
        log.line(`#progress_metric: host=${host}, completed 100 % epochs`);
      }
      log.flush();
    },

    progress({ epoch, epochs, rowCount, rowsPerSecond, share, remainingMs }) {
      const rate = `${wholeText(rowCount)} rows, ${wholeText(rowsPerSecond)} records/second`;
      const read = share === undefined ? '' : `${(100 * share).toFixed(1)} % read, `;
      const left = remainingMs === undefined ? '' : `, at most ${duration(remainingMs)} left`;
      log.line(`Epoch ${epoch}: ${read}${rate}${left}`);
      if (share !== undefined)
        log.line(
          `#progress_metric: host=${host}, completed ${pythonFloat((100 * (epoch + share)) / epochs)} % of epochs`,
        );
      log.flush();
    },

    result(result) {
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
          'update.time': summary(epochMs),
          'finalize.time': single(finalizeMs),
          setuptime: single(setupMs),
          totaltime: single(totalMs),
        },
      );
    },
  };
}

const wholeText = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `1 h 20 min`, `4 min`, `30 s`. */
function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
