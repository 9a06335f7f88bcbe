import type { StopProcessingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { requestJobStop } from '../jobs/driving/request-stop.ts';

/** Asks a running job to end; its driver does the rest. Throws AWS's text for a job that is not in progress. */
export async function stopProcessingJob(
  context: Context,
  call: Call<StopProcessingJobCommandInput>,
): Promise<Record<string, never>> {
  await requestJobStop(context, call, 'processing-job', call.input.ProcessingJobName ?? '');
  return {};
}
