import { assert } from '../../base/index.ts';
import { type JobKind, type JobKinds, openJobs, type ThreadMessage } from '../thread-jobs.ts';
import { boardBytes, JobBoard, otherThreadsMax } from './job-board.ts';

/** A thread that the host has started; it calls `serveKernels`. It must not keep the process alive. */
export interface KernelThread {
  post(message: unknown): void;
  stop(): void;
}

/** Starts a thread without waiting for it. */
export type StartThread = () => KernelThread;

/** Jobs that lie ready on all threads. */
export interface Crew {
  /**
   * Runs a method for jobs 0 to jobCount - 1 and returns when all are done. Threads that are not awake yet are not waited
   * for: a free thread takes the next job. `estimateMs` is what the jobs would take one after another.
   */
  run(method: string, jobCount: number, values: readonly number[], estimateMs: number): void;
  close(): void;
}

/** Work from which on threads are started, counted from the pool's first job. */
const startMsMin = 50;
/** Other threads are woken only for more work than this: waking a sleeping one takes about 0.1 ms. */
const shareMsMin = 0.1;

/** The threads of a `KernelSet`, started when there is enough to do, and then kept. */
export class ThreadPool {
  /** With the one that calls. */
  readonly threadCount: number;
  readonly #startThread: StartThread;
  readonly #startMsMin: number;
  readonly #shareMsMin: number;
  readonly #threads: KernelThread[] = [];
  /** What threads must open, by crew. */
  readonly #crews = new Map<number, (thread: number) => ThreadMessage>();
  #workMs = 0;
  #lastId = 0;

  constructor(options: { threads: number; startThread: StartThread; startMsMin?: number; shareMsMin?: number }) {
    this.threadCount = Math.min(options.threads, otherThreadsMax + 1);
    this.#startThread = options.startThread;
    this.#startMsMin = options.startMsMin ?? startMsMin;
    this.#shareMsMin = options.shareMsMin ?? shareMsMin;
  }

  get isRunning(): boolean {
    return this.#threads.length > 0;
  }

  open<Kind extends JobKind>(kind: Kind, data: JobKinds[Kind]): Crew {
    this.#lastId += 1;
    const id = this.#lastId;
    const buffer = new SharedArrayBuffer(boardBytes);
    const board = new JobBoard(buffer);
    const jobs = openJobs(kind, data);
    const opening = (thread: number): ThreadMessage => ({ type: 'open', id, kind, data, board: buffer, thread });
    this.#crews.set(id, opening);
    for (const [thread, { post }] of this.#threads.entries()) post(opening(thread));
    return {
      run: (method, jobCount, values, estimateMs) => {
        if (!this.#isWorth(jobCount, estimateMs)) {
          for (let job = 0; job < jobCount; job += 1) jobs[method](job, ...values);
          return;
        }
        board.begin(jobs, method, jobCount, values);
        for (const [thread, { post }] of this.#threads.entries())
          if (board.isAsleep(thread)) post({ type: 'wake', id });
        const failure = board.take(jobs);
        const failed = board.finish();
        if (failure !== undefined) throw failure;
        assert(failed === 0, 'a kernel thread does its jobs');
      },
      close: () => {
        this.#crews.delete(id);
        for (const { post } of this.#threads) post({ type: 'close', id });
      },
    };
  }

  close(): void {
    for (const thread of this.#threads.splice(0)) thread.stop();
  }

  #isWorth(jobCount: number, estimateMs: number): boolean {
    this.#workMs += estimateMs;
    if (jobCount < 2 || estimateMs < this.#shareMsMin) return false;
    if (this.#workMs >= this.#startMsMin) this.#start(Math.min(jobCount, this.threadCount) - 1);
    return this.isRunning;
  }

  /** Starts threads until so many run besides this one. */
  #start(count: number): void {
    for (let thread = this.#threads.length; thread < count; thread += 1) {
      const started = this.#startThread();
      this.#threads.push(started);
      for (const opening of this.#crews.values()) started.post(opening(thread));
    }
  }
}

/** Whether this thread may wait and share memory: a browser's main thread may not, nor a page without isolation. */
export function canUseThreads(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
