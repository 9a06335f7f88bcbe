import { createWriteStream, existsSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Conflict, type JsonObject, Unavailable } from '../../base/index.ts';
import type { Records } from '../records/records.ts';
import { type Blobs, folderBlobs } from './blobs.ts';
import { bucketBody, type ObjectBody, objectBody, objectKind, objectOf } from './bodies.ts';
import { openDoubts } from './doubts.ts';
import { type FolderContext, folderContext } from './folder-context.ts';
import { folderUploads } from './folder-uploads.ts';
import type { Bucket, ByteRange, ObjectStream, Objects, StoredObject } from './objects.ts';
import { digestsOf, findSmall, forgetSmall, keepSmall, smallBytesMaxDefault, startOf } from './small-bytes.ts';
import { allRecords, collected, sweep } from './sweep.ts';

/**
 * Objects in a folder: bytes in files of random names, everything else in Records, also the bytes of small objects.
 * A larger object is a list of such files, so that an upload in parts is completed without copying. The write of the record is the moment at which an object
 * exists. Files that no record names are swept in the background after a start that follows a crash. One process at a
 * time may use a folder. Rejects with Unavailable when the folder cannot be used.
 */
export async function folderObjects(options: {
  folder: string;
  records: Records;
  nowMs(): number;
  newId(): string;
  /** Objects of up to this size have their bytes in the records (default 16 KB). */
  smallBytesMax?: number;
}): Promise<Objects> {
  const { folder, records, nowMs, newId, smallBytesMax = smallBytesMaxDefault } = options;
  const tidyMark = join(folder, 'tidy');
  const wasTidy = existsSync(tidyMark);
  rmSync(tidyMark, { force: true });
  const blobs = await folderBlobs(folder, newId);
  const doubts = openDoubts({ records, blobs, nowMs });
  const context = folderContext({ records, blobs, doubts, smallBytesMax, nowMs, newId });
  let closing = false;
  let swept: Promise<boolean> = Promise.resolve(true);
  if (!wasTidy) {
    // A failed sweep does not stop the service: without the mark the next start sweeps again.
    swept = sweep({ blobs, records }, blobs.old(), () => closing).catch(() => false);
  }
  const uploads = folderUploads(context);
  return {
    ...folderBuckets(context, uploads),
    ...folderKeys(context),
    ...uploads,
    async close() {
      closing = true;
      const done = await swept;
      await doubts.settle();
      await blobs.close();
      if (done && context.isTidy()) writeFileSync(tidyMark, '');
    },
  };
}

function folderBuckets(
  context: FolderContext,
  { uploads, abortUpload }: Pick<Objects, 'uploads' | 'abortUpload'>,
): Pick<Objects, 'createBucket' | 'bucket' | 'buckets' | 'updateBucket' | 'removeBucket'> {
  const { records, nowMs } = context;
  const putOf = (bucket: Bucket, updatedAtMs: number) => ({
    kind: 'bucket',
    id: bucket.name,
    createdAtMs: bucket.createdAtMs,
    updatedAtMs,
    body: bucketBody(bucket),
  });
  return {
    async createBucket(bucket) {
      const put = putOf(bucket, bucket.createdAtMs);
      await context.buckets.changing(bucket.name, () => records.write([{ put, expect: 'absent' }]));
    },

    bucket: context.buckets.find,

    async buckets() {
      return (await collected(allRecords(records, 'bucket'))).map(({ body }) => body as unknown as Bucket);
    },

    updateBucket: (name, change) =>
      context.inTurn(name, async () => {
        const found = await records.get('bucket', name);
        if (found === undefined) throw new Conflict(`Bucket ${name} does not exist`);
        const bucket = change(found.body as unknown as Bucket);
        const put = putOf(bucket, nowMs());
        await context.buckets.changing(name, () => records.write([{ put, expect: found.version }]));
        return bucket;
      }),

    removeBucket: (name) =>
      context.alone(name, async () => {
        const [one] = await records.list(objectKind(name), { limit: 1 });
        if (one !== undefined) throw new Conflict(`Bucket ${name} is not empty`);
        for (const upload of await uploads(name)) await abortUpload(upload);
        await context.buckets.changing(name, () => records.write([{ remove: { kind: 'bucket', id: name } }]));
      }),
  };
}

