/** A limited number of slots, which are given out fairly between shares and in order within each. */
export interface Slots {
  /**
   * Resolves with the function that gives the place back; with undefined when the signal aborts first. Those who want
   * places in turn with others, and not in a row, have a share of their own, such as all trials of one tuning job.
   */
  take(order: number, signal: AbortSignal, share?: string): Promise<(() => void) | undefined>;
  readonly taken: number;
  /** How many wait for one. */
  readonly waiting: number;
}

interface Share {
  taken: number;
  /** When it was last given a place, as the number of places given before. */
  servedAt: number;
  waiting: { order: number; begin: () => void }[];
}

/**
 * `max` places. The next free one goes to the share that holds the fewest, then to the one that was served longest ago;
 * in it to the lowest order, earlier callers first among equals.
 */
export function createSlots(max: number): Slots {
  const shares = new Map<string, Share>();
  let taken = 0;
  let given = 0;
  const give = (): void => {
    if (taken >= max) return;
    const share = nextShare(shares.values());
    const first = share?.waiting.shift();
    if (share === undefined || first === undefined) return;
    taken += 1;
    share.taken += 1;
    given += 1;
    share.servedAt = given;
    first.begin();
  };
  const shareOf = (name: string): Share => {
    const share = shares.get(name) ?? { taken: 0, servedAt: 0, waiting: [] };
    shares.set(name, share);
    return share;
  };
  /** One that neither holds a place nor waits for one is forgotten. */
  const forgetIdle = (name: string): void => {
    const share = shares.get(name);
    if (share?.taken === 0 && share.waiting.length === 0) shares.delete(name);
  };
  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return [...shares.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
    take: (order, signal, name = '') =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const share = shareOf(name);
        const leave = (): void => {
          share.waiting.splice(share.waiting.indexOf(entry), 1);
          forgetIdle(name);
          resolve(undefined);
        };
        const entry = {
          order,
          begin: () => {
            signal.removeEventListener('abort', leave);
            let returned = false;
            resolve(() => {
              if (returned) return;
              returned = true;
              taken -= 1;
              share.taken -= 1;
              give();
              forgetIdle(name);
            });
          },
        };
        const place = share.waiting.findIndex((other) => other.order > order);
        share.waiting.splice(place === -1 ? share.waiting.length : place, 0, entry);
        signal.addEventListener('abort', leave, { once: true });
        // After this turn, so that all waiters that came in it are compared.
        queueMicrotask(give);
      }),
  };
}

function nextShare(shares: Iterable<Share>): Share | undefined {
  let best: Share | undefined;
  for (const share of shares) {
    if (share.waiting.length === 0) continue;
    const isBefore =
      best === undefined ||
      share.taken < best.taken ||
      (share.taken === best.taken && share.servedAt < best.servedAt) ||
      (share.taken === best.taken && share.servedAt === best.servedAt && orderOf(share) < orderOf(best));
    if (isBefore) best = share;
  }
  return best;
}

const orderOf = ({ waiting }: Share): number => waiting[0]?.order ?? Number.POSITIVE_INFINITY;
