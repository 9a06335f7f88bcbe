import type { Task } from '../../../reconcile.ts';
import type { Context } from '../../context.ts';
import type { ResourceKind } from '../../kinds.ts';

/** Wakes the driver of a resource that makes jobs when there may be something to do. */
export interface Alarm {
  wake(): void;
  /** Resolves after something happened since the last call, or at the time given. */
  wait(untilMs: number | undefined): Promise<void>;
  close(): void;
}

/** A timer's longest delay is 2^31 - 1 ms, less than 25 days. */
const delayMaxMs = 1_000_000_000;

/** The jobs to look out for. */
export interface Watched {
  kinds: readonly ResourceKind[];
  concerns(id: string): boolean;
}

export function openAlarm({ records, timers, nowMs }: Context, task: Task, { kinds, concerns }: Watched): Alarm {
  let rung = false;
  let ring = (): void => undefined;
  const wake = (): void => {
    rung = true;
    ring();
  };
  const unwatch = kinds.map((kind) =>
    records.watch(kind, (id) => {
      if (concerns(id)) wake();
    }),
  );
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
      for (const end of unwatch) end();
      ignore();
      task.stopping.removeEventListener('abort', wake);
    },
  };
}