function folderKeys(
  context: FolderContext,
): Pick<Objects, 'put' | 'head' | 'get' | 'place' | 'list' | 'updateAttributes' | 'remove'> {
  const { records, blobs } = context;
  const find = (bucket: string, key: string) => records.get<ObjectBody>(objectKind(bucket), key);
  /** An existing object with its bytes when it is small, else with its blobs, which stay until they are released. */
  const hold = async (bucket: string, key: string): Promise<Held | undefined> => {
    for (let attempt = 1; attempt <= readAttemptsMax; attempt++) {
      const removals = blobs.removalCount();
      const [found, kept] = await Promise.all([find(bucket, key), findSmall(records, { bucket, key })]);
      if (found === undefined) return undefined;
      const { blobs: list, small } = found.body;
      if (small !== undefined) {
        // Not every store reads both at one moment: the object may have been replaced in between.
        if (kept?.name !== small) continue;
        return { object: objectOf(bucket, found), small: kept.bytes(), list, release: () => undefined };
      }
      const release = blobs.hold(list.map(({ name }) => name));
      try {
        // A blob may have been removed since its record was read. Versions start again with a new record, names do not.
        if (blobs.removalCount() === removals || sameBlobs(await find(bucket, key), found))
          return { object: objectOf(bucket, found), small: undefined, list, release };
      } catch (thrown) {
        release();
        throw thrown;
      }
      release();
    }
    throw new Unavailable(`${key} is replaced faster than it can be read`);
  };
  return {
    async put(target, bytes, options = {}) {
      const { attributes, expect, checksums = [], accept } = options;
      const start = await startOf(bytes, context.smallBytesMax);
      if ('bytes' in start) {
        const digests = await digestsOf(start.bytes, checksums);
        const name = context.newId();
        const body = objectBody([], digests.md5, { ...attributes, ...accept?.(digests) });
        const small = { ...body, small: name, sizeBytes: digests.sizeBytes };
        return context.publish(target, small, expect, { changes: [keepSmall(target, name, start.bytes)] });
      }
      const { name, digests, accepted } = await context.writeBlob(start.long, options).finally(start.close);
      const body = objectBody([{ name, sizeBytes: digests.sizeBytes }], digests.md5, { ...attributes, ...accepted });
      return context.discardingOnFailure([name], () => context.publish(target, body, expect));
    },

    async head(bucket, key) {
      const found = await find(bucket, key);
      return found && objectOf(bucket, found);
    },

    async get(bucket, key, range) {
      const held = await hold(bucket, key);
      if (held === undefined) return undefined;
      const { object, small, list, release } = held;
      let chosen = { start: 0, end: object.sizeBytes };
      try {
        chosen = (typeof range === 'function' ? range(object) : range) ?? chosen;
      } catch (thrown) {
        release();
        throw thrown;
      }
      if (small !== undefined) {
        const bytes = small.subarray(chosen.start, chosen.end);
        // Made when asked for: a stream costs more than the bytes. One, so that destroying it ends the reading.
        let body: ObjectStream | undefined;
        return {
          object,
          bytes,
          get body() {
            body ??= streamOf(() => [bytes]);
            return body;
          },
        };
      }
      const body = streamOf((passing) => slices(blobs, list, chosen, passing));
      body.once('close', release);
      return { object, body };
    },

    async place(bucket, key, path, { shared = false, signal } = {}) {
      const held = await hold(bucket, key);
      if (held === undefined) return undefined;
      const { object, small, list, release } = held;
      try {
        const [only, ...others] = list;
        if (small !== undefined) await writeFile(path, small, { flag: 'wx', signal });
        else if (only !== undefined && others.length === 0) await blobs.place(only.name, path, shared);
        else {
          const body = streamOf((passing) => slices(blobs, list, { start: 0, end: object.sizeBytes }, passing));
          await pipeline(body, createWriteStream(path, { flags: 'wx' }), { signal });
        }
        return object;
      } finally {
        release();
      }
    },

    async list(bucket, { prefix, after, from, limit }) {
      const query = {
        ...(prefix === undefined ? {} : { idPrefix: prefix }),
        ...(after === undefined ? {} : { idAfter: after }),
        ...(from === undefined ? {} : { idFrom: from }),
        ...(limit === undefined ? {} : { limit }),
      };
      return (await records.list<ObjectBody>(objectKind(bucket), query)).map((found) => objectOf(bucket, found));
    },

    updateAttributes: (bucket, key, change) =>
      context.onKey({ bucket, key }, async () => {
        const found = await find(bucket, key);
        if (found === undefined) return undefined;
        const { kind, id, createdAtMs, updatedAtMs, version } = found;
        const body = { ...found.body, attributes: { ...change(objectOf(bucket, found)) } as JsonObject };
        await records.write([{ put: { kind, id, createdAtMs, updatedAtMs, body }, expect: version }]);
        return objectOf(bucket, { id, updatedAtMs, body });
      }),

    remove: (bucket, key, expect) =>
      context.onKey({ bucket, key }, async () => {
        const found = await find(bucket, key);
        if (found === undefined) return false;
        if (expect !== undefined && found.body.etag !== expect.etag) throw new Conflict(`${key} is not as expected`);
        const { kind, id, version, body } = found;
        const names = body.blobs.map(({ name }) => name);
        const changes = [{ remove: { kind, id }, expect: version }, ...forgetSmall({ bucket, key }, body)];
        await context.write(changes, names, [{ kind, id }]);
        await context.remove(names);
        return true;
      }),
  };
}

/** An object that is being read. */
interface Held {
  object: StoredObject;
  small: Buffer | undefined;
  list: ObjectBody['blobs'];
  release(): void;
}

function streamOf(bytes: (passing: boolean) => AsyncIterable<Buffer> | Iterable<Buffer>): ObjectStream {
  return Object.assign(Readable.from(bytes(false), { objectMode: false }), { passingBlocks: () => bytes(true) });
}

/** How often a read starts again because the object was replaced meanwhile. */
const readAttemptsMax = 100;

const sameBlobs = (now: { body: ObjectBody } | undefined, then: { body: ObjectBody }): boolean =>
  now !== undefined && JSON.stringify(now.body.blobs) === JSON.stringify(then.body.blobs);

async function* slices(
  blobs: Blobs,
  list: ObjectBody['blobs'],
  { start, end }: ByteRange,
  passing: boolean,
): AsyncGenerator<Buffer> {
  let from = 0;
  for (const { name, sizeBytes } of list) {
    const first = Math.max(start, from);
    const last = Math.min(end, from + sizeBytes);
    if (first < last) yield* blobs.read(name, { start: first - from, end: last - from }, passing);
    from += sizeBytes;
    if (from >= end) return;
  }
}
