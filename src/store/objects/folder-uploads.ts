import { Conflict, Unavailable } from '../../base/index.ts';
import type { RecordChange, RecordOf } from '../records/records.ts';
import {
  objectBody,
  type PartBody,
  partId,
  partKind,
  partOf,
  type UploadBody,
  uploadKind,
  uploadOf,
} from './bodies.ts';
import type { FolderContext } from './folder-context.ts';
import type { Objects, Upload } from './objects.ts';
import { allRecords, collected } from './sweep.ts';

type Uploads = Pick<
  Objects,
  'createUpload' | 'upload' | 'uploads' | 'putPart' | 'parts' | 'completeUpload' | 'abortUpload'
>;

/** Uploads in parts. Completing one copies nothing: the object is the list of its parts' blobs. */
export function folderUploads(context: FolderContext): Uploads {
  const { records, nowMs, newId } = context;

  const partsOf = async (uploadId: string): Promise<RecordOf<PartBody>[]> =>
    collected(allRecords<PartBody>(records, partKind(uploadId)));

  /** The changes that end an upload, together or not at all: it must still be there, and its parts as they were seen. */
  const ending = async (upload: Upload) => {
    const kind = uploadKind(upload.bucket);
    const found = await records.get(kind, upload.uploadId);
    if (found === undefined) throw uploadIsOver(upload);
    const parts = await partsOf(upload.uploadId);
    const changes: RecordChange[] = [
      { remove: { kind, id: upload.uploadId }, expect: found.version },
      ...parts.map(({ kind, id, version }) => ({ remove: { kind, id }, expect: version })),
    ];
    return { parts, changes, places: parts.map(({ kind, id }) => ({ kind, id })) };
  };

  /** A part may have arrived while its upload ended. It is removed as well, here or where it was put: both check afterwards. */
  const removeLateParts = async (uploadId: string): Promise<void> => {
    for (const part of await partsOf(uploadId)) {
      const { kind, id, version, body } = part;
      await context.write([{ remove: { kind, id }, expect: version }], [body.blob.name], [{ kind, id }]);
      await context.remove([body.blob.name]);
    }
  };
  const removeLatePartsIfPossible = (uploadId: string): Promise<void> =>
    removeLateParts(uploadId).catch((thrown: unknown) => {
      // Another request removes it, or the index fails: the upload is over in either case, and a sweep finds the rest.
      if (!(thrown instanceof Conflict || thrown instanceof Unavailable)) throw thrown;
      context.leaveToSweep();
    });

  const abortUpload = async (upload: Upload): Promise<void> => {
    const { parts, changes, places } = await ending(upload);
    const names = parts.map(({ body }) => body.blob.name);
    await context.write(changes, names, places);
    await context.remove(names);
    await removeLatePartsIfPossible(upload.uploadId);
  };

  const uploads = async (bucket: string): Promise<Upload[]> => {
    const found = await collected(allRecords<UploadBody>(records, uploadKind(bucket)));
    return found.map((record) => uploadOf(bucket, record));
  };

  return {
    uploads,
    abortUpload: (upload) => context.inTurn(upload.uploadId, () => abortUpload(upload)),

    async createUpload(target, attributes) {
      const upload: Upload = { ...target, uploadId: newId().replaceAll('-', ''), createdAtMs: nowMs(), attributes };
      const { bucket, key, uploadId: id, createdAtMs } = upload;
      const body = { key, attributes } as unknown as UploadBody;
      const put = { kind: uploadKind(bucket), id, createdAtMs, updatedAtMs: createdAtMs, body };
      await context.withinBucket(bucket, () => records.write([{ put, expect: 'absent' }]));
      return upload;
    },

    async upload(bucket, uploadId) {
      const found = await records.get<UploadBody>(uploadKind(bucket), uploadId);
      return found === undefined ? undefined : uploadOf(bucket, found);
    },

    async putPart(upload, partNumber, bytes, options) {
      const { name, digests } = await context.writeBlob(bytes, options);
      const { uploadId } = upload;
      const [kind, id] = [partKind(uploadId), partId(partNumber)];
      const blob = { name, sizeBytes: digests.sizeBytes };
      const body: PartBody = { blob, etag: digests.md5, checksums: digests.checksums };
      // Parts of different numbers come side by side; those of the same number one after the other.
      return context.inTurn(`${uploadId}/${id}`, () =>
        context.discardingOnFailure([name], async () => {
          const before = await records.get<PartBody>(kind, id);
          const atMs = nowMs();
          const put = { kind, id, createdAtMs: atMs, updatedAtMs: atMs, body };
          const old = before === undefined ? [] : [before.body.blob.name];
          await context.write([{ put, expect: before?.version ?? 'absent' }], [name, ...old], [{ kind, id }]);
          await context.remove(old);
          if ((await records.get(uploadKind(upload.bucket), uploadId)) === undefined) {
            await removeLatePartsIfPossible(uploadId);
            throw uploadIsOver(upload);
          }
          return partOf({ id, updatedAtMs: atMs, body });
        }),
      );
    },

    async parts({ uploadId }) {
      return (await partsOf(uploadId)).map(partOf);
    },

    completeUpload: (upload, chosen, options) =>
      context.inTurn(upload.uploadId, async () => {
        const { parts, changes, places } = await ending(upload);
        const stored = new Map(parts.map((part) => [part.id, part]));
        const blobs = chosen.map(({ partNumber, etag, modifiedAtMs }) => {
          const part = stored.get(partId(partNumber));
          if (part === undefined || part.body.etag !== etag || part.updatedAtMs !== modifiedAtMs)
            throw new Conflict(`Part ${partNumber} of upload ${upload.uploadId} was replaced`);
          return part.body.blob;
        });
        const attributes = { ...upload.attributes, ...options.attributes };
        const object = await context.publish(upload, objectBody(blobs, options.etag, attributes), options.expect, {
          changes,
          names: parts.map(({ body }) => body.blob.name),
          places,
        });
        const used = new Set(blobs.map(({ name }) => name));
        await context.remove(parts.map(({ body }) => body.blob.name).filter((name) => !used.has(name)));
        await removeLatePartsIfPossible(upload.uploadId);
        return object;
      }),
  };
}

const uploadIsOver = ({ uploadId }: Upload): Conflict => new Conflict(`Upload ${uploadId} is over`);
