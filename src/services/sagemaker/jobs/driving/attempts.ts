import { Unavailable } from '../../../../base/index.ts';
import type { Task } from '../../../reconcile.ts';
import { pause } from '../../../timers.ts';
import type { Context } from '../../context.ts';
import type { JobKind } from '../job-kinds.ts';
import { platformReason } from '../programs/outcome.ts';
import { type Halting, openHalting } from './halting.ts';

/** The number of attempts that a job may lose to accidents of the server before it fails. */
const lostMax = 3;
const retryDelayMs = 1_000;

/** How an attempt that was lost is written down. */
export type LostEvent =
  | { type: 'restarting'; attempt: number; counted: true; reason: string }
  | { type: 'failed'; attempt: number; reason: string };

/** An attempt that a stopping server cuts off costs the job nothing. */
export const interruption = (attempt: number) =>
  ({
    type: 'restarting',
    attempt,
    counted: false,
    reason: 'The server was stopped; the job begins again when it runs',
  }) as const;

/** Begins again with the next attempt, or fails the job when it has none left. */
export const lostAttempt = ({ attempt, lost }: { attempt: number; lost: number }, why: string): LostEvent =>
  lost + 1 < lostMax
    ? { type: 'restarting', attempt, counted: true, reason: `${why}; it begins again (attempt ${attempt + 1})` }
    : {
        type: 'failed',
        attempt,
        reason: platformReason(
          'InternalServerError',
          `${why}, for the ${lostMax}rd time. Create the job again under another name; the server's log may tell why it ended`,
        ),
      };

/** One attempt of a job, as its kind does it. */
export interface AttemptSteps {
  kind: JobKind;
  createdAtMs: number;
  /** The jobs of one share take one turn in the queue. */
  share: string;
  /** Writes that the attempt has begun; false when the life cycle refuses. */
  begin(): Promise<boolean>;
  /** Asked once it has begun; undefined for jobs that may run for ever. */
  maxRuntimeMs(): number | undefined;
  /** Does the work and writes how it ended. Rejects with `Unavailable` when trying again may help. */
  work(halting: Halting, cancelRuntime: () => void): Promise<void>;
  giveUp(why: string): Promise<unknown>;
}

/** Waits for a slot and does the work once. */
export async function attemptOnce(context: Context, task: Task, steps: AttemptSteps): Promise<void> {
  const halting = openHalting(context, task, steps.kind);
  let cancelRuntime = (): void => undefined;
  const release = await context.slots.take(steps.createdAtMs, halting.signal, steps.share);
  try {
    if (release === undefined || !(await steps.begin())) return;
    const maxRuntimeMs = steps.maxRuntimeMs();
    if (maxRuntimeMs !== undefined) cancelRuntime = halting.afterMs(maxRuntimeMs);
    await steps.work(halting, cancelRuntime);
  } catch (thrown) {
    if (!(thrown instanceof Unavailable) || !thrown.retry) throw thrown;
    await steps.giveUp(thrown.message);
    await pause(context.timers, retryDelayMs, halting.signal);
  } finally {
    cancelRuntime();
    halting.close();
    release?.();
  }
}
