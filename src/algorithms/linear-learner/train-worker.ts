/** The thread of `train` in which the job runs. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { failureReason, writeFailure } from '../program/failure.ts';
import { makeLog } from '../program/log.ts';
import { enableRelaxedSimd } from '../program/relaxed-simd.ts';
import type { TrainMessage, TrainOrder, TrainWorkerData } from './train.ts';
import { runTrainingJob } from './training-job.ts';
import { warmUp } from './warm-up.ts';

const port = parentPort;
assert(port !== null, 'train-worker.js runs as a thread of train');
const send = (message: TrainMessage): void => port.postMessage(message);
const { stop, ahead } = workerData as TrainWorkerData;
const stopRequested = new Int32Array(stop);
const log = makeLog({ write: (text) => send({ text }), nowMs: Date.now, thread: process.pid });

// A signal that is looked at rather than listened to: between two epochs nothing else runs in this thread.
const { signal } = new AbortController();
Object.defineProperty(signal, 'aborted', { get: () => Atomics.load(stopRequested, 0) !== 0 });

if (ahead) await warmUp();
const [{ root }] = (await once(port, 'message')) as [TrainOrder];
try {
  enableRelaxedSimd(process.env);
  await runTrainingJob(root, log, signal);
  send({ code: 0 });
} catch (error) {
  const reason = failureReason(error);
  if (reason.startsWith('AlgorithmError')) log.line(String((error as Error)?.stack ?? error), 'ERROR');
  // The original's log calls a ClientError a customer's.
  log.line(reason.replace(/^ClientError/, 'Customer Error'), 'ERROR');
  writeFailure(containerPaths(root), reason);
  send({ code: 1 });
}
log.flush();
