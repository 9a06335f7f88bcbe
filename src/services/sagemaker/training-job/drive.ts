import { Unavailable } from '../../../base/index.ts';
import type { Task } from '../../reconcile.ts';
import { pause } from '../../timers.ts';
import type { Context } from '../context.ts';
import { appendEvent, fold } from '../history.ts';
import { openHalting } from '../jobs/halting.ts';
import { isTerminal } from '../jobs/job-status.ts';
import { platformReason, quoting } from '../jobs/outcome.ts';
import { reportEnd } from '../jobs/report-end.ts';
import { type AttemptResult, runAttempt } from './attempt/attempt.ts';
import { type TrainingJobEvent, type TrainingJobState, trainingJobLifecycle } from './lifecycle.ts';
import { maxRuntimeSecondsDefault, requestOf, type TrainingJobBody } from './record.ts';

/** The number of attempts that a job may lose to accidents of the server before it fails. */
const lostMax = 3;
const retryDelayMs = 1_000;

/** An event as its author gives it: the time is added when it is written. */
type Untimed<Event> = Event extends { type: string; atMs: number } ? Omit<Event, 'atMs'> : never;

/** A job as its driver knows it: the state after the last read or write. */
interface Job {
  id: string;
  body: TrainingJobBody;
  createdAtMs: number;
  state: TrainingJobState;
  /** Adds an event; false when the life cycle refused it. Either way `state` is what the store holds. */
  write(event: Untimed<TrainingJobEvent>): Promise<boolean>;
}

/** Brings a training job from the state of its record to its end. Resolves early when the server stops. */
export async function driveTrainingJob(context: Context, task: Task): Promise<void> {
  while (!task.stopping.aborted) {
    const job = await readJob(context, task);
    if (job === undefined || isTerminal(job.state.status)) return;
    const { status, secondary, attempt } = job.state;
    if (status === 'Stopping') await job.write({ type: 'stopped', attempt, metrics: [] });
    else if (secondary === 'Starting' || secondary === 'Restarting') await attemptOnce(context, task, job);
    else await giveUpAttempt(job, 'The server ended while the job was running');
  }
}

async function readJob(context: Context, { id, stopping }: Task): Promise<Job | undefined> {
  const { records, timers, nowMs } = context;
  const record = await records.get<TrainingJobBody>('training-job', id);
  if (record === undefined) return undefined;
  const job: Job = {
    id,
    body: record.body,
    createdAtMs: record.createdAtMs,
    state: fold(trainingJobLifecycle, record.body.events),
    async write(event) {
      const outcome = await appendEvent<TrainingJobState, TrainingJobEvent, TrainingJobBody>(
        records,
        trainingJobLifecycle,
        id,
        () => ({ ...event, atMs: nowMs() }) as TrainingJobEvent,
        { patience: { timers, signal: stopping } },
      );
      if (outcome !== undefined) job.state = outcome.state;
      if (outcome?.applied) reportEnd(context, 'training-job', job, event);
      if (isTerminal(job.state.status)) wakeTuningJob(context, job.body);
      return outcome?.applied === true;
    },
  };
  return job;
}

/** A tuning job goes on when one of its trials ends. */
function wakeTuningJob({ changed }: Context, { tuningJobArn }: TrainingJobBody): void {
  if (tuningJobArn !== undefined) changed('hyper-parameter-tuning-job', tuningJobArn.replace(/^.*\//, ''));
}

/** Begins again with the next attempt, or fails the job when it has none left. */
async function giveUpAttempt({ state, write }: Job, why: string): Promise<void> {
  const { attempt, lost } = state;
  if (lost + 1 < lostMax) {
    await write({
      type: 'restarting',
      attempt,
      counted: true,
      reason: `${why}; it begins again (attempt ${attempt + 1})`,
    });
    return;
  }
  const reason = platformReason(
    'InternalServerError',
    `${why}, for the ${lostMax}rd time. Create the job again under another name; the server's log may tell why it ended`,
  );
  await write({ type: 'failed', attempt, reason, metrics: [] });
}

/** Waits for a slot, runs the job's program once and records the outcome. */
async function attemptOnce(context: Context, task: Task, job: Job): Promise<void> {
  const halting = openHalting(context, task, 'training-job');
  let cancelRuntime = (): void => undefined;
  const release = await context.slots.take(job.createdAtMs, halting.signal, shareOf(job.body));
  try {
    const { attempt } = job.state;
    if (release === undefined || !(await job.write({ type: 'downloading', attempt }))) return;
    cancelRuntime = halting.afterMs(runtimeLeftMs(job));
    const result = await runAttempt(context, {
      body: job.body,
      halted: halting.signal,
      stopping: task.stopping,
      async reached(stage, note) {
        if (stage === 'uploading') cancelRuntime();
        const moved = await job.write({
          type: stage,
          attempt,
          ...(stage === 'training' && note !== undefined && { note }),
        });
        if (!moved) halting.because('stop');
        return moved;
      },
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

/** With a RetryStrategy, MaxRuntimeInSeconds is the time of all attempts together. */
function runtimeLeftMs({ body, state }: Job): number {
  const { StoppingCondition, RetryStrategy } = requestOf(body);
  const wholeMs = (StoppingCondition?.MaxRuntimeInSeconds ?? maxRuntimeSecondsDefault) * 1000;
  return RetryStrategy === undefined ? wholeMs : Math.max(0, wholeMs - state.workedMs);
}

/** Why the job begins again after this failure; undefined unless its RetryStrategy allows that. */
function retryReason({ body, state }: Job, result: AttemptResult): string | undefined {
  const retriesMax = requestOf(body).RetryStrategy?.MaximumRetryAttempts ?? 0;
  if (result.type !== 'failed' || result.passing !== true || state.retried >= retriesMax) return undefined;
  return `${result.reason}; it begins again (retry ${state.retried + 1} of ${retriesMax})`;
}

/** The trials of a tuning job take one turn in the queue of jobs, and so do the jobs of each role. */
const shareOf = (body: TrainingJobBody): string => body.tuningJobArn ?? requestOf(body).RoleArn ?? '';

/** Records the outcome of an attempt. A stop that was requested meanwhile wins: the job is then Stopped, with its model. */
async function finish(job: Job, attempt: number, result: AttemptResult): Promise<void> {
  const { metrics } = result;
  const stored = result.artifact === undefined ? {} : { artifact: result.artifact };
  const retry = retryReason(job, result);
  const event = ((): Untimed<TrainingJobEvent> => {
    if (retry !== undefined) return { type: 'restarting', attempt, counted: false, retry: true, reason: retry };
    switch (result.type) {
      case 'completed':
        return { type: 'completed', attempt, artifact: result.artifact ?? '', metrics };
      case 'failed':
        return { type: 'failed', attempt, reason: result.reason, ...quoting(result), metrics };
      case 'interrupted':
        return {
          type: 'restarting',
          attempt,
          counted: false,
          reason: 'The server was stopped; the job begins again when it runs',
        };
      default:
        return { type: result.type, attempt, ...stored, metrics };
    }
  })();
  if (await job.write(event)) return;
  if (job.state.status === 'Stopping') await job.write({ type: 'stopped', attempt, ...stored, metrics });
}
