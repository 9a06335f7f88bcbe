import type { CreateHyperParameterTuningJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { TuningJobEvent } from './lifecycle.ts';

/** The record of a tuning job: the request as sent, what was drawn or read when it was made, and all events since. */
export type TuningJobBody = {
  name: string;
  arn: string;
  region: string;
  request: JsonObject;
  seed: number;
  /** What the parents of a warm start found; empty without one. */
  parents: Parent[];
  events: TuningJobEvent[];
};

export type Parent = {
  name: string;
  /** Each trial that has an objective: the hyperparameters it was trained with and the value. */
  results: { values: Record<string, string>; objective: number }[];
  /** Its best trial, or the best that its own parents had: a `Summary` as JSON. */
  best?: JsonObject;
};

export type TuningRequest = CreateHyperParameterTuningJobCommandInput;

/** The kept request in its typed form; it holds no time and no bytes, so JSON lost nothing. */
export const requestOf = (body: TuningJobBody): TuningRequest => body.request as unknown as TuningRequest;

/** Amazon's limit of trials in one tuning job, and the number where a request sets another limit only. */
export const trialsMax = 750;
