import { workerData } from 'node:worker_threads';

/** Places of the state that `train` and its thread share. */
export const stopPlaces = { requested: 0, endable: 1, count: 2 } as const;

/**
 * Does what blocks the thread of `train` and leaves nothing to keep, such as a call of a library that waits for other hosts:
 * a stop that comes meanwhile ends the program at once. Look for a stop in `work`, before it blocks.
 */
export function endableWork<Result>(work: () => Result): Result {
  const shared = (workerData as { stop?: SharedArrayBuffer } | null)?.stop;
  if (shared === undefined) return work();
  const state = new Int32Array(shared);
  Atomics.store(state, stopPlaces.endable, 1);
  try {
    return work();
  } finally {
    Atomics.store(state, stopPlaces.endable, 0);
  }
}
