import { assert } from '../base/index.ts';
import {
  awaitJobs,
  beginRound,
  controlBytes,
  type JobKind,
  type JobKinds,
  type Jobs,
  jobCountMax,
  openJobs,
  type ThreadMessage,
  takeJobs,
} from './thread-jobs.ts';

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
   * for: whoever is free takes the next job. `estimateMs` is what the jobs would take one after another.
   */
  run(method: string, jobCount: number, values: readonly number[], estimateMs: number): void;
  close(): void;
}

/** Work from which on threads are started, counted from the pool's first job. */
const startMsMin = 50;
/** Work from which on threads that run are told of it: waking one takes about 0.05 ms. */
const shareMsMin = 0.3;

/** The threads of a `KernelSet`, started when there is enough to do, and then kept. */
export class ThreadPool {
  /** With the one that calls. */
  readonly threadCount: number;
  readonly #start: StartThread;
  readonly #startMsMin: number;
  readonly #shareMsMin: number;
  readonly #threads: KernelThread[] = [];
  readonly #open = new Map<number, ThreadMessage>();
  #workMs = 0;
  #lastId = 0;

  constructor(options: { threads: number; startThread: StartThread; startMsMin?: number; shareMsMin?: number }) {
    this.threadCount = options.threads;
    this.#start = options.startThread;
    this.#startMsMin = options.startMsMin ?? startMsMin;
    this.#shareMsMin = options.shareMsMin ?? shareMsMin;
  }

  get isRunning(): boolean {
    return this.#threads.length > 0;
  }

  open<Kind extends JobKind>(kind: Kind, data: JobKinds[Kind]): Crew {
    this.#lastId += 1;
    const id = this.#lastId;
    const buffer = new SharedArrayBuffer(controlBytes);
    const control = new Int32Array(buffer);
    const jobs = openJobs(kind, data);
    const message: ThreadMessage = { type: 'open', id, kind, data, control: buffer };
    this.#open.set(id, message);
    this.#tell(message);
    let round = 0;
    return {
      run: (method, jobCount, values, estimateMs) => {
        if (!this.#isWorth(jobCount, estimateMs)) {
          for (let job = 0; job < jobCount; job += 1) jobs[method](job, ...values);
          return;
        }
        round = (round + 1) & roundMask;
        beginRound(control, round);
        this.#tell({ type: 'run', id, round, jobCount, method, values });
        this.#share(control, round, jobCount, jobs, method, values);
      },
      close: () => {
        this.#open.delete(id);
        this.#tell({ type: 'close', id });
      },
    };
  }

  close(): void {
    for (const thread of this.#threads.splice(0)) thread.stop();
  }

  #isWorth(jobCount: number, estimateMs: number): boolean {
    assert(jobCount <= jobCountMax, 'no more jobs than can be counted');
    this.#workMs += estimateMs;
    if (jobCount < 2 || estimateMs < this.#shareMsMin) return false;
    if (!this.isRunning && this.#workMs >= this.#startMsMin) this.#startAll();
    return this.isRunning;
  }

  #startAll(): void {
    for (let count = 1; count < this.threadCount; count += 1) this.#threads.push(this.#start());
    for (const message of this.#open.values()) this.#tell(message);
  }

  #tell(message: ThreadMessage): void {
    for (const thread of this.#threads) thread.post(message);
  }

  #share(
    control: Int32Array,
    round: number,
    jobCount: number,
    jobs: Jobs,
    method: string,
    values: readonly number[],
  ): void {
    const failure = takeJobs(control, round, jobCount, (job) => jobs[method](job, ...values));
    const failed = awaitJobs(control, jobCount);
    if (failure !== undefined) throw failure;
    assert(failed === 0, 'a kernel thread does its jobs');
  }
}

/** Rounds are told apart by 22 bits, so that a claim stays positive. */
const roundMask = 2 ** 22 - 1;

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
