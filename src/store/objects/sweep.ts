import type { JsonObject } from '../../base/index.ts';
import type { Records } from '../records/records.ts';
import type { Blobs } from './blobs.ts';
import { blobNames, objectKind, partKind, uploadKind } from './bodies.ts';
import { versionKind } from './versions/order.ts';

/**
 * Removes blobs that were there before the start and that no record refers to. Returns false when it was stopped.
 * A blob may move from a part to an object meanwhile, never back: so the parts of a bucket are read first. Those that move
 * between objects and versions are in `moved`, which grows meanwhile.
 * Rejects with Unavailable when the index or the folder fails; the next sweep removes the rest.
 */
export async function sweep(
  { blobs, records, moved }: { blobs: Blobs; records: Records; moved: ReadonlySet<string> },
  old: AsyncIterable<string>,
  stopped: () => boolean,
): Promise<boolean> {
  const unused = new Set<string>();
  for await (const name of old) {
    if (stopped()) return false;
    unused.add(name);
  }
  const idsOf = async (kind: string, seen: (body: JsonObject) => void): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id, body } of allRecords(records, kind)) {
      if (stopped()) break;
      ids.push(id);
      seen(body);
    }
    return ids;
  };
  const spare = (body: JsonObject): void => {
    for (const name of blobNames(body)) unused.delete(name);
  };
  for (const bucket of unused.size === 0 ? [] : await idsOf('bucket', () => {})) {
    for (const uploadId of await idsOf(uploadKind(bucket), () => {})) await idsOf(partKind(uploadId), spare);
    await idsOf(objectKind(bucket), spare);
    await idsOf(versionKind(bucket), spare);
  }
  for (const name of unused) {
    if (stopped()) return false;
    if (!moved.has(name)) await blobs.remove(name);
  }
  return !stopped();
}

/** All records of a kind by id, read a page at a time. */
export async function* allRecords<Body extends JsonObject>(records: Records, kind: string) {
  for (let after: string | undefined; ; ) {
    const page = await records.list<Body>(kind, after === undefined ? {} : { idAfter: after });
    yield* page;
    if (page.length < 1000) return;
    after = page.at(-1)?.id;
  }
}

export async function collected<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}
