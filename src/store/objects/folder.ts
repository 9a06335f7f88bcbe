import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Conflict } from '../../base/index.ts';
import type { RecordChange, Records } from '../records/records.ts';
import { type Blobs, folderBlobs } from './blobs.ts';
import {
  bucketBody,
  type ObjectBody,
  objectBody,
  objectOf,
  type PartBody,
  partOf,
  type UploadBody,
  uploadOf,
} from './bodies.ts';
import type { Bucket, Objects, ObjectTarget, PutOptions, StoredObject, Upload } from './objects.ts';

/**
 * Objects in a folder: bytes in files of random names, everything else in Records. An object is a list of such files, so
 * that an upload in parts is completed without copying. The write of the record is the moment at which an object
 * exists; files without a record are swept after a start that follows a crash.
 */
export async function folderObjects(options: {
  folder: string;
  records: Records;
  nowMs(): number;
  newId(): string;
}): Promise<Objects> {
  const { folder, records, nowMs, newId } = options;
  const blobs = folderBlobs(join(folder, 'blobs'), newId);
  const cleanMark = join(folder, 'closed-cleanly');
  const afterCrash = !existsSync(cleanMark);
  rmSync(cleanMark, { force: true });
  let closing = false;
  const sweeping = afterCrash ? sweep(blobs, records, nowMs(), () => closing).catch(() => {}) : Promise.resolve();

  const readObject = (bucket: string, key: string) => records.get<ObjectBody>(objectKind(bucket), key);
  const removeBlobs = async (names: readonly { name: string }[]): Promise<void> => {
    for (const { name } of names) await blobs.remove(name).catch(() => {});
  };

  /** Makes an object visible in place of whatever is there, together with further changes. */
  const publish = async (
    target: ObjectTarget,
    body: ObjectBody,
    expect: PutOptions['expect'],
    further: RecordChange[] = [],
  ): Promise<StoredObject> => {
    for (;;) {
      const before = await readObject(target.bucket, target.key);
      if (expect !== undefined && !holds(expect, before?.body.etag))
        throw new Conflict(`${target.key} is not as expected`);
      const atMs = nowMs();
      const put = { kind: objectKind(target.bucket), id: target.key, createdAtMs: atMs, updatedAtMs: atMs, body };
      try {
        await records.write([{ put, expect: before?.version ?? 'absent' }, ...further]);
      } catch (cause) {
        // Another writer was first: look again, and let the last one win unless an expectation says otherwise.
        if (cause instanceof Conflict && (await changed(before?.version, target))) continue;
        throw cause;
      }
      if (before !== undefined) await removeBlobs(before.body.blobs);
      return objectOf(target.bucket, { id: target.key, updatedAtMs: atMs, body });
    }
  };
  const changed = async (version: number | undefined, { bucket, key }: ObjectTarget): Promise<boolean> =>
    (await readObject(bucket, key))?.version !== version;

  const writeBlob = async (body: AsyncIterable<Uint8Array>, putOptions: PutOptions = {}) => {
    const written = await blobs.write(body, putOptions.checksums ?? []);
    try {
      return { ...written, accepted: putOptions.accept?.(written.digests) };
    } catch (refused) {
      await blobs.remove(written.name).catch(() => {});
      throw refused;
    }
  };

  const allParts = async (uploadId: string) => {
    const found = [];
    for (let after: string | undefined; ; ) {
      const page = await records.list<PartBody>(partKind(uploadId), after === undefined ? {} : { idAfter: after });
      found.push(...page);
      after = page.at(-1)?.id;
      if (page.length < 1000) return found;
    }
  };

  const forget = async (
    upload: Upload,
    keep: ReadonlySet<string>,
  ): Promise<{ changes: RecordChange[]; blobs: { name: string }[] }> => {
    const parts = await allParts(upload.uploadId);
    return {
      changes: [
        { remove: { kind: uploadKind(upload.bucket), id: upload.uploadId } },
        ...parts.map(({ id }) => ({ remove: { kind: partKind(upload.uploadId), id } })),
      ],
      blobs: parts.map(({ body }) => body.blob).filter(({ name }) => !keep.has(name)),
    };
  };

  const uploads = async (bucket: string): Promise<Upload[]> => {
    const found: Upload[] = [];
    for (let after: string | undefined; ; ) {
      const page = await records.list<UploadBody>(uploadKind(bucket), after === undefined ? {} : { idAfter: after });
      found.push(...page.map((record) => uploadOf(bucket, record)));
      after = page.at(-1)?.id;
      if (page.length < 1000) return found;
    }
  };

  const abortUpload = async (upload: Upload): Promise<void> => {
    const left = await forget(upload, new Set());
    await records.write(left.changes);
    await removeBlobs(left.blobs);
  };

  return {
    uploads,
    abortUpload,

    async createBucket(bucket) {
      const put = {
        kind: 'bucket',
        id: bucket.name,
        createdAtMs: bucket.createdAtMs,
        updatedAtMs: bucket.createdAtMs,
        body: bucketBody(bucket),
      };
      await records.write([{ put, expect: 'absent' }]);
    },

    async bucket(name) {
      return (await records.get('bucket', name))?.body as unknown as Bucket | undefined;
    },

    async buckets() {
      const found: Bucket[] = [];
      for (let after: string | undefined; ; ) {
        const page = await records.list('bucket', after === undefined ? {} : { idAfter: after });
        found.push(...page.map(({ body }) => body as unknown as Bucket));
        after = page.at(-1)?.id;
        if (page.length < 1000) return found;
      }
    },

    async updateBucket(bucket) {
      await records.write([
        {
          put: {
            kind: 'bucket',
            id: bucket.name,
            createdAtMs: bucket.createdAtMs,
            updatedAtMs: nowMs(),
            body: bucketBody(bucket),
          },
        },
      ]);
    },

    async removeBucket(name) {
      const [one] = await records.list(objectKind(name), { limit: 1 });
      if (one !== undefined) throw new Conflict(`${name} is not empty`);
      for (const upload of await uploads(name)) await abortUpload(upload);
      await records.write([{ remove: { kind: 'bucket', id: name } }]);
    },

    async put(target, body, putOptions = {}) {
      const { name, digests, accepted } = await writeBlob(body, putOptions);
      const object = objectBody([{ name, sizeBytes: digests.sizeBytes }], digests.md5, {
        ...putOptions.attributes,
        ...accepted,
      });
      try {
        return await publish(target, object, putOptions.expect);
      } catch (thrown) {
        await blobs.remove(name).catch(() => {});
        throw thrown;
      }
    },

    async head(bucket, key) {
      const found = await readObject(bucket, key);
      return found === undefined ? undefined : objectOf(bucket, found);
    },

    async get(bucket, key, range) {
      for (;;) {
        const found = await readObject(bucket, key);
        if (found === undefined) return undefined;
        const release = blobs.hold(found.body.blobs.map(({ name }) => name));
        // Between reading the record and holding its files another writer may have removed them.
        if ((await readObject(bucket, key))?.version !== found.version) {
          release();
          continue;
        }
        const object = objectOf(bucket, found);
        const { start, end } = range ?? { start: 0, end: object.sizeBytes };
        const body = Readable.from(slices(blobs, found.body.blobs, start, end), { objectMode: false });
        body.once('close', release);
        return { object, body };
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

    async updateAttributes(bucket, key, attributes) {
      const found = await readObject(bucket, key);
      if (found === undefined) throw new Conflict(`${key} is gone`);
      const { kind, id, createdAtMs, updatedAtMs, version, body } = found;
      await records.write([
        {
          put: { kind, id, createdAtMs, updatedAtMs, body: objectBody(body.blobs, body.etag, attributes) },
          expect: version,
        },
      ]);
    },

    async remove(bucket, key) {
      for (;;) {
        const found = await readObject(bucket, key);
        if (found === undefined) return false;
        try {
          await records.write([{ remove: { kind: found.kind, id: found.id }, expect: found.version }]);
        } catch (cause) {
          if (cause instanceof Conflict) continue;
          throw cause;
        }
        await removeBlobs(found.body.blobs);
        return true;
      }
    },

    async createUpload(target, attributes) {
      const upload: Upload = { ...target, uploadId: newId().replaceAll('-', ''), createdAtMs: nowMs(), attributes };
      const body = { key: upload.key, attributes } as unknown as UploadBody;
      await records.write([
        {
          put: {
            kind: uploadKind(target.bucket),
            id: upload.uploadId,
            createdAtMs: upload.createdAtMs,
            updatedAtMs: upload.createdAtMs,
            body,
          },
          expect: 'absent',
        },
      ]);
      return upload;
    },

    async upload(bucket, uploadId) {
      const found = await records.get<UploadBody>(uploadKind(bucket), uploadId);
      return found === undefined ? undefined : uploadOf(bucket, found);
    },

    async putPart(upload, partNumber, body, putOptions) {
      const { name, digests } = await writeBlob(body, putOptions);
      const [kind, id, atMs] = [partKind(upload.uploadId), partId(partNumber), nowMs()];
      const part: PartBody = {
        blob: { name, sizeBytes: digests.sizeBytes },
        etag: digests.md5,
        checksums: digests.checksums,
      };
      try {
        const before = await records.get<PartBody>(kind, id);
        await records.write([{ put: { kind, id, createdAtMs: atMs, updatedAtMs: atMs, body: part } }]);
        if (before !== undefined) await removeBlobs([before.body.blob]);
      } catch (thrown) {
        await blobs.remove(name).catch(() => {});
        throw thrown;
      }
      return partOf({ id, updatedAtMs: atMs, body: part });
    },

    async parts(upload) {
      return (await allParts(upload.uploadId)).map(partOf);
    },

    async completeUpload(upload, partNumbers, putOptions) {
      const parts = new Map((await allParts(upload.uploadId)).map((part) => [part.id, part.body]));
      const chosen = partNumbers.map((number) => {
        const part = parts.get(partId(number));
        if (part === undefined) throw new Conflict(`Part ${number} is gone`);
        return part.blob;
      });
      const left = await forget(upload, new Set(chosen.map(({ name }) => name)));
      const object = await publish(
        upload,
        objectBody(chosen, putOptions.etag, { ...upload.attributes, ...putOptions.attributes }),
        putOptions.expect,
        left.changes,
      );
      await removeBlobs(left.blobs);
      return object;
    },

    async close() {
      closing = true;
      await sweeping;
      if (!afterCrash || sweepDone.has(blobs)) writeFileSync(cleanMark, '');
    },
  };
}

const objectKind = (bucket: string): string => `object/${bucket}`;
const uploadKind = (bucket: string): string => `upload/${bucket}`;
const partKind = (uploadId: string): string => `part/${uploadId}`;
/** Five digits, so that parts list in their order. */
const partId = (partNumber: number): string => String(partNumber).padStart(5, '0');

const holds = (expect: NonNullable<PutOptions['expect']>, etag: string | undefined): boolean =>
  'absent' in expect ? etag === undefined : etag === expect.etag;

async function* slices(blobs: Blobs, list: ObjectBody['blobs'], start: number, end: number): AsyncGenerator<Buffer> {
  let from = 0;
  for (const { name, sizeBytes } of list) {
    const first = Math.max(start, from);
    const last = Math.min(end, from + sizeBytes);
    if (first < last) yield* blobs.read(name, first - from, last - from);
    from += sizeBytes;
    if (from >= end) return;
  }
}

const sweepDone = new WeakSet<Blobs>();

/** Removes files older than the start that no record names. Stops when asked; the next start goes on. */
async function sweep(blobs: Blobs, records: Records, startedAtMs: number, stopped: () => boolean): Promise<void> {
  const candidates = new Set<string>();
  for await (const name of blobs.list(startedAtMs)) {
    candidates.add(name);
    if (stopped()) return;
  }
  const spare = async (kind: string, namesOf: (body: unknown) => readonly string[]): Promise<string[]> => {
    const ids: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await records.list(kind, after === undefined ? {} : { idAfter: after });
      for (const { id, body } of page) {
        ids.push(id);
        for (const name of namesOf(body)) candidates.delete(name);
      }
      after = page.at(-1)?.id;
      if (page.length < 1000 || stopped()) return ids;
    }
  };
  for (const bucket of await spare('bucket', () => [])) {
    await spare(objectKind(bucket), (body) => (body as ObjectBody).blobs.map(({ name }) => name));
    for (const uploadId of await spare(uploadKind(bucket), () => [])) {
      await spare(partKind(uploadId), (body) => [(body as PartBody).blob.name]);
    }
    if (stopped()) return;
  }
  // A part may become an object between the two looks; its file is then named by a record written after the start.
  for (const name of candidates) {
    if (stopped()) return;
    await blobs.remove(name).catch(() => {});
  }
  sweepDone.add(blobs);
}
