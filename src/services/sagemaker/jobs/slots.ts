/** A limited number of slots. The waiter that comes first in the given order gets the next free one. */
export interface Slots {
  /** Resolves with the function that gives the place back; with undefined when the signal aborts first. */
  take(order: number, signal: AbortSignal): Promise<(() => void) | undefined>;
  readonly taken: number;
  /** How many wait for one. */
  readonly waiting: number;
}

/** `max` places; the lowest order among those that wait comes next, earlier callers first among equals. */
export function createSlots(max: number): Slots {
  const waiting: { order: number; begin: () => void }[] = [];
  let taken = 0;
  const give = (): void => {
    if (taken >= max) return;
    const first = waiting.shift();
    if (first === undefined) return;
    taken += 1;
    first.begin();
  };
  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return waiting.length;
    },
    take: (order, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const leave = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          resolve(undefined);
        };
        const entry = {
          order,
          begin: () => {
            signal.removeEventListener('abort', leave);
            let given = false;
            resolve(() => {
              if (given) return;
              given = true;
              taken -= 1;
              give();
            });
          },
        };
        const place = waiting.findIndex((other) => other.order > order);
        waiting.splice(place === -1 ? waiting.length : place, 0, entry);
        signal.addEventListener('abort', leave, { once: true });
        // After this turn, so that all waiters that came in it are compared.
        queueMicrotask(give);
      }),
  };
}
