import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../base/index.ts';
import type { Digests } from './objects.ts';

/** To a thread: a body begins, goes on, ends (or is given up). */
export type ToDigests =
  | { body: number; algorithms: readonly string[] }
  | { body: number; bytes: SharedArrayBuffer; length: number }
  | { body: number; end: boolean };

/** From a thread: a piece was digested, or the digests of all. */
export type FromDigests = { body: number; digests?: Digests };

/** The digests of one body, made on another thread. */
export interface ThreadedDigests {
  /** Resolves once the bytes may change again. */
  update(bytes: SharedArrayBuffer, length: number): Promise<void>;
  result(): Promise<Digests>;
  /** Forgets a body that will not be ended. */
  abandon(): void;
}

export interface DigestThreads {
  begin(algorithms: readonly string[]): ThreadedDigests;
  close(): Promise<void>;
}

interface Waiting {
  resolve(digests: Digests | undefined): void;
  reject(cause: unknown): void;
}

interface Thread {
  worker: Worker;
  /** What each body waits for, in the order it was asked. */
  waiting: Map<number, Waiting[]>;
}

/** More threads would digest faster than a disk writes. */
const threadsMax = Math.min(2, availableParallelism());

/** Threads that digest; each is started with the first body that needs it. */
export function digestThreads(): DigestThreads {
  const threads: Thread[] = [];
  let count = 0;

  const start = (): Thread => {
    const worker = new Worker(new URL('./digest-worker.js', import.meta.url), { env: {}, execArgv: [] });
    const thread: Thread = { worker, waiting: new Map() };
    worker.unref();
    worker.on('message', ({ body, digests }: FromDigests) => thread.waiting.get(body)?.shift()?.resolve(digests));
    worker.once('error', (cause) => {
      threads.splice(threads.indexOf(thread), 1);
      const failure = new Unavailable(`The thread that digests objects ended: ${cause.message}`, { cause });
      for (const each of [...thread.waiting.values()].flat()) each.reject(failure);
    });
    threads.push(thread);
    return thread;
  };
  const idlest = (): Thread => {
    const found = [...threads].sort((left, right) => left.waiting.size - right.waiting.size)[0];
    return found === undefined || (found.waiting.size > 0 && threads.length < threadsMax) ? start() : found;
  };

  return {
    begin(algorithms) {
      const body = ++count;
      const thread = idlest();
      const queue: Waiting[] = [];
      thread.waiting.set(body, queue);
      const ask = (message: ToDigests): Promise<Digests | undefined> =>
        new Promise((resolve, reject) => {
          queue.push({ resolve, reject });
          thread.worker.postMessage(message);
        });
      thread.worker.postMessage({ body, algorithms } satisfies ToDigests);
      return {
        update: async (bytes, length) => void (await ask({ body, bytes, length })),
        async result() {
          const digests = await ask({ body, end: true });
          thread.waiting.delete(body);
          return digests!;
        },
        abandon() {
          thread.waiting.delete(body);
          thread.worker.postMessage({ body, end: false } satisfies ToDigests);
        },
      };
    },
    async close() {
      await Promise.all(threads.splice(0).map(({ worker }) => worker.terminate()));
    },
  };
}
