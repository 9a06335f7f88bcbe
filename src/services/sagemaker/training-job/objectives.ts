import type { WatchedMetric } from '../jobs/programs/metrics.ts';
import { requestOf, type TrainingJobBody } from './record.ts';

/** The hyperparameter by which a tuning job gives its trials the name of the metric that they are judged by. */
export const objectiveHyperparameter = '_tuning_objective_metric';

/** The values that trials print of the metric that they are judged by: one for each epoch, in memory, while they run. */
export interface Objectives {
  /** Where the program of this job puts its values from now on; undefined for a job that is no trial. */
  watch(body: TrainingJobBody): WatchedMetric | undefined;
  of(jobArn: string): readonly number[];
  /** For a trial that ended. */
  forget(jobArn: string): void;
  /** Calls back with the tuning job's ARN after each value of its trials; returns the function that ends that. */
  onValue(listener: (tuningJobArn: string) => void): () => void;
}

/** Amazon's limit of epochs that a decision may rest on. */
const epochsMax = 20_000;

export function createObjectives(): Objectives {
  const valuesOf = new Map<string, number[]>();
  const listeners = new Set<(tuningJobArn: string) => void>();
  return {
    watch(body) {
      const { arn, tuningJobArn } = body;
      const name = requestOf(body).HyperParameters?.[objectiveHyperparameter];
      if (tuningJobArn === undefined || name === undefined) return undefined;
      // A program that is started again begins with its first epoch.
      const values: number[] = [];
      valuesOf.set(arn, values);
      return {
        name,
        onValue(value) {
          if (values.length >= epochsMax) return;
          values.push(value);
          for (const listener of listeners) listener(tuningJobArn);
        },
      };
    },
    of: (jobArn) => valuesOf.get(jobArn) ?? [],
    forget: (jobArn) => void valuesOf.delete(jobArn),
    onValue(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
