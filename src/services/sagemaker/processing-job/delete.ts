import type { DeleteProcessingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { removeJob } from '../jobs/driving/remove-job.ts';

/** Forgets a finished job and frees its name. Its outputs and its logs stay. */
export async function deleteProcessingJob(
  context: Context,
  call: Call<DeleteProcessingJobCommandInput>,
): Promise<Record<string, never>> {
  await removeJob(context, call, 'processing-job', call.input.ProcessingJobName ?? '');
  return {};
}
