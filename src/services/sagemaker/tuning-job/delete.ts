import type { DeleteHyperParameterTuningJobCommandInput } from '@aws-sdk/client-sagemaker';
import { Conflict } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { terminalStatuses } from '../jobs/job-status.ts';
import { find, idOf, invalid, notFound } from '../resource.ts';
import { tagsRemove } from '../tags/tags.ts';
import type { TuningJobBody } from './record.ts';

/** Forgets a tuning job that ended and frees its name. Its training jobs, their models and logs stay, as at Amazon. */
export async function deleteHyperParameterTuningJob(
  { records }: Context,
  call: Call<DeleteHyperParameterTuningJobCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.HyperParameterTuningJobName ?? '';
  const kind = 'hyper-parameter-tuning-job';
  const { status, version } = await find<TuningJobBody>(records, call, kind, name);
  if (!terminalStatuses.includes(status))
    throw invalid(
      `The request was rejected because the hyperparameter tuning job is in status ${status}; stop it first.`,
    );
  try {
    await records.write([{ remove: { kind, id: idOf(name) }, expect: version }, tagsRemove(kind, idOf(name))]);
  } catch (thrown) {
    // A tuning job that ended never changes, so another request removed it.
    if (thrown instanceof Conflict) throw notFound(call, kind, name);
    throw thrown;
  }
  return {};
}
