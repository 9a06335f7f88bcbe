import type { StopTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { requestJobStop } from '../jobs/driving/request-stop.ts';

/** Asks a running job to end; its driver does the rest. Throws AWS's text for a job that is not in progress. */
export async function stopTransformJob(
  context: Context,
  call: Call<StopTransformJobCommandInput>,
): Promise<Record<string, never>> {
  await requestJobStop(context, call, 'transform-job', call.input.TransformJobName ?? '');
  return {};
}
