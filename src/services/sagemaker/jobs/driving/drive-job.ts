import type { JsonObject } from '../../../../base/index.ts';
import type { Task } from '../../../reconcile.ts';
import type { Context } from '../../context.ts';
import { inRole } from '../../in-role.ts';
import type { JobKind } from '../job-kinds.ts';
import { isTerminal } from '../job-status.ts';
import { type Outcome, quoting } from '../programs/outcome.ts';
import { attemptOnce, interruption, lostAttempt } from './attempts.ts';
import { type JobEvent, type JobState, jobLifecycle } from './lifecycle.ts';
import { reportEnd } from './report-end.ts';
import { readJob, type StoredJob, type Untimed } from './stored-job.ts';

/** The record of a job of this life cycle: the request as sent, and all events since. */
export type JobBody = {
  name: string;
  arn: string;
  region: string;
  request: JsonObject;
  events: JobEvent[];
};

/** One attempt to do a job's work, and the signals that may end it. */
export interface JobAttempt {
  body: JobBody;
  /** From 1. */
  attempt: number;
  /** When it began. */
  startedMs: number;
  /** Aborted with a `Halt` as its reason. */
  halted: AbortSignal;
  /** Aborted when the server stops, whatever halted the work before. */
  stopping: AbortSignal;
}

export type JobResult = Outcome & { exitMessage?: string };

/** What a kind of jobs does. */
export interface JobWork {
  kind: JobKind;
  /** Undefined for jobs that may run for ever. */
  maxRuntimeSeconds(body: JobBody): number | undefined;
  /** The role that the job acts in. */
  roleOf(context: Context, body: JobBody): Promise<string | undefined>;
  /**
   * Does the work once. Does not throw for anything that data, program or disk do: that is the result. Rejects with
   * `Unavailable` when trying again may help.
   */
  run(context: Context, attempt: JobAttempt): Promise<JobResult>;
}

type Job = StoredJob<JobState, JobEvent, JobBody>;

/** Brings a job from the state of its record to its end. Resolves early when the server stops. */
export async function driveJob(context: Context, task: Task, work: JobWork): Promise<void> {
  while (!task.stopping.aborted) {
    const job = await readJob<JobState, JobEvent, JobBody>(
      context,
      task,
      jobLifecycle(work.kind),
      (written, event, applied) => {
        if (applied) reportEnd(context, work.kind, written, event);
      },
    );
    if (job === undefined || isTerminal(job.state.status)) return;
    const { status, running, attempt } = job.state;
    if (status === 'Stopping') await job.write({ type: 'stopped', attempt });
    else if (running) await job.write(lostAttempt(job.state, 'The server ended while the job was running'));
    else await tryOnce(context, task, job, work);
  }
}

function tryOnce(context: Context, task: Task, job: Job, work: JobWork): Promise<void> {
  const { attempt } = job.state;
  return attemptOnce(context, task, {
    kind: work.kind,
    createdAtMs: job.createdAtMs,
    share: roleOf(job.body),
    begin: () => job.write({ type: 'started', attempt }),
    maxRuntimeMs() {
      const seconds = work.maxRuntimeSeconds(job.body);
      return seconds === undefined ? undefined : seconds * 1000;
    },
    async work(halting) {
      const result = await work.run(inRole(context, await work.roleOf(context, job.body)), {
        body: job.body,
        attempt,
        startedMs: job.state.startedMs ?? context.nowMs(),
        halted: halting.signal,
        stopping: task.stopping,
      });
      await finish(job, attempt, result);
    },
    giveUp: (why) => job.write(lostAttempt(job.state, why)),
  });
}

/** The jobs of a role take one turn in the queue of jobs. */
const roleOf = ({ request: { RoleArn: role } }: JobBody): string => (typeof role === 'string' ? role : '');

/** Records the outcome of an attempt. A stop that was requested meanwhile wins. */
async function finish(job: Job, attempt: number, result: JobResult): Promise<void> {
  const said = result.exitMessage === undefined ? {} : { exitMessage: result.exitMessage };
  if (await job.write(eventOf(attempt, result, said))) return;
  if (job.state.status === 'Stopping') await job.write({ type: 'stopped', attempt, ...said });
}

function eventOf(attempt: number, result: JobResult, said: { exitMessage?: string }): Untimed<JobEvent> {
  switch (result.type) {
    case 'failed':
      return { type: 'failed', attempt, reason: result.reason, ...quoting(result), ...said };
    case 'interrupted':
      return interruption(attempt);
    default:
      return { type: result.type, attempt, ...said };
  }
}
