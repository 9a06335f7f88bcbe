import type { JsonObject } from '../../base/index.ts';
import type { Bucket, ObjectAttributes, StoredObject, Upload, UploadPart } from './objects.ts';
import { isSealed } from './sealing/seal.ts';

// The bodies of the records of buckets, objects, uploads and parts.

interface Blob extends JsonObject {
  name: string;
  sizeBytes: number;
}

export interface ObjectBody extends JsonObject {
  blobs: readonly Blob[];
  /** A small object has no blobs: its bytes are in a record of their own, of this name (see small-bytes.ts). */
  small?: string;
  /** The bytes of a small object lie under their name, not under the key. */
  apart?: boolean;
  /** Absent for what was written before its bucket had versions: that is the version `null`. */
  version?: VersionNote;
  sizeBytes: number;
  etag: string;
  attributes: JsonObject;
}

/** Which version an object is, and its place among those of its key (see versions/order.ts). */
export interface VersionNote extends JsonObject {
  id: string;
  order: string;
}

/** A version that is not, or no longer, the object of its key; or a delete marker, which hides the others while it is the latest. */
export interface VersionBody extends ObjectBody {
  key: string;
  version: VersionNote;
  marker?: boolean;
}

export interface UploadBody extends JsonObject {
  key: string;
  attributes: JsonObject;
}

export interface PartBody extends JsonObject {
  blob: Blob;
  etag: string;
  checksums: Readonly<Record<string, string>>;
}

/** Every blob that a record of an object or a part refers to. */
export const blobNames = (body: Partial<ObjectBody & PartBody>): string[] =>
  [...(body.blobs ?? []), ...(body.blob === undefined ? [] : [body.blob])].map(({ name }) => name);

export const objectKind = (bucket: string): string => `object/${bucket}`;
export const uploadKind = (bucket: string): string => `upload/${bucket}`;
export const partKind = (uploadId: string): string => `part/${uploadId}`;
/** Five digits, so that parts are listed in their order. */
export const partId = (partNumber: number): string => String(partNumber).padStart(5, '0');

interface Found<Body> {
  id: string;
  updatedAtMs: number;
  body: Body;
}

export const bucketBody = (bucket: Bucket): JsonObject => ({ ...bucket });

export const objectBody = (
  blobs: readonly { name: string; sizeBytes: number }[],
  etag: string,
  attributes: ObjectAttributes,
): ObjectBody => ({
  blobs: blobs.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
  sizeBytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  etag,
  attributes: { ...attributes } as JsonObject,
});

/** An object of its record, or a version of its own. */
export const objectOf = (bucket: string, { id, updatedAtMs, body }: Found<ObjectBody | VersionBody>): StoredObject => ({
  bucket,
  key: 'key' in body ? String(body.key) : id,
  ...(body.version === undefined ? {} : { versionId: body.version.id }),
  sizeBytes: body.sizeBytes,
  etag: body.etag,
  modifiedAtMs: updatedAtMs,
  attributes: body.attributes as ObjectAttributes,
  ...(isEncrypted(body) ? { encrypted: true } : {}),
});

const isEncrypted = ({ small, blobs }: ObjectBody): boolean =>
  small === undefined ? blobs.length > 0 && blobs.every(({ name }) => isSealed(name)) : isSealed(small);

export const uploadOf = (
  bucket: string,
  { id, createdAtMs, body }: { id: string; createdAtMs: number; body: UploadBody },
): Upload => ({
  bucket,
  key: body.key,
  uploadId: id,
  createdAtMs,
  attributes: body.attributes as ObjectAttributes,
});

export const partOf = ({ id, updatedAtMs, body }: Found<PartBody>): UploadPart => ({
  partNumber: Number(id),
  sizeBytes: body.blob.sizeBytes,
  etag: body.etag,
  modifiedAtMs: updatedAtMs,
  checksums: body.checksums,
});
