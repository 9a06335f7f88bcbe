import type {
  HyperParameterTrainingJobSummary,
  HyperParameterTuningJobObjectiveType,
  ObjectiveStatus,
} from '@aws-sdk/client-sagemaker';
import { arnOf, type Place } from '../../resource.ts';
import { definitionsOf } from '../definitions.ts';
import type { Trial } from '../lifecycle.ts';
import { requestOf, type TuningJobBody } from '../record.ts';

/** A trial with what its tuning job says of it: all there is to show of it. */
export interface Summary {
  trial: Trial;
  tuningJob: string;
  definitionName: string | undefined;
  metric: string;
  better: HyperParameterTuningJobObjectiveType;
}

/** What a trial's training job, which runs, says of it. */
export interface Running {
  status: 'InProgress' | 'Stopping';
  startedMs: number | undefined;
}

export function objectiveStatusOf({ end }: Trial): ObjectiveStatus {
  if (end === undefined) return 'Pending';
  return end.status !== 'Failed' && end.objective !== undefined ? 'Succeeded' : 'Failed';
}

/** The objective of a trial that counts in the search. */
export const objectiveOf = (trial: Trial): number | undefined =>
  objectiveStatusOf(trial) === 'Succeeded' ? trial.end?.objective : undefined;

export function summaryOf(body: TuningJobBody, trial: Trial): Summary {
  const definition = definitionsOf(requestOf(body))[trial.definition];
  return {
    trial,
    tuningJob: body.name,
    definitionName: definition?.request.DefinitionName,
    metric: definition?.objective?.MetricName ?? '',
    better: definition?.objective?.Type ?? 'Minimize',
  };
}

/** A trial as the API shows it. `tuningJob`: whether with the name of the tuning job, as only the best of several has. */
export function describeTrial(
  place: Place,
  { trial, tuningJob, definitionName, metric, better }: Summary,
  { running, withTuningJob = false }: { running?: Running | undefined; withTuningJob?: boolean } = {},
): HyperParameterTrainingJobSummary {
  const { name, values, createdMs, end } = trial;
  const startedMs = end?.startedMs ?? running?.startedMs;
  const objective = objectiveOf(trial);
  return {
    TrainingJobDefinitionName: definitionName,
    TrainingJobName: name,
    TrainingJobArn: arnOf(place, 'training-job', name),
    TuningJobName: withTuningJob ? tuningJob : undefined,
    CreationTime: new Date(createdMs),
    TrainingStartTime: startedMs === undefined ? undefined : new Date(startedMs),
    TrainingEndTime: end?.endedMs === undefined ? undefined : new Date(end.endedMs),
    TrainingJobStatus: end?.status ?? running?.status ?? 'InProgress',
    TunedHyperParameters: { ...values },
    FailureReason: end?.reason,
    FinalHyperParameterTuningJobObjectiveMetric:
      objective === undefined ? undefined : { Type: better, MetricName: metric, Value: objective },
    ObjectiveStatus: objectiveStatusOf(trial),
  };
}
