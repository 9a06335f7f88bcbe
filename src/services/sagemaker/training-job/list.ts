import type { ListTrainingJobsCommandInput, ListTrainingJobsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { listPage } from '../paging.ts';
import { trainingJobLifecycle } from './lifecycle.ts';
import type { TrainingJobBody } from './record.ts';

/** One page of jobs, newest first unless asked otherwise. No job has a warm pool or a training plan. */
export async function listTrainingJobs(
  { records }: Context,
  { input }: Call<ListTrainingJobsCommandInput>,
): Promise<Omit<ListTrainingJobsCommandOutput, '$metadata'>> {
  if (input.WarmPoolStatusEquals !== undefined || input.TrainingPlanArnEquals !== undefined)
    return { TrainingJobSummaries: [] };
  const page = await listPage<TrainingJobBody>(records, 'training-job', input);
  const summaries = page.records.map(({ body, createdAtMs }) => {
    const state = fold(trainingJobLifecycle, body.events);
    return {
      TrainingJobName: body.name,
      TrainingJobArn: body.arn,
      CreationTime: new Date(createdAtMs),
      TrainingEndTime: state.endedMs === undefined ? undefined : new Date(state.endedMs),
      LastModifiedTime: new Date(state.modifiedMs),
      TrainingJobStatus: state.status,
      SecondaryStatus: state.secondary,
    };
  });
  return { TrainingJobSummaries: summaries, NextToken: page.nextToken };
}
