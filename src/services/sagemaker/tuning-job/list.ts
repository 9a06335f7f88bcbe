import type {
  ListHyperParameterTuningJobsCommandInput,
  ListHyperParameterTuningJobsCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { listPage } from '../paging.ts';
import { objectiveCounters, trainingJobCounters } from './describe.ts';
import { tuningJobLifecycle } from './lifecycle.ts';
import { requestOf, type TuningJobBody } from './record.ts';

/** One page of tuning jobs, newest first unless asked otherwise. */
export async function listHyperParameterTuningJobs(
  { records }: Context,
  { input }: Call<ListHyperParameterTuningJobsCommandInput>,
): Promise<Omit<ListHyperParameterTuningJobsCommandOutput, '$metadata'>> {
  const page = await listPage<TuningJobBody>(records, 'hyper-parameter-tuning-job', input);
  const summaries = page.records.map(({ body, createdAtMs }) => {
    const state = fold(tuningJobLifecycle, body.events);
    const config = requestOf(body).HyperParameterTuningJobConfig;
    return {
      HyperParameterTuningJobName: body.name,
      HyperParameterTuningJobArn: body.arn,
      HyperParameterTuningJobStatus: state.status,
      Strategy: config?.Strategy,
      CreationTime: new Date(createdAtMs),
      HyperParameterTuningEndTime: state.endedMs === undefined ? undefined : new Date(state.endedMs),
      LastModifiedTime: new Date(state.modifiedMs),
      TrainingJobStatusCounters: trainingJobCounters(state),
      ObjectiveStatusCounters: objectiveCounters(state),
      ResourceLimits: config?.ResourceLimits,
    };
  });
  return { HyperParameterTuningJobSummaries: summaries, NextToken: page.nextToken };
}
