import type { StopTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { appendEvent } from '../history.ts';
import { idOf, invalid, notFound, type Origin } from '../resource.ts';
import { type TrainingJobEvent, type TrainingJobState, trainingJobLifecycle } from './lifecycle.ts';
import type { TrainingJobBody } from './record.ts';

/** Asks a running job to end; its driver does the rest. Throws AWS's text for a job that is not in progress. */
export async function stopTrainingJob(
  context: Context,
  call: Call<StopTrainingJobCommandInput>,
): Promise<Record<string, never>> {
  await requestStop(context, call, call.input.TrainingJobName ?? '');
  return {};
}

/** The same without a request, for code that made the job. */
export async function requestStop(context: Context, origin: Origin, name: string): Promise<void> {
  const outcome = await appendEvent<TrainingJobState, TrainingJobEvent, TrainingJobBody>(
    context.records,
    trainingJobLifecycle,
    idOf(name),
    () => ({
      type: 'stop-requested',
      atMs: origin.nowMs,
    }),
  );
  if (outcome === undefined) throw notFound(origin, 'training-job', name);
  if (!outcome.applied)
    throw invalid(`The request was rejected because the training job is in status ${outcome.state.status}.`);
  context.changed('training-job', idOf(name));
}
