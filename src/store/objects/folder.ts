import { createWriteStream, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Conflict, Unavailable } from '../../base/index.ts';
import type { Records } from '../records/records.ts';
import { type Blobs, folderBlobs } from './blobs.ts';
import { bucketBody, type ObjectBody, objectBody, objectKind, objectOf } from './bodies.ts';
import { openDoubts } from './doubts.ts';
import { type FolderContext, folderContext } from './folder-context.ts';
import { folderUploads } from './folder-uploads.ts';
import type { Bucket, ByteRange, Objects } from './objects.ts';
import { allRecords, collected, sweep } from './sweep.ts';

/**
 * Objects in a folder: bytes in files of random names, everything else in Records. An object is a list of such files, so
 * that an upload in parts is completed without copying. The write of the record is the moment at which an object
 * exists. Files that no record names are swept in the background after a start that follows a crash. One process at a
 * time may use a folder. Rejects with Unavailable when the folder cannot be used.
 */
export async function folderObjects(options: {
  folder: string;
  records: Records;
  nowMs(): number;
  newId(): string;
}): Promise<Objects> {
  const { folder, records, nowMs, newId } = options;
  const tidyMark = join(folder, 'tidy');
  const wasTidy = existsSync(tidyMark);
  rmSync(tidyMark, { force: true });
  const blobs = await folderBlobs(folder, newId);
  const doubts = openDoubts({ records, blobs, nowMs });
  const context = folderContext({ records, blobs, doubts, nowMs, newId });
  let closing = false;
  let swept: Promise<boolean> = Promise.resolve(true);
  if (!wasTidy) {
    // A sweep that fails is no reason not to serve: without the mark the next start sweeps again.
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
      await records.write([{ put: putOf(bucket, bucket.createdAtMs), expect: 'absent' }]);
    },

    async bucket(name) {
      return (await records.get('bucket', name))?.body as unknown as Bucket | undefined;
    },

    async buckets() {
      return (await collected(allRecords(records, 'bucket'))).map(({ body }) => body as unknown as Bucket);
    },

    updateBucket: (name, change) =>
      context.inTurn(name, async () => {
        const found = await records.get('bucket', name);
        if (found === undefined) throw new Conflict(`Bucket ${name} does not exist`);
        const bucket = change(found.body as unknown as Bucket);
        await records.write([{ put: putOf(bucket, nowMs()), expect: found.version }]);
        return bucket;
      }),

    removeBucket: (name) =>
      context.alone(name, async () => {
        const [one] = await records.list(objectKind(name), { limit: 1 });
        if (one !== undefined) throw new Conflict(`Bucket ${name} is not empty`);
        for (const upload of await uploads(name)) await abortUpload(upload);
        await records.write([{ remove: { kind: 'bucket', id: name } }]);
      }),
  };
}

function folderKeys(
  context: FolderContext,
): Pick<Objects, 'put' | 'head' | 'get' | 'place' | 'list' | 'updateAttributes' | 'remove'> {
  const { records, blobs } = context;
  const find = (bucket: string, key: string) => records.get<ObjectBody>(objectKind(bucket), key);
  /** An object that is there, whose blobs stay until they are released. */
  const hold = async (bucket: string, key: string) => {
    for (let attempt = 1; attempt <= readAttemptsMax; attempt++) {
      const removals = blobs.removalCount();
      const found = await find(bucket, key);
      if (found === undefined) return undefined;
      const list = found.body.blobs;
      const release = blobs.hold(list.map(({ name }) => name));
      try {
        // A blob may have been removed since its record was read. Versions start again with a new record, names do not.
        if (blobs.removalCount() === removals || sameBlobs(await find(bucket, key), found))
          return { object: objectOf(bucket, found), list, release };
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
      const { name, digests, accepted } = await context.writeBlob(bytes, options);
      const attributes = { ...options.attributes, ...accepted };
      const body = objectBody([{ name, sizeBytes: digests.sizeBytes }], digests.md5, attributes);
      return context.discardingOnFailure([name], () => context.publish(target, body, options.expect));
    },

    async head(bucket, key) {
      const found = await find(bucket, key);
      return found && objectOf(bucket, found);
    },

    async get(bucket, key, range) {
      const held = await hold(bucket, key);
      if (held === undefined) return undefined;
      const { object, list, release } = held;
      let chosen = { start: 0, end: object.sizeBytes };
      try {
        chosen = (typeof range === 'function' ? range(object) : range) ?? chosen;
      } catch (thrown) {
        release();
        throw thrown;
      }
      const body = Readable.from(slices(blobs, list, chosen), { objectMode: false });
      body.once('close', release);
      return { object, body };
    },

    async place(bucket, key, path, { shared = false, signal } = {}) {
      const held = await hold(bucket, key);
      if (held === undefined) return undefined;
      const { object, list, release } = held;
      try {
        const [only, ...others] = list;
        if (only !== undefined && others.length === 0) await blobs.place(only.name, path, shared);
        else {
          const body = Readable.from(slices(blobs, list, { start: 0, end: object.sizeBytes }), { objectMode: false });
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
        const body = objectBody(found.body.blobs, found.body.etag, change(objectOf(bucket, found)));
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
        await context.write([{ remove: { kind, id }, expect: version }], names, [{ kind, id }]);
        await context.remove(names);
        return true;
      }),
  };
}

/** How often a read starts again because the object was replaced while it looked. */
const readAttemptsMax = 100;

const sameBlobs = (now: { body: ObjectBody } | undefined, then: { body: ObjectBody }): boolean =>
  now !== undefined && JSON.stringify(now.body.blobs) === JSON.stringify(then.body.blobs);

async function* slices(blobs: Blobs, list: ObjectBody['blobs'], { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let from = 0;
  for (const { name, sizeBytes } of list) {
    const first = Math.max(start, from);
    const last = Math.min(end, from + sizeBytes);
    if (first < last) yield* blobs.read(name, first - from, last - from);
    from += sizeBytes;
    if (from >= end) return;
  }
}
