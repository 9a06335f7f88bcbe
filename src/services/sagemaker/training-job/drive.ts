import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import { inRole } from '../in-role.ts';
import { attemptOnce, interruption, lostAttempt } from '../jobs/driving/attempts.ts';
import { reportEnd } from '../jobs/driving/report-end.ts';
import { readJob, type StoredJob, type Untimed } from '../jobs/driving/stored-job.ts';
import { isTerminal } from '../jobs/job-status.ts';
import { quoting } from '../jobs/programs/outcome.ts';
import { type AttemptResult, runAttempt } from './attempt/attempt.ts';
import { type TrainingJobEvent, type TrainingJobState, trainingJobLifecycle } from './lifecycle.ts';
import { maxRuntimeSecondsDefault, requestOf, type TrainingJobBody } from './record.ts';

type Job = StoredJob<TrainingJobState, TrainingJobEvent, TrainingJobBody>;

/** Brings a training job from the state of its record to its end. Resolves early when the server stops. */
export async function driveTrainingJob(context: Context, task: Task): Promise<void> {
  while (!task.stopping.aborted) {
    const job: Job | undefined = await readJob(context, task, trainingJobLifecycle, (written: Job, event, applied) => {
      if (applied) reportEnd(context, 'training-job', written, event);
      if (isTerminal(written.state.status)) wakeTuningJob(context, written.body);
    });
    if (job === undefined || isTerminal(job.state.status)) return;
    const { status, secondary, attempt } = job.state;
    if (status === 'Stopping') await job.write({ type: 'stopped', attempt, metrics: [] });
    else if (secondary === 'Starting' || secondary === 'Restarting') await tryOnce(context, task, job);
    else await giveUp(job, 'The server ended while the job was running');
  }
}

/** A tuning job goes on when one of its trials ends. */
function wakeTuningJob({ changed }: Context, { tuningJobArn }: TrainingJobBody): void {
  if (tuningJobArn !== undefined) changed('hyper-parameter-tuning-job', tuningJobArn.replace(/^.*\//, ''));
}

function tryOnce(context: Context, task: Task, job: Job): Promise<void> {
  const { attempt } = job.state;
  return attemptOnce(context, task, {
    kind: 'training-job',
    createdAtMs: job.createdAtMs,
    share: shareOf(job.body),
    begin: () => job.write({ type: 'downloading', attempt }),
    maxRuntimeMs: () => runtimeLeftMs(job),
    async work(halting, cancelRuntime) {
      const result = await runAttempt(inRole(context, requestOf(job.body).RoleArn), {
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
    },
    giveUp: (why) => giveUp(job, why),
  });
}

function giveUp({ state, write }: Job, why: string): Promise<boolean> {
  const event = lostAttempt(state, why);
  return write(event.type === 'failed' ? { ...event, metrics: [] } : event);
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
        return interruption(attempt);
      default:
        return { type: result.type, attempt, ...stored, metrics };
    }
  })();
  if (await job.write(event)) return;
  if (job.state.status === 'Stopping') await job.write({ type: 'stopped', attempt, ...stored, metrics });
}
