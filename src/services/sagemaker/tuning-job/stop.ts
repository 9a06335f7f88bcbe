import type { StopHyperParameterTuningJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { appendEvent } from '../history.ts';
import { idOf, invalid, notFound, type Origin } from '../resource.ts';
import { type TuningJobEvent, type TuningJobState, tuningJobLifecycle } from './lifecycle.ts';
import type { TuningJobBody } from './record.ts';

/** Asks a tuning job to end: its driver stops the trials that run. */
export async function stopHyperParameterTuningJob(
  context: Context,
  call: Call<StopHyperParameterTuningJobCommandInput>,
): Promise<Record<string, never>> {
  await requestTuningStop(context, call, call.input.HyperParameterTuningJobName ?? '');
  return {};
}

/** The same without a request, for code that made the job. */
export async function requestTuningStop(context: Context, origin: Origin, name: string): Promise<void> {
  const kind = 'hyper-parameter-tuning-job';
  const outcome = await appendEvent<TuningJobState, TuningJobEvent, TuningJobBody>(
    context.records,
    tuningJobLifecycle,
    idOf(name),
    () => ({ type: 'stop-requested', atMs: origin.nowMs }),
  );
  if (outcome === undefined) throw notFound(origin, kind, name);
  if (!outcome.applied)
    throw invalid(
      `The request was rejected because the hyperparameter tuning job is in status ${outcome.state.status}.`,
    );
  context.changed(kind, idOf(name));
}
