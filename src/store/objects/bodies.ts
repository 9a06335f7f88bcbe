import type { JsonObject } from '../../base/index.ts';
import type { Bucket, ObjectAttributes, StoredObject, Upload, UploadPart } from './objects.ts';

// The bodies of the records of buckets, objects, uploads and parts.

interface Blob extends JsonObject {
  name: string;
  sizeBytes: number;
}

export interface ObjectBody extends JsonObject {
  blobs: readonly Blob[];
  /** A small object has no blobs: its bytes are in a record of their own, of this name (see small-bytes.ts). */
  small?: string;
  sizeBytes: number;
  etag: string;
  attributes: JsonObject;
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

export const objectOf = (bucket: string, { id, updatedAtMs, body }: Found<ObjectBody>): StoredObject => ({
  bucket,
  key: id,
  sizeBytes: body.sizeBytes,
  etag: body.etag,
  modifiedAtMs: updatedAtMs,
  attributes: body.attributes as ObjectAttributes,
});

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
