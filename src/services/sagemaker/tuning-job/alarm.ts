import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';

/** Wakes the driver of a tuning job when there may be something to do. */
export interface Alarm {
  wake(): void;
  /** Resolves after something happened since the last call, or at the time given. */
  wait(untilMs: number | undefined): Promise<void>;
  close(): void;
}

/** A timer's longest delay is 2^31 - 1 ms, less than 25 days. */
const delayMaxMs = 1_000_000_000;

/** `jobPrefix`: how the ids of the trials' training jobs begin. */
export function openAlarm({ records, timers, nowMs }: Context, task: Task, jobPrefix: string): Alarm {
  let rung = false;
  let ring = (): void => undefined;
  const wake = (): void => {
    rung = true;
    ring();
  };
  const unwatch = records.watch('training-job', (id) => {
    if (id.startsWith(jobPrefix)) wake();
  });
  const ignore = task.onChange(wake);
  task.stopping.addEventListener('abort', wake, { once: true });
  return {
    wake,
    async wait(untilMs) {
      const cancel =
        untilMs === undefined ? undefined : timers.after(Math.min(delayMaxMs, Math.max(0, untilMs - nowMs())), wake);
      if (!rung && !task.stopping.aborted)
        await new Promise<void>((resolve) => {
          ring = resolve;
        });
      cancel?.();
      rung = false;
    },
    close() {
      unwatch();
      ignore();
      task.stopping.removeEventListener('abort', wake);
    },
  };
}
