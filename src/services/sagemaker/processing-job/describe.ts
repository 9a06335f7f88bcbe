import type { DescribeProcessingJobCommandInput, DescribeProcessingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import type { JobBody } from '../jobs/driving/drive-job.ts';
import { findHeld } from '../jobs/driving/find-held.ts';
import { jobLifecycle } from '../jobs/driving/lifecycle.ts';
import { completed, requestOf } from './record.ts';

const dateOf = (timeMs: number | undefined): Date | undefined => (timeMs === undefined ? undefined : new Date(timeMs));

/** Everything about a job. For a caller that would sleep meanwhile, the answer waits for the job's end. */
export async function describeProcessingJob(
  context: Context,
  call: Call<DescribeProcessingJobCommandInput>,
): Promise<Answer> {
  const name = call.input.ProcessingJobName ?? '';
  return processingJobDescription(await findHeld<JobBody>(context, call, 'processing-job', name));
}

type Answer = Omit<DescribeProcessingJobCommandOutput, '$metadata'>;

/** What a Describe answers, for a record. */
export function processingJobDescription({ body, createdAtMs }: RecordOf<JobBody>): Answer {
  const state = fold(jobLifecycle('processing-job'), body.events);
  return {
    ProcessingJobName: body.name,
    ProcessingJobArn: body.arn,
    ...completed(requestOf(body)),
    ProcessingJobStatus: state.status,
    ExitMessage: state.exitMessage,
    FailureReason: state.failureReason,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    ProcessingStartTime: dateOf(state.startedMs),
    ProcessingEndTime: dateOf(state.endedMs),
  };
}
