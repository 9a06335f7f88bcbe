import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../../base/index.ts';
import { errorOf } from './failure.ts';
import type { Answer, Call, Calls, FromThread, Numbered, ThreadData, ToThread } from './messages.ts';

/** A thread that has the database open. */
export interface DatabaseThread {
  call<Name extends keyof Calls>(call: Call & { name: Name }): Promise<Calls[Name]['answer']>;
  /** The reason why it takes no more calls. */
  refusal(): Unavailable | undefined;
  close(): Promise<void>;
}

const startThread = (data: ThreadData): Worker =>
  new Worker(new URL('./database-worker.js', import.meta.url), { workerData: data, env: {}, execArgv: [] });

/**
 * Starts the thread and resolves once the database is open. Rejects with DataError or Unavailable. A database that was
 * too big to be checked first is checked meanwhile; one that turns out damaged refuses every further call.
 */
export function openThread(data: ThreadData, log: (text: string) => void): Promise<DatabaseThread> {
  const worker = startThread(data);
  const waiting = new Map<number, { resolve(value: any): void; reject(cause: unknown): void }>();
  let count = 0;
  let together: Numbered[] = [];
  /** The reason why no more calls are taken. */
  let refusal: Unavailable | undefined;
  let closed: Promise<void> | undefined;

  const refuse = (cause: Unavailable): void => {
    refusal ??= cause;
    for (const { reject } of waiting.values()) reject(refusal);
    waiting.clear();
  };
  const settle = (answer: Answer): void => {
    const call = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ('failure' in answer) call?.reject(errorOf(answer.failure));
    else call?.resolve(answer.value);
  };
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const thread: DatabaseThread = {
    call: (call) =>
      new Promise((resolve, reject) => {
        if (refusal !== undefined) return reject(refusal);
        const number = ++count;
        waiting.set(number, { resolve, reject });
        // The calls of one turn of the event loop go as one message.
        if (together.push({ ...call, number } as Numbered) > 1) return;
        queueMicrotask(() => {
          worker.postMessage({ calls: together } satisfies ToThread);
          together = [];
        });
      }),
    refusal: () => refusal,
    close() {
      closed ??= (async () => {
        refusal ??= new Unavailable('The store is closed', { retry: false });
        worker.postMessage({ close: true } satisfies ToThread);
        await ended;
      })();
      return closed;
    },
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if ('answers' in message) for (const answer of message.answers) settle(answer);
      if ('failed' in message) reject(errorOf(message.failed));
      if ('opened' in message) {
        if (message.uncheckedFile !== undefined) checkMeanwhile(message.uncheckedFile, ended, damaged);
        resolve(thread);
      }
    });
    const damaged = (cause: Error): void => {
      log(cause.message);
      refuse(new Unavailable(cause.message, { cause, retry: false }));
    };
    worker.once('error', (cause) => {
      reject(cause);
      if (refusal === undefined) log(`The thread of the database ended: ${cause.message}`);
      refuse(new Unavailable(`The thread of the database ended: ${cause.message}`, { cause, retry: false }));
    });
    void ended.then(() => refuse(new Unavailable('The store is closed', { retry: false })));
  });
}

function checkMeanwhile(checkFile: string, ended: Promise<void>, damaged: (cause: Error) => void): void {
  const checker = startThread({ checkFile });
  checker.on('message', (message: FromThread) => {
    if ('failed' in message) damaged(errorOf(message.failed));
  });
  checker.once('error', damaged);
  void ended.then(() => checker.terminate());
}
