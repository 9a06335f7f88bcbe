import { type DensePlans, openDenseJobs } from './dense-jobs.ts';
import { openSparseJobs, type SparsePlans } from './sparse-jobs.ts';
import { type DesignJobs, openDesignJobs } from './wasm-design-jobs.ts';

/**
 * What threads can be asked to do. Each kind is opened on every thread from the same data, plain or of shared memory, and
 * then runs its jobs by number; which thread runs which job is not known beforehand, so all that a job changes must lie
 * in shared memory.
 */
export interface JobKinds {
  dense: DensePlans;
  sparse: SparsePlans;
  design: DesignJobs;
}

export type JobKind = keyof JobKinds;

/** The jobs of one kind on one thread: methods of a job's number and further numbers. */
export type Jobs = Readonly<Record<string, (job: number, ...values: number[]) => void>>;

const openers: { readonly [Kind in JobKind]: (data: JobKinds[Kind]) => Jobs } = {
  dense: openDenseJobs,
  sparse: openSparseJobs,
  design: openDesignJobs,
};

export const openJobs = <Kind extends JobKind>(kind: Kind, data: JobKinds[Kind]): Jobs => openers[kind](data);

/** Sent to threads, in order. */
export type ThreadMessage =
  | { type: 'open'; id: number; kind: JobKind; data: JobKinds[JobKind]; control: SharedArrayBuffer }
  | { type: 'run'; id: number; round: number; jobCount: number; method: string; values: readonly number[] }
  | { type: 'close'; id: number };

/** Words that all threads of a crew share. */
const claim = 0;
const doneCount = 1;
const failedCount = 2;
export const controlBytes = 12;
export const jobCountMax = 255;

/**
 * Takes jobs one by one until there are no more; gives the first error. A round's number stands above the next job's, so
 * that who comes late takes none of the next round.
 */
export function takeJobs(control: Int32Array, round: number, jobCount: number, run: (job: number) => void): unknown {
  let failure: unknown;
  for (;;) {
    const seen = Atomics.load(control, claim);
    const job = seen & jobCountMax;
    if (seen >> 8 !== round || job >= jobCount) return failure;
    if (Atomics.compareExchange(control, claim, seen, seen + 1) !== seen) continue;
    try {
      run(job);
    } catch (error) {
      failure ??= error;
      Atomics.add(control, failedCount, 1);
    }
    Atomics.add(control, doneCount, 1);
    Atomics.notify(control, doneCount);
  }
}

export function beginRound(control: Int32Array, round: number): void {
  Atomics.store(control, doneCount, 0);
  Atomics.store(control, claim, round << 8);
}

/** Looks for this long before it sleeps: jobs are of about equal length. */
const looksMax = 20_000;

/** Waits until all jobs are done; gives how many failed. */
export function awaitJobs(control: Int32Array, jobCount: number): number {
  for (let looks = 0; ; looks += 1) {
    const done = Atomics.load(control, doneCount);
    if (done >= jobCount) return Atomics.exchange(control, failedCount, 0);
    if (looks > looksMax) Atomics.wait(control, doneCount, done, 1000);
  }
}

/**
 * The whole work of a thread: answers the messages of a `ThreadPool` until it is stopped. `listen` calls its argument with each
 * message; Node's parentPort and a browser's worker scope both can.
 */
export function serveKernels(listen: (handle: (message: unknown) => void) => void): void {
  const crews = new Map<number, { jobs: Jobs; control: Int32Array }>();
  listen((received) => {
    const message = received as ThreadMessage;
    if (message.type === 'open') {
      const jobs = openJobs(message.kind, message.data as never);
      crews.set(message.id, { jobs, control: new Int32Array(message.control) });
    } else if (message.type === 'close') {
      crews.delete(message.id);
    } else {
      const crew = crews.get(message.id);
      if (crew === undefined) return;
      const { round, jobCount, method, values } = message;
      takeJobs(crew.control, round, jobCount, (job) => crew.jobs[method](job, ...values));
    }
  });
}
