import { messageOf } from '../../../../base/index.ts';
import type { Task } from '../../../reconcile.ts';
import type { Context } from '../../context.ts';
import type { DrivenKind } from '../../kinds.ts';
import type { Halt } from '../programs/outcome.ts';

/** The causes that may end an attempt of a job before its program ends by itself. */
export interface Halting {
  /** Aborted with a `Halt` as its reason: the first that came. */
  signal: AbortSignal;
  because(why: Halt): void;
  /** Halts it after its maximum runtime; returns the function that cancels that. */
  afterMs(delayMs: number): () => void;
  close(): void;
}

/** Halts an attempt when its server stops, and when its job is asked to stop or is gone. */
export function openHalting(context: Context, task: Task, kind: DrivenKind): Halting {
  const halt = new AbortController();
  const because = (why: Halt): void => {
    if (!halt.signal.aborted) halt.abort(why);
  };
  const shutdown = (): void => because('shutdown');
  task.stopping.addEventListener('abort', shutdown, { once: true });
  if (task.stopping.aborted) shutdown();
  const lookForStop = (): void => {
    context.records
      .get(kind, task.id)
      .then((record) => {
        if (record === undefined || record.status === 'Stopping') because('stop');
      })
      // The next change reads again, and the attempt's own next write sees the state anyway.
      .catch((cause: unknown) =>
        context.log(`The state of ${kind} "${task.id}" could not be read: ${messageOf(cause)}`),
      );
  };
  const ignore = task.onChange(lookForStop);
  lookForStop();
  return {
    signal: halt.signal,
    because,
    afterMs: (delayMs) => afterLong(context, delayMs, () => because('runtime')),
    close() {
      ignore();
      task.stopping.removeEventListener('abort', shutdown);
    },
  };
}

export const haltOf = (signal: AbortSignal): Halt | undefined => (signal.aborted ? (signal.reason as Halt) : undefined);

/** A timer's longest delay is 2^31 - 1 ms, less than 25 days; a job may run for 28. */
const delayMaxMs = 1_000_000_000;

function afterLong({ timers }: Context, delayMs: number, run: () => void): () => void {
  let cancel = (): void => undefined;
  const wait = (leftMs: number): void => {
    cancel = timers.after(Math.min(leftMs, delayMaxMs), () =>
      leftMs > delayMaxMs ? wait(leftMs - delayMaxMs) : run(),
    );
  };
  wait(delayMs);
  return () => cancel();
}
