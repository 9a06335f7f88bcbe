/** The one source of delays in this room, so that tests move time instead of waiting for it. */
export interface Timers {
  /** Runs `due` once after the delay; returns the off switch. */
  after(delayMs: number, due: () => void): () => void;
}

/** Real time. */
export const systemTimers: Timers = {
  after(delayMs, due) {
    const timer = setTimeout(due, delayMs);
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
