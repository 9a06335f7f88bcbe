import { Worker } from 'node:worker_threads';
import type { KernelThread } from '../../../kernels/index.ts';

/** Starts a thread for kernels: see `openKernels`. It ends with the process, which it does not keep alive. */
export function startKernelThread(): KernelThread {
  const worker = new Worker(new URL('./kernel-thread-worker.js', import.meta.url));
  worker.unref();
  // Without this thread the others do its jobs.
  worker.on('error', () => {});
  return {
    post: (message) => worker.postMessage(message),
    stop: () => void worker.terminate(),
  };
}
