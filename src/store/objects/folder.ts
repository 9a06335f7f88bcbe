import { createWriteStream, existsSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Conflict, type JsonObject, Unavailable } from '../../base/index.ts';
import type { Records } from '../records/records.ts';
import { type Blobs, folderBlobs } from './blobs.ts';
import { bucketBody, type ObjectBody, objectBody, objectKind, objectOf } from './bodies.ts';
import { openDoubts } from './doubts.ts';
import { type FolderContext, folderContext } from './folder-context.ts';
import { folderUploads } from './folder-uploads.ts';
import type { Bucket, ByteRange, ObjectStream, Objects, StoredObject } from './objects.ts';
import { streamOf } from './read-blocks.ts';
import { isSealed, openBytes, requireSeal, type Seal, sealBytes, sealedName } from './sealing/seal.ts';
import { sealOld } from './sealing/seal-old.ts';
import { digestsOf, findApart, findSmall, type SmallBytes, smallBytesMaxDefault, startOf } from './small-bytes.ts';
import { allRecords, collected, sweep } from './sweep.ts';
import { findVersion, isMarker, type Kept, storedVersion, versionOf } from './versions/find-version.ts';
import { latestOf, listVersions } from './versions/list-versions.ts';
import { versionKind } from './versions/order.ts';
import { folderRemovals } from './versions/remove-version.ts';
import { rewritten } from './versions/succession.ts';

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
  /** What objects are encrypted with; without it they are kept plain. */
  seal?: Seal | undefined;
  /** Called once what was there before there was a key is encrypted: how many objects, versions and parts that were. */
  sealed?(count: number): void;
  /** Called when that failed; the rest is left to the next start. */
  sealFailed?(cause: unknown): void;
}): Promise<Objects> {
  const { folder, records, nowMs, newId, seal, smallBytesMax = smallBytesMaxDefault } = options;
  const tidyMark = join(folder, 'tidy');
  const wasTidy = existsSync(tidyMark);
  rmSync(tidyMark, { force: true });
  const blobs = await folderBlobs(folder, newId, seal);
  const doubts = openDoubts({ records, blobs, nowMs });
  const context = folderContext({ records, blobs, doubts, seal, smallBytesMax, nowMs, newId });
  let closing = false;
  let swept: Promise<boolean> = Promise.resolve(true);
  if (wasTidy) context.forgetMoved();
  else {
    // A failed sweep does not stop the service: without the mark the next start sweeps again.
    swept = sweep({ blobs, records, moved: context.moved() }, blobs.old(), () => closing)
      .catch(() => false)
      .finally(context.forgetMoved);
  }
  // Once nothing plain is left nothing becomes plain: a folder that is encrypted is never opened without its key.
  const sealedMark = join(folder, 'sealed');
  let sealing: Promise<unknown> = Promise.resolve();
  if (seal !== undefined && !existsSync(sealedMark))
    // After the sweep, which would take sealed bytes for unused.
    sealing = swept
      .then(() => sealOld(context, seal, () => closing))
      .then(({ count, isDone }) => {
        if (isDone) writeFileSync(sealedMark, '');
        if (isDone && count > 0) options.sealed?.(count);
      })
      .catch((cause: unknown) => options.sealFailed?.(cause));
  const uploads = folderUploads(context);
  return {
    ...folderBuckets(context, uploads),
    ...folderKeys(context),
    ...folderRemovals(context),
    ...uploads,
    async close() {
      closing = true;
      const done = await swept;
      await sealing;
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
        for (const kind of [objectKind(name), versionKind(name)])
          if ((await records.list(kind, { limit: 1 })).length > 0) throw new Conflict(`Bucket ${name} is not empty`);
        for (const upload of await uploads(name)) await abortUpload(upload);
        await context.buckets.changing(name, () => records.write([{ remove: { kind: 'bucket', id: name } }]));
      }),
  };
}

