import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../../base/index.ts';
import type { JobFacts } from '../../../reports/index.ts';

/** Draws reports on a thread of its own: a page takes a tenth of a second, which no request waits for. */
export interface Drawing {
  /** Rejects with Unavailable when too many wait, or the thread ended. */
  draw(wanted: Wanted): Promise<Drawn>;
  close(): Promise<void>;
}

export type Wanted =
  /** The report in an archive; `what` names it in messages. */
  | { what: string; title: string; archive: Uint8Array; as: 'page' | 'json' }
  /** The page of a job that left none. */
  | { job: JobFacts };

/** `none` when there is no report in the archive, `refusal` when there is one that cannot be read. */
export type Drawn = { text: string } | { none: true } | { refusal: string };

export type DrawingOrder = Wanted & { id: number };
export type DrawingAnswer = { id: number; drawn: Drawn };

/** Each holds its archive in memory. */
const waitingMax = 16;
/** The thread goes when nobody asked for so long. */
const idleMs = 60_000;
const memoryMb = 1_024;

export function openDrawing(): Drawing {
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let orders = 0;
  const waiting = new Map<number, (drawn: Drawn | undefined) => void>();
  const settle = (id: number, drawn: Drawn | undefined): void => {
    waiting.get(id)?.(drawn);
    waiting.delete(id);
    if (waiting.size > 0) return;
    thread?.unref();
    idle = setTimeout(() => {
      void thread?.terminate();
      // Whoever asks before it has ended gets a new one.
      thread = undefined;
    }, idleMs).unref();
  };
  const start = (): Worker => {
    const worker = new Worker(new URL('./draw-worker.js', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    worker.on('message', ({ id, drawn }: DrawingAnswer) => settle(id, drawn));
    // An exit follows.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (thread !== worker) return;
      thread = undefined;
      for (const id of [...waiting.keys()]) settle(id, undefined);
    });
    return worker;
  };
  return {
    async draw(wanted) {
      if (waiting.size >= waitingMax) throw new Unavailable(`${waitingMax} reports are being drawn already`);
      clearTimeout(idle);
      thread ??= start();
      thread.ref();
      orders += 1;
      const id = orders;
      const answered = new Promise<Drawn | undefined>((resolve) => waiting.set(id, resolve));
      thread.postMessage({ ...wanted, id } satisfies DrawingOrder);
      const drawn = await answered;
      if (drawn === undefined) throw new Unavailable('The report could not be drawn: its thread ended');
      return drawn;
    },
    async close() {
      clearTimeout(idle);
      await thread?.terminate();
    },
  };
}
