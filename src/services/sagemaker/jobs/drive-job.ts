import type { JsonObject } from '../../../base/index.ts';
import { Unavailable } from '../../../base/index.ts';
import type { Task } from '../../reconcile.ts';
import { pause } from '../../timers.ts';
import type { Context } from '../context.ts';
import { appendEvent, fold } from '../history.ts';
import { openHalting } from './halting.ts';
import type { JobKind } from './job-kinds.ts';
import { isTerminal } from './job-status.ts';
import { type JobEvent, type JobState, jobLifecycle } from './lifecycle.ts';
import { type Outcome, platformReason, quoting } from './outcome.ts';
import { reportEnd } from './report-end.ts';

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
  /**
   * Does the work once. Does not throw for anything that data, program or disk do: that is the result. Rejects with
   * `Unavailable` when trying again may help.
   */
  run(context: Context, attempt: JobAttempt): Promise<JobResult>;
}

/** The number of attempts that a job may lose to accidents of the server before it fails. */
const lostMax = 3;
const retryDelayMs = 1_000;

/** An event as its author gives it: the time is added when it is written. */
type Untimed<Event> = Event extends { type: string; atMs: number } ? Omit<Event, 'atMs'> : never;

/** A job as its driver knows it: the state after the last read or write. */
interface Job {
  body: JobBody;
  createdAtMs: number;
  state: JobState;
  /** Adds an event; false when the life cycle refused it. Either way `state` is what the store holds. */
  write(event: Untimed<JobEvent>): Promise<boolean>;
}

/** Brings a job from the state of its record to its end. Resolves early when the server stops. */
export async function driveJob(context: Context, task: Task, work: JobWork): Promise<void> {
  while (!task.stopping.aborted) {
    const job = await readJob(context, task, work.kind);
    if (job === undefined || isTerminal(job.state.status)) return;
    const { status, running, attempt } = job.state;
    if (status === 'Stopping') await job.write({ type: 'stopped', attempt });
    else if (running) await giveUpAttempt(job, 'The server ended while the job was running');
    else await attemptOnce(context, task, job, work);
  }
}

async function readJob(context: Context, { id, stopping }: Task, kind: JobKind): Promise<Job | undefined> {
  const { records, timers, nowMs } = context;
  const lifecycle = jobLifecycle(kind);
  const record = await records.get<JobBody>(kind, id);
  if (record === undefined) return undefined;
  const job: Job = {
    body: record.body,
    createdAtMs: record.createdAtMs,
    state: fold(lifecycle, record.body.events),
    async write(event) {
      const outcome = await appendEvent<JobState, JobEvent, JobBody>(
        records,
        lifecycle,
        id,
        () => ({ ...event, atMs: nowMs() }) as JobEvent,
        { patience: { timers, signal: stopping } },
      );
      if (outcome !== undefined) job.state = outcome.state;
      if (outcome?.applied) reportEnd(context, kind, job, event);
      return outcome?.applied === true;
    },
  };
  return job;
}

/** Begins again with the next attempt, or fails the job when it has none left. */
async function giveUpAttempt({ state, write }: Job, why: string): Promise<void> {
  const { attempt, lost } = state;
  if (lost + 1 < lostMax) {
    const reason = `${why}; it begins again (attempt ${attempt + 1})`;
    await write({ type: 'restarting', attempt, counted: true, reason });
    return;
  }
  const reason = platformReason(
    'InternalServerError',
    `${why}, for the ${lostMax}rd time. Create the job again under another name; the server's log may tell why it ended`,
  );
  await write({ type: 'failed', attempt, reason });
}

/** Waits for a slot, does the work once and records the outcome. */
async function attemptOnce(context: Context, task: Task, job: Job, work: JobWork): Promise<void> {
  const halting = openHalting(context, task, work.kind);
  let cancelRuntime = (): void => undefined;
  const release = await context.slots.take(job.createdAtMs, halting.signal, roleOf(job.body));
  try {
    const { attempt } = job.state;
    if (release === undefined || !(await job.write({ type: 'started', attempt }))) return;
    const maxRuntimeSeconds = work.maxRuntimeSeconds(job.body);
    if (maxRuntimeSeconds !== undefined) cancelRuntime = halting.afterMs(maxRuntimeSeconds * 1000);
    const result = await work.run(context, {
      body: job.body,
      attempt,
      startedMs: job.state.startedMs ?? context.nowMs(),
      halted: halting.signal,
      stopping: task.stopping,
    });
    await finish(job, attempt, result);
  } catch (thrown) {
    if (!(thrown instanceof Unavailable) || !thrown.retry) throw thrown;
    await giveUpAttempt(job, thrown.message);
    await pause(context.timers, retryDelayMs, halting.signal);
  } finally {
    cancelRuntime();
    halting.close();
    release?.();
  }
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
      return {
        type: 'restarting',
        attempt,
        counted: false,
        reason: 'The server was stopped; the job begins again when it runs',
      };
    default:
      return { type: result.type, attempt, ...said };
  }
}
