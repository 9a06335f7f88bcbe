/** The only source of delays in this room, so that tests can move the time instead of waiting. */
export interface Timers {
  /** Calls `run` once after the delay; the function that it returns cancels that. */
  after(delayMs: number, run: () => void): () => void;
}

/** Real time. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after the delay, or at once when the signal aborts. */
export function pause(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      off();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const off = timers.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
