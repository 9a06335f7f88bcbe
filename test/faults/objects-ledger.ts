// What a writer of objects was promised, and what is found of it afterwards.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Objects } from '../../src/store/index.ts';
import { bodyOf } from './objects-bodies.ts';

/** An object as it can be read. */
export interface Found {
  md5: string;
  sizeBytes: number;
  blobCount: number;
}

/** Objects of up to this size have their bytes in the records, unless they came in parts. */
const smallBytesMax = 16 * 1024;

/** The buckets of the writers: the second keeps versions. */
export const buckets = ['b', 'v'] as const;
/** What stands for the ETag of an object that was joined from parts. */
export const joinedEtag = 'joined';

/**
 * Every object with the digest of what can be read of it, and the files of the versions that are none. Those versions have to be
 * whole too.
 */
export async function lookAt(objects: Objects): Promise<{ found: Map<string, Found>; olderBlobs: number }> {
  const found = new Map<string, Found>();
  let olderBlobs = 0;
  for (const bucket of buckets) {
    for (const { key, versionId, isLatest, object } of await objects.versions(bucket, {})) {
      if (object === undefined) continue;
      const { sizeBytes, etag, attributes } = object;
      const read = await objects.get(bucket, key, undefined, isLatest ? undefined : versionId);
      const bytes = read === undefined ? Buffer.alloc(0) : await buffer(read.body);
      const md5 = createHash('md5').update(bytes).digest('hex');
      const blobCount = attributes.partSizes?.length ?? (sizeBytes > smallBytesMax ? 1 : 0);
      if (isLatest) found.set(key, { md5, sizeBytes, blobCount });
      else {
        const isWhole = bytes.length === sizeBytes && (etag === joinedEtag || etag === md5);
        assert.ok(isWhole, `version ${versionId} of ${key} is not whole`);
        olderBlobs += blobCount;
      }
    }
  }
  return { found, olderBlobs };
}

/** A version, or that there is nothing under the key. */
export type State = number | 'nothing';

/** What is known of a key: the last state that was acknowledged, and one that was begun since. */
export interface Known {
  done: State;
  begun: State | undefined;
}

export function known(ledger: Map<string, Known>, key: string): Known {
  const found = ledger.get(key) ?? { done: 'nothing', begun: undefined };
  ledger.set(key, found);
  return found;
}

export const stateOf = (word: string): State => (word === 'nothing' ? word : Number(word));

/** Each key must be as it was acknowledged, or as it was about to become; then that is what it is. */
export function compare(ledger: Map<string, Known>, found: ReadonlyMap<string, Found>): void {
  for (const key of found.keys()) assert.ok(ledger.has(key), `${key} appeared`);
  for (const [key, { done, begun }] of ledger) {
    const object = found.get(key);
    const states = begun === undefined ? [done] : [done, begun];
    const state = states.find((state) => {
      if (state === 'nothing') return object === undefined;
      const body = bodyOf(key, state);
      return object?.sizeBytes === body.length && object.md5 === createHash('md5').update(body).digest('hex');
    });
    assert.ok(state !== undefined, `${key} is neither ${states.join(' nor ')}: ${JSON.stringify(object)}`);
    ledger.set(key, { done: state, begun: undefined });
  }
}
