import type { ListTransformJobsCommandInput, ListTransformJobsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { jobLifecycle } from '../jobs/driving/lifecycle.ts';
import { listPage } from '../paging.ts';
import type { TransformJobBody } from './record.ts';

/** One page of jobs, newest first unless asked otherwise. */
export async function listTransformJobs(
  { records }: Context,
  { input }: Call<ListTransformJobsCommandInput>,
): Promise<Omit<ListTransformJobsCommandOutput, '$metadata'>> {
  const page = await listPage<TransformJobBody>(records, 'transform-job', input);
  const summaries = page.records.map(({ body, createdAtMs }) => {
    const state = fold(jobLifecycle('transform-job'), body.events);
    return {
      TransformJobName: body.name,
      TransformJobArn: body.arn,
      CreationTime: new Date(createdAtMs),
      TransformEndTime: state.endedMs === undefined ? undefined : new Date(state.endedMs),
      LastModifiedTime: new Date(state.modifiedMs),
      TransformJobStatus: state.status,
      FailureReason: state.failureReason,
    };
  });
  return { TransformJobSummaries: summaries, NextToken: page.nextToken };
}
