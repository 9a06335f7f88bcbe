import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { JobBody } from '../jobs/driving/drive-job.ts';
import type { ContainerPlan } from '../model/container-plan.ts';

/** The record of a transform job: with the model's containers as they were at its creation. */
export type TransformJobBody = JobBody & {
  containers: ContainerPlan[];
  /** No network for programs that are not ours. */
  isolated: boolean;
  /** Name of the folder with the job's files. */
  folder: string;
};

/** The kept request in its typed form; it holds no time and no bytes, so JSON lost nothing. */
export const requestOf = (body: JobBody): CreateTransformJobCommandInput =>
  body.request as unknown as CreateTransformJobCommandInput;

/** The log group of all transform jobs; a job's streams begin with its name and a slash. */
export const transformLogGroup = '/aws/sagemaker/TransformJobs';

/** Programs of one job; each costs the memory of a whole program. */
export const instanceCountMax = 8;

/** The variable of a job's Environment that says what a record that fails does: `fail` its object, or `skip` the record. */
export const recordErrorsVariable = 'LINNET_RECORD_ERRORS';

export const skipsRecordErrors = ({ Environment = {} }: CreateTransformJobCommandInput): boolean =>
  Environment[recordErrorsVariable] === 'skip';

/** Amazon's defaults, for what neither the request nor the program says. */
export const batchDefaults = { concurrent: 1, payloadMegabytes: 6 } as const;
/** The most that a job's requests to one instance may hold together. */
export const flyingMegabytesMax = 100;
