import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import { readJob, type StoredJob } from '../jobs/driving/stored-job.ts';
import type { Place } from '../resource.ts';
import { type TuningJobEvent, type TuningJobState, tuningJobLifecycle } from './lifecycle.ts';
import type { TuningJobBody } from './record.ts';

export type TuningJob = StoredJob<TuningJobState, TuningJobEvent, TuningJobBody>;

export const readTuningJob = (context: Context, task: Task): Promise<TuningJob | undefined> =>
  readJob(context, task, tuningJobLifecycle);

/** Where the trials of a tuning job are made. */
export const trialsPlace = ({ region, arn }: TuningJobBody): Place => ({ region, accountId: arn.split(':')[4] ?? '' });
