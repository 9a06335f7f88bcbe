/** What the report needs of the course of a training. */
import type { EpochReport, FitObserver } from '../../../learners/index.ts';
import type { LearningCurve } from '../../../reports/index.ts';

export interface Recorder {
  observer: FitObserver;
  /** Of the model's columns, as they are scaled. */
  deviations(): Float64Array | undefined;
  /** The loss by epoch of one candidate. */
  curves(candidate: number): LearningCurve[];
}

/** Passes everything on, and keeps the scale of the columns and the losses of the epochs. */
export function recorder(observer: FitObserver): Recorder {
  let deviations: Float64Array | undefined;
  const epochs: Pick<EpochReport, 'epoch' | 'objectiveName' | 'trainObjectives' | 'validationObjectives'>[] = [];
  return {
    observer: {
      ...observer,
      scaler(scaler) {
        deviations = scaler.featureStd.slice();
        observer.scaler(scaler);
      },
      epoch(report) {
        const { epoch, objectiveName, trainObjectives, validationObjectives } = report;
        epochs.push({ epoch, objectiveName, trainObjectives, validationObjectives });
        observer.epoch(report);
      },
    },
    deviations: () => deviations,
    curves: (candidate) =>
      (['train', 'validation'] as const).flatMap((channel) => {
        const points = epochs.flatMap((report): [number, number][] => {
          const value = (channel === 'train' ? report.trainObjectives : report.validationObjectives)?.[candidate];
          return value === undefined || !Number.isFinite(value) ? [] : [[report.epoch + 1, value]];
        });
        return points.length === 0
          ? []
          : [{ name: channel, measure: epochs[0]!.objectiveName.replaceAll('_', ' '), step: 'epoch', points }];
      }),
  };
}
