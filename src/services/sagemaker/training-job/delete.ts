import type { DeleteTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { Conflict } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { terminalStatuses } from '../jobs/job-status.ts';
import { find, idOf, invalid, notFound } from '../resource.ts';
import { tagsRemove } from '../tags/tags.ts';
import type { TrainingJobBody } from './record.ts';

/** Forgets a finished job and frees its name. Its model and its logs stay, as at Amazon. */
export async function deleteTrainingJob(
  { records }: Context,
  call: Call<DeleteTrainingJobCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.TrainingJobName ?? '';
  const { status, version } = await find<TrainingJobBody>(records, call, 'training-job', name);
  if (!terminalStatuses.includes(status)) {
    throw invalid(`The request was rejected because the training job is in status ${status}.`);
  }
  const id = idOf(name);
  try {
    await records.write([{ remove: { kind: 'training-job', id }, expect: version }, tagsRemove('training-job', id)]);
  } catch (thrown) {
    // A finished job never changes, so another request removed it.
    if (thrown instanceof Conflict) throw notFound(call, 'training-job', name);
    throw thrown;
  }
  return {};
}
