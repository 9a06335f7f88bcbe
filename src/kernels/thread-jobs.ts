import { type DensePlans, openDenseJobs } from './descent/dense-jobs.ts';
import { type DesignJobs, openDesignJobs } from './design/wasm-design-jobs.ts';
import { openSparseJobs, type SparsePlans } from './sparse-descent/sparse-jobs.ts';
import { JobBoard, type Jobs } from './threads/job-board.ts';

export type { Jobs } from './threads/job-board.ts';

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

const openers: { readonly [Kind in JobKind]: (data: JobKinds[Kind]) => Jobs } = {
  dense: openDenseJobs,
  sparse: openSparseJobs,
  design: openDesignJobs,
};

export const openJobs = <Kind extends JobKind>(kind: Kind, data: JobKinds[Kind]): Jobs => openers[kind](data);

/** Sent to threads, in order. A thread that is polling for rounds gets no `wake`. */
export type ThreadMessage =
  | { type: 'open'; id: number; kind: JobKind; data: JobKinds[JobKind]; board: SharedArrayBuffer; thread: number }
  | { type: 'wake'; id: number }
  | { type: 'close'; id: number };

/**
 * The whole work of a thread: answers the messages of a `ThreadPool` until it is stopped. `listen` calls its argument with each
 * message; Node's parentPort and a browser's worker scope both can.
 */
export function serveKernels(listen: (handle: (message: unknown) => void) => void): void {
  const crews = new Map<number, { jobs: Jobs; board: JobBoard; thread: number }>();
  listen((received) => {
    const message = received as ThreadMessage;
    if (message.type === 'open') {
      const jobs = openJobs(message.kind, message.data as never);
      crews.set(message.id, { jobs, board: new JobBoard(message.board), thread: message.thread });
    } else if (message.type === 'close') {
      crews.delete(message.id);
    } else {
      const crew = crews.get(message.id);
      crew?.board.serve(crew.thread, crew.jobs);
    }
  });
}
