import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../../base/index.ts';
import type { Digests } from '../objects.ts';
import type { Envelope } from '../sealing/seal.ts';
import type { FromWriter, ToWriter } from './messages.ts';

/** How a body is written. */
export interface WriterTask {
  /** Path of the new file. */
  path: string;
  algorithms: readonly string[];
  /** Each piece has memory of its own, which may be moved to the thread. */
  owned: boolean;
  /** What the bytes are sealed with; absent for plain ones. */
  envelope?: Envelope | undefined;
}

/** A body that another thread digests and writes. Its methods reject with the file system's code when that fails. */
export interface ThreadedWriter {
  /** Resolves once there is room for more. */
  take(pieces: readonly Uint8Array[]): Promise<void>;
  /** Resolves once the file exists, which was given something. */
  made(): Promise<void>;
  /** Resolves once all of it is on disk. */
  end(): Promise<Digests>;
  /** Discards a body that was not ended; resolves once the thread has closed the file. */
  abandon(): Promise<void>;
}

export interface WriterThreads {
  begin(task: WriterTask): ThreadedWriter;
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
/** Batches of one body that are under way. */
const batchesMax = 4;

/** Threads that write bodies; each is started with the first that needs it. */
export function writerThreads(): WriterThreads {
  const threads: Thread[] = [];
  let count = 0;

  const start = (): Thread => {
    const worker = new Worker(new URL('./writer-worker.js', import.meta.url), { env: {}, execArgv: [] });
    const thread: Thread = { worker, waiting: new Map() };
    worker.unref();
    worker.on('message', ({ body, digests, failure }: FromWriter) => {
      const asked = thread.waiting.get(body)?.shift();
      if (failure === undefined) asked?.resolve(digests);
      else asked?.reject(Object.assign(new Error(failure.message), failure));
    });
    worker.once('error', (cause) => {
      threads.splice(threads.indexOf(thread), 1);
      const failure = new Unavailable(`The thread that writes objects ended: ${cause.message}`, { cause });
      for (const each of [...thread.waiting.values()].flat()) each.reject(failure);
      thread.waiting.clear();
    });
    threads.push(thread);
    return thread;
  };
  const idlest = (): Thread => {
    const found = [...threads].sort((left, right) => left.waiting.size - right.waiting.size)[0];
    return found === undefined || (found.waiting.size > 0 && threads.length < threadsMax) ? start() : found;
  };

  return {
    begin: (task) => beginOn(idlest(), ++count, task),
    async close() {
      await Promise.all(threads.splice(0).map(({ worker }) => worker.terminate()));
    },
  };
}

function beginOn(
  { worker, waiting }: Thread,
  body: number,
  { path, algorithms, owned, envelope }: WriterTask,
): ThreadedWriter {
  const queue: Waiting[] = [];
  waiting.set(body, queue);
  const post = (message: ToWriter, memory: ArrayBuffer[] = []): void => worker.postMessage(message, memory);
  const ask = (message: ToWriter, memory?: ArrayBuffer[]): Promise<Digests | undefined> =>
    new Promise((resolve, reject) => {
      // First: a message that cannot be sent is thrown here and gets no answer.
      post(message, memory);
      queue.push({ resolve, reject });
    });
  /** Throws when the thread has ended: it would never answer. */
  const requireThread = (): void => {
    if (waiting.get(body) !== queue) throw new Unavailable('The thread that writes objects ended');
  };
  const underWay: Promise<unknown>[] = [];
  let first: Promise<unknown> | undefined;
  let failure: unknown;
  post({ body, path, algorithms, envelope });
  return {
    async take(pieces) {
      requireThread();
      const sent = sendable(pieces, owned);
      const done = ask(
        { body, pieces: sent },
        sent.map(({ buffer }) => buffer as ArrayBuffer),
      );
      // Thrown by this or a later call.
      done.catch((cause: unknown) => {
        failure ??= cause;
      });
      first ??= done;
      underWay.push(done);
      if (underWay.length >= batchesMax) await underWay.shift();
      if (failure !== undefined) throw failure;
    },

    async made() {
      await first;
    },

    async end() {
      requireThread();
      try {
        return (await ask({ body, whole: true }))!;
      } finally {
        waiting.delete(body);
      }
    },

    async abandon() {
      if (waiting.get(body) !== queue) return;
      await ask({ body, whole: false });
      waiting.delete(body);
    },
  };
}

/** Transferring a smaller piece costs more than copying it. */
const sentAsIsMin = 16 * 1024;

/** The same bytes in memory that can be transferred: large owned pieces as they are, others copied together. */
function sendable(pieces: readonly Uint8Array[], owned: boolean): Uint8Array[] {
  const sent: Uint8Array[] = [];
  let others: Uint8Array[] = [];
  const copyOthers = (): void => {
    if (others.length === 0) return;
    const copy = new Uint8Array(others.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of others) {
      copy.set(piece, at);
      at += piece.length;
    }
    sent.push(copy);
    others = [];
  };
  for (const piece of pieces) {
    if (!owned || piece.length < sentAsIsMin) {
      others.push(piece);
      continue;
    }
    copyOthers();
    sent.push(piece);
  }
  copyOthers();
  return sent;
}
