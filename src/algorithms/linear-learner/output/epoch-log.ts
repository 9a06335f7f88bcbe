/** The lines of the epochs of a training job: objectives, early stopping, progress, throughput. */

import { pythonFloat } from '../../../formats/index.ts';
import type { EpochReport, FitObserver, LinearLearnerSettings } from '../../../learners/index.ts';
import { wholeText } from '../../inspection/warnings.ts';
import type { Log } from '../../program/output/log.ts';
import { type MetricLines, single, whole } from '../../program/output/metric-lines.ts';

export interface EpochLog extends Required<Pick<FitObserver, 'epoch' | 'progress'>> {
  /** How long each epoch took. */
  readonly durationsMs: readonly number[];
}

export function epochLog(
  log: Log,
  { metrics, quality }: MetricLines,
  { host, settings }: { host: string; settings: LinearLearnerSettings },
): EpochLog {
  let rowsSeen = 0;
  let batchesSeen = 0;
  const epochMs: number[] = [];

  const objectives = (report: EpochReport, channel: 'train' | 'validation', values: readonly number[]): void => {
    const name = report.objectiveName;
    for (const [model, value] of values.entries()) {
      metrics(report, { epoch: report.epoch, model }, { [`${channel}_${name}`]: single(value) });
    }
    const logged = settings.compatibility === 'amazon' ? 0 : report.bestModel;
    quality(`epoch=${report.epoch}, ${channel} ${name} <loss>=${pythonFloat(values[logged] ?? Number.NaN)}`);
  };

  return {
    durationsMs: epochMs,

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
  };
}

/** `1 h 20 min`, `4 min`, `30 s`. */
function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
