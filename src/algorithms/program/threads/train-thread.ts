/** The thread of `train` in which a job runs. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../../base/index.ts';
import { containerPaths } from '../../../contract/index.ts';
import { failureReason, writeFailure } from '../output/failure.ts';
import { type Log, makeLog } from '../output/log.ts';
import type { TrainMessage, TrainOrder, TrainWorkerData } from '../train.ts';
import { stopPlaces } from './endable-work.ts';
import { enableRelaxedSimd } from './relaxed-simd.ts';

/** The functions of an algorithm that run in the thread. */
export interface Training {
  /** Runs the training's code on a few rows, so that it is compiled when a job comes; ends soon after one has come. */
  warmUp(hasCome: () => boolean): Promise<void>;
  /**
   * Runs the training job below `root`. An abort ends it early and keeps the best model so far. Rejects with DataError for
   * faults that the user can mend, Unavailable for those of the host.
   */
  run(root: string, log: Log, signal: AbortSignal): Promise<void>;
}

/** Runs the job that `train` orders. */
export async function trainInThread({ warmUp, run }: Training): Promise<void> {
  const port = parentPort;
  assert(port !== null, 'An algorithm trains in a thread of train');
  const send = (message: TrainMessage): void => port.postMessage(message);
  const { stop, ahead } = workerData as TrainWorkerData;
  const stopRequested = new Int32Array(stop);
  const log = makeLog({ write: (text) => send({ text }), nowMs: Date.now, thread: process.pid });

  // The signal is polled, not listened to: between two epochs nothing else runs in this thread.
  const { signal } = new AbortController();
  Object.defineProperty(signal, 'aborted', { get: () => Atomics.load(stopRequested, stopPlaces.requested) !== 0 });

  let hasCome = false;
  const ordered = (once(port, 'message') as Promise<[TrainOrder]>).finally(() => {
    hasCome = true;
  });
  if (ahead) await warmUp(() => hasCome);
  const [{ root }] = await ordered;
  try {
    enableRelaxedSimd(process.env);
    await run(root, log, signal);
    send({ code: 0 });
  } catch (error) {
    const reason = failureReason(error);
    if (reason.startsWith('AlgorithmError')) log.line(String((error as Error)?.stack ?? error), 'ERROR');
    // The original's log calls a ClientError a customer error.
    log.line(reason.replace(/^ClientError/, 'Customer Error'), 'ERROR');
    writeFailure(containerPaths(root), reason);
    send({ code: 1 });
  }
  log.flush();
}
