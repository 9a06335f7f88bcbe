import type { Records } from '../records/records.ts';
import type { Blobs } from './blobs.ts';
import { blobNames } from './bodies.ts';

/** Blobs of a write whose outcome is unknown, and the records that would refer to them. */
interface Doubt {
  sinceMs: number;
  names: readonly string[];
  places: readonly { kind: string; id: string }[];
}

/** A write without an answer for so long is either done or never will be. */
const doubtMs = 60_000;
const doubtsMax = 10_000;

/**
 * An index that fails during a write may have done it all the same, or may do it a moment later. Its blobs are
 * therefore neither kept for good nor removed at once: a minute later the records say which are in use.
 */
export function openDoubts({ records, blobs, nowMs }: { records: Records; blobs: Blobs; nowMs(): number }) {
  let doubts: Doubt[] = [];
  let lost = false;
  return {
    add(names: readonly string[], places: readonly { kind: string; id: string }[]): void {
      if (doubts.length < doubtsMax) doubts.push({ sinceMs: nowMs(), names, places });
      else lost = true;
    },

    /** Removes the blobs that turned out to be unused. Never rejects: an index that still fails is asked again later. */
    async settle(): Promise<void> {
      const old = doubts.filter(({ sinceMs }) => nowMs() - sinceMs >= doubtMs);
      if (old.length === 0) return;
      doubts = doubts.filter((doubt) => !old.includes(doubt));
      for (const doubt of old) {
        try {
          const found = await Promise.all(doubt.places.map(({ kind, id }) => records.get(kind, id)));
          const used = new Set(found.flatMap((record) => (record === undefined ? [] : blobNames(record.body))));
          for (const name of doubt.names) if (!used.has(name)) await blobs.remove(name);
        } catch {
          doubts.push(doubt);
        }
      }
    },

    has: (name: string): boolean => doubts.some(({ names }) => names.includes(name)),

    areSettled: (): boolean => doubts.length === 0 && !lost,
  };
}

export type Doubts = ReturnType<typeof openDoubts>;
