import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { TrainingJobEvent } from './lifecycle.ts';

/** The record of a training job: the request as sent, and all events since. */
export type TrainingJobBody = {
  name: string;
  arn: string;
  region: string;
  request: JsonObject;
  /** The tuning job that this is a trial of. */
  tuningJobArn?: string;
  events: TrainingJobEvent[];
};

/** The kept request in its typed form; it holds no time and no bytes, so JSON lost nothing. */
export const requestOf = (body: TrainingJobBody): CreateTrainingJobCommandInput =>
  body.request as unknown as CreateTrainingJobCommandInput;

/** When the request names none. Source: AWS API reference, StoppingCondition. */
export const maxRuntimeSecondsDefault = 86_400;

/** The log group of all training jobs; a job's streams begin with its name and a slash. */
export const trainingLogGroup = '/aws/sagemaker/TrainingJobs';
