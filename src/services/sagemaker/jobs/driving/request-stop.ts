import type { Context } from '../../context.ts';
import { appendEvent } from '../../history.ts';
import { kinds } from '../../kinds.ts';
import { idOf, invalid, notFound, type Origin } from '../../resource.ts';
import type { JobKind } from '../job-kinds.ts';
import type { JobBody } from './drive-job.ts';
import { type JobEvent, type JobState, jobLifecycle } from './lifecycle.ts';

/** Asks a job to end; its driver does the rest. Throws AWS's text for a job that is not in progress. */
export async function requestJobStop(context: Context, origin: Origin, kind: JobKind, name: string): Promise<void> {
  const outcome = await appendEvent<JobState, JobEvent, JobBody>(
    context.records,
    jobLifecycle(kind),
    idOf(name),
    () => ({ type: 'stop-requested', atMs: origin.nowMs }),
  );
  if (outcome === undefined) throw notFound(origin, kind, name);
  if (!outcome.applied)
    throw invalid(`The request was rejected because the ${kinds[kind].one} is in status ${outcome.state.status}.`);
  context.changed(kind, idOf(name));
}
