import { setMaxListeners } from 'node:events';
import { messageOf } from '../base/index.ts';
import type { Records } from '../store/index.ts';
import { everyRecord } from './every-record.ts';
import { pause, type Timers } from './timers.ts';

/** One resource in the hands of its driver. */
export interface Task {
  id: string;
  /** Aborted when the server stops: the driver leaves a state from which the next start continues. */
  stopping: AbortSignal;
  /** Calls back after each change of the resource; returns the function that ends that. */
  onChange(listener: () => void): () => void;
}

export interface Reconciler {
  /** Continues everything that an earlier server left unfinished. */
  start(): Promise<void>;
  /** Drives the resource now, or notifies the driver that has it. */
  changed(id: string): void;
  /** Ends all drivers; resolves when none is left. */
  stop(): Promise<void>;
}

export interface ReconcilerOptions {
  records: Records;
  kind: string;
  /** Statuses in which there may be something to do when the server starts. */
  statuses: readonly string[];
  /** Does what the resource needs now and resolves when nothing is left to do. A call without need must do nothing. */
  drive(task: Task): Promise<void>;
  timers: Timers;
  log(text: string, details?: Record<string, unknown>): void;
}

const backoffMaxMs = 10_000;

/**
 * The loop that brings resources of one kind to the state of their records. Each has at most one driver at a time; a
 * driver that throws is called again after a growing pause.
 */
export function createReconciler({ records, kind, statuses, drive, timers, log }: ReconcilerOptions): Reconciler {
  const halt = new AbortController();
  // Every resource that is driven listens, however many they are: no leak that Node should warn of.
  setMaxListeners(0, halt.signal);
  const driven = new Map<string, { again: boolean; listeners: Set<() => void>; done: Promise<void> }>();
  let unwatch = (): void => undefined;

  const run = async (id: string): Promise<void> => {
    const own = driven.get(id)!;
    const task: Task = {
      id,
      stopping: halt.signal,
      onChange(listener) {
        own.listeners.add(listener);
        return () => void own.listeners.delete(listener);
      },
    };
    let delayMs = 100;
    do {
      own.again = false;
      try {
        await drive(task);
      } catch (thrown) {
        log(`Driving ${kind} "${id}" failed; it is tried again in ${delayMs} ms: ${messageOf(thrown)}`, {
          error: thrown,
        });
        await pause(timers, delayMs, halt.signal);
        delayMs = Math.min(delayMs * 2, backoffMaxMs);
        own.again = true;
      }
    } while (own.again && !halt.signal.aborted);
    driven.delete(id);
  };
  const changed = (id: string): void => {
    if (halt.signal.aborted) return;
    const own = driven.get(id);
    if (own !== undefined) {
      own.again = true;
      for (const listener of [...own.listeners]) listener();
      return;
    }
    const created = { again: false, listeners: new Set<() => void>(), done: Promise.resolve() };
    driven.set(id, created);
    created.done = run(id);
  };

  return {
    async start() {
      unwatch = records.watch(kind, changed);
      for await (const { id } of everyRecord(records, kind, { statuses })) changed(id);
    },
    changed,
    async stop() {
      halt.abort();
      unwatch();
      await Promise.all([...driven.values()].map(({ done }) => done));
    },
  };
}
