import type { DeleteTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { removeJob } from '../jobs/driving/remove-job.ts';

/** Forgets a finished job and frees its name. Its model and its logs stay. */
export async function deleteTrainingJob(
  context: Context,
  call: Call<DeleteTrainingJobCommandInput>,
): Promise<Record<string, never>> {
  await removeJob(context, call, 'training-job', call.input.TrainingJobName ?? '');
  return {};
}
