import type { ListProcessingJobsCommandInput, ListProcessingJobsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import type { JobBody } from '../jobs/driving/drive-job.ts';
import { jobLifecycle } from '../jobs/driving/lifecycle.ts';
import { listPage } from '../paging.ts';

/** One page of jobs, newest first unless asked otherwise. */
export async function listProcessingJobs(
  { records }: Context,
  { input }: Call<ListProcessingJobsCommandInput>,
): Promise<Omit<ListProcessingJobsCommandOutput, '$metadata'>> {
  const page = await listPage<JobBody>(records, 'processing-job', input);
  const summaries = page.records.map(({ body, createdAtMs }) => {
    const state = fold(jobLifecycle('processing-job'), body.events);
    return {
      ProcessingJobName: body.name,
      ProcessingJobArn: body.arn,
      CreationTime: new Date(createdAtMs),
      ProcessingEndTime: state.endedMs === undefined ? undefined : new Date(state.endedMs),
      LastModifiedTime: new Date(state.modifiedMs),
      ProcessingJobStatus: state.status,
      FailureReason: state.failureReason,
      ExitMessage: state.exitMessage,
    };
  });
  return { ProcessingJobSummaries: summaries, NextToken: page.nextToken };
}
