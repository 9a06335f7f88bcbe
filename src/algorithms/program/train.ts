/**
 * The `train` program. The job itself runs in a thread of its own, so that this one notices a stop request, or the
 * end of the parent, at once, however long a sweep over the rows takes.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { Unavailable } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { failureReason, writeFailure } from './output/failure.ts';
import { standardLog } from './output/log.ts';
import { onStop } from './stopping.ts';
import { stopPlaces } from './threads/endable-work.ts';

export interface TrainWorkerData {
  /** Int32 by `stopPlaces`: whether training should end, and whether the thread does what may be cut off. */
  stop: SharedArrayBuffer;
  /** There is time to run the training's code once before the order to begin comes. */
  ahead: boolean;
}

/** Lets the thread begin. */
export interface TrainOrder {
  root: string;
}

/** The thread's messages: log text as it comes, and at its end the exit code. */
export type TrainMessage = { text: string } | { code: number };

const keepsBest = 'training ends with the current epoch, the best model so far is kept';

/**
 * Runs the training job below `root` in a thread of the algorithm's `train-worker` (see train-thread.ts); returns the exit
 * code, 1 with the reason in output/failure.
 */
export function train(root: string, trainWorker: URL, stopNotice = keepsBest): Promise<number> {
  const log = standardLog();
  const { worker, stop } = prepared ?? startThread(trainWorker, false);
  const release = onStop((reason) => {
    // No one waits for the result of an orphan.
    if (reason === 'parent') process.exit(1);
    log.line(`Stop requested: ${stopNotice}`);
    log.flush();
    const state = new Int32Array(stop);
    Atomics.store(state, stopPlaces.requested, 1);
    // Node's own exit would wait for the thread, which waits for others.
    if (Atomics.load(state, stopPlaces.endable) !== 0) process.kill(process.pid, 'SIGKILL');
  });
  worker.ref();
  worker.postMessage({ root } satisfies TrainOrder);
  return new Promise<number>((resolve) => {
    let code = 1;
    worker.on('message', (message: TrainMessage) => {
      if ('code' in message) code = message.code;
      else process.stdout.write(message.text);
    });
    worker.on('error', (error) => {
      const reason = failureReason(outOfMemory(error) ? new Unavailable('The training ran out of memory') : error);
      log.line(reason, 'ERROR');
      log.flush();
      writeFailure(containerPaths(root), reason);
    });
    worker.on('exit', () => resolve(code));
    // A pipe from the parent would keep the program alive.
  }).finally(release);
}

interface Thread {
  worker: Worker;
  stop: SharedArrayBuffer;
}

let prepared: Thread | undefined;

/** Starts the thread ahead of the job, so that `train` finds its code loaded and compiled. */
export function prepareTraining(trainWorker: URL): void {
  prepared = startThread(trainWorker, true);
  prepared.worker.unref();
}

function startThread(trainWorker: URL, ahead: boolean): Thread {
  const stop = new SharedArrayBuffer(4 * stopPlaces.count);
  const workerData: TrainWorkerData = { stop, ahead };
  // The environment of a prepared thread is known only later.
  // Descriptors are not closed a second time at the thread's end: see channels/decode-thread.ts.
  const worker = new Worker(trainWorker, {
    workerData,
    env: SHARE_ENV,
    trackUnmanagedFds: false,
  });
  return { worker, stop };
}

const outOfMemory = (error: Error): boolean => 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