function folderKeys(
  context: FolderContext,
): Pick<Objects, 'put' | 'head' | 'get' | 'place' | 'list' | 'updateAttributes' | 'version' | 'versions'> {
  const { records, blobs } = context;
  /** The record of an object or of a version with bytes. */
  const find = async (bucket: string, key: string, versionId?: string): Promise<Kept | undefined> => {
    const found = await findVersion(records, { bucket, key }, versionId);
    return found === undefined || isMarker(found) ? undefined : found;
  };
  /** An existing object with its bytes when it is small, else with its blobs, which stay until they are released. */
  const hold = async (bucket: string, key: string, versionId?: string): Promise<Held | undefined> => {
    for (let attempt = 1; attempt <= readAttemptsMax; attempt++) {
      const removals = blobs.removalCount();
      const [found, kept] = await Promise.all([find(bucket, key, versionId), findSmall(records, { bucket, key })]);
      if (found === undefined) return undefined;
      const { blobs: list, small: name, apart } = found.body;
      if (name !== undefined) {
        const small = apart ? await findApart(records, bucket, name) : kept?.name === name ? kept.bytes() : undefined;
        // Not every store reads both at one moment: the object may have been replaced in between.
        if (small === undefined) continue;
        const bytes = isSealed(name) ? openBytes(requireSeal(context.seal), name, small) : small;
        return { object: objectOf(bucket, found), small: bytes, list, release: () => undefined };
      }
      const release = blobs.hold(list.map(({ name }) => name));
      try {
        // A blob may have been removed since its record was read. Versions start again with a new record, names do not.
        if (blobs.removalCount() === removals || sameBlobs(await find(bucket, key, versionId), found))
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
        const small = smallBytes(context, start.bytes);
        const body = objectBody([], digests.md5, { ...attributes, ...accept?.(digests) });
        return context.publish(target, { ...body, small: small.name, sizeBytes: digests.sizeBytes }, expect, { small });
      }
      const { name, digests, accepted } = await context.writeBlob(start.long, options).finally(start.close);
      const body = objectBody([{ name, sizeBytes: digests.sizeBytes }], digests.md5, { ...attributes, ...accepted });
      return context.discardingOnFailure([name], () => context.publish(target, body, expect));
    },

    async head(bucket, key, versionId) {
      const found = await find(bucket, key, versionId);
      return found && objectOf(bucket, found);
    },

    async get(bucket, key, range, versionId) {
      const held = await hold(bucket, key, versionId);
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
        else if (only !== undefined && others.length === 0 && !isSealed(only.name))
          await blobs.place(only.name, path, shared);
        else {
          const body = streamOf((passing) => slices(blobs, list, { start: 0, end: object.sizeBytes }, passing));
          await pipeline(body, createWriteStream(path, { flags: 'wx', mode: shared ? 0o400 : 0o644 }), { signal });
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

    updateAttributes: (bucket, key, change, versionId) =>
      context.onKey({ bucket, key }, async () => {
        const found = await find(bucket, key, versionId);
        if (found === undefined) return undefined;
        const body = { ...found.body, attributes: { ...change(objectOf(bucket, found)) } as JsonObject };
        await records.write([{ put: rewritten(found, body), expect: found.version }]);
        return objectOf(bucket, { ...found, body });
      }),

    async version(bucket, key, versionId) {
      const latest = await latestOf(records, bucket, key);
      const found = versionId === undefined ? latest : await findVersion(records, { bucket, key }, versionId);
      return (
        found && storedVersion(bucket, found, latest !== undefined && versionOf(latest).id === versionOf(found).id)
      );
    },

    versions: (bucket, query) => listVersions(records, bucket, query),
  };
}

/** The bytes of a small object under a new name, sealed where there is a key. */
function smallBytes({ seal, newId }: FolderContext, bytes: Buffer): SmallBytes {
  if (seal === undefined) return { name: newId(), bytes };
  const name = sealedName(newId());
  return { name, bytes: sealBytes(seal, name, bytes) };
}

/** An object that is being read. */
interface Held {
  object: StoredObject;
  small: Buffer | undefined;
  list: ObjectBody['blobs'];
  release(): void;
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
  for (const blob of list) {
    const { sizeBytes } = blob;
    const first = Math.max(start, from);
    const last = Math.min(end, from + sizeBytes);
    if (first < last) yield* blobs.read(blob, { start: first - from, end: last - from }, passing);
    from += sizeBytes;
    if (from >= end) return;
  }
}
