import { Unavailable } from '../../base/index.ts';
import type { Records } from '../records/records.ts';
import type { Bucket } from './objects.ts';

const knownMax = 1000;

/**
 * Buckets as the records have them, remembered: every request asks for one. One process owns a folder of objects and writes
 * its buckets, so that it knows of every change; after a write with an unknown outcome it reads the records every time.
 */
export function knownBuckets(records: Pick<Records, 'get'>) {
  const known = new Map<string, Promise<Bucket | undefined>>();
  const doubtful = new Set<string>();
  return {
    find(name: string): Promise<Bucket | undefined> {
      const before = known.get(name);
      if (before !== undefined) return before;
      const asked = records.get('bucket', name).then((record) => record?.body as unknown as Bucket | undefined);
      if (doubtful.has(name)) return asked;
      if (known.size >= knownMax) known.delete(known.keys().next().value!);
      known.set(name, asked);
      const forget = (): void => {
        if (known.get(name) === asked) known.delete(name);
      };
      asked.then((bucket) => {
        if (bucket === undefined) forget();
      }, forget);
      return asked;
    },

    /** Runs a write of a bucket, or of its removal. A read that began before the write was done is not remembered. */
    async changing<Value>(name: string, write: () => Promise<Value>): Promise<Value> {
      try {
        return await write();
      } catch (thrown) {
        if (thrown instanceof Unavailable) doubtful.add(name);
        throw thrown;
      } finally {
        known.delete(name);
      }
    },
  };
}
