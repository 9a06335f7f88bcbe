import { Unavailable } from '../../base/index.ts';
import type { Records } from './records.ts';

/** How long a call may wait for its answer, waits for a connection and repetitions included. */
export const answerWaitMs = 20_000;

/**
 * Records whose calls reject with Unavailable when there is no answer in time, as from a frozen database or a disk that
 * hangs; a write may still be done later, as after any Unavailable. Says once when the database is lost, and once when
 * it is back.
 */
export function guardedRecords(records: Records, log: (text: string) => void, waitMs: number = answerWaitMs): Records {
  let lost = false;
  const seen = (thrown: unknown): void => {
    if (!(thrown instanceof Unavailable && thrown.retry) || lost) return;
    lost = true;
    log(`The records cannot be reached: ${thrown.message}`);
  };
  const guarded = <Args extends unknown[], Value>(call: (...args: Args) => Promise<Value>) => {
    return (...args: Args): Promise<Value> =>
      new Promise((resolve, reject) => {
        const late = (): void => {
          const cause = new Unavailable(`The database has not answered within ${waitMs / 1000} s`);
          seen(cause);
          reject(cause);
        };
        const timer = setTimeout(late, waitMs);
        call(...args)
          .finally(() => clearTimeout(timer))
          .then(
            (value) => {
              if (lost) log('The records can be reached again');
              lost = false;
              resolve(value);
            },
            (cause) => {
              seen(cause);
              reject(cause);
            },
          );
      });
  };
  return {
    ...records,
    get: guarded(records.get) as Records['get'],
    list: guarded(records.list) as Records['list'],
    write: guarded(records.write),
    append: guarded(records.append),
    read: guarded(records.read),
    removeStream: guarded(records.removeStream),
  };
}
