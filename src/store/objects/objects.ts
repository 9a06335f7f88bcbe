import type { Readable } from 'node:stream';

/**
 * The seam for bytes by key: buckets of immutable objects, and uploads in parts.
 * It knows no S3 rule, no XML, no header: those live in services/s3.
 * Implementations: folder (blobs in files, index in Records), later another S3; a faulty twin for tests.
 * An awaited `put` is on disk (file and folder synced, index committed); a torn one is never visible.
 * Methods reject with `Unavailable` when the disk or index fails. A write rejects with `Conflict` when its bucket does not
 * exist (any more). Keys are UTF-8 without NUL or lone surrogates, of at most 2048 bytes; others reject with `DataError`.
 */
export interface Objects {
  createBucket(bucket: Bucket): Promise<void>; // Conflict when it exists
  bucket(name: string): Promise<Bucket | undefined>;
  buckets(): Promise<Bucket[]>;
  /** Reads and changes a bucket in one step; rejects with what `change` throws, and with Conflict when it does not exist (any more). */
  updateBucket(name: string, change: (before: Bucket) => Bucket): Promise<Bucket>;
  /** Removes a bucket and ends its uploads in parts. Conflict when it holds an object or is being written to. */
  removeBucket(name: string): Promise<void>;

  /** Takes bytes or streams them to disk while digesting them; the caller may not change a piece. `accept` sees the digests before the object becomes visible and may throw. */
  put(target: ObjectTarget, body: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject>;
  head(bucket: string, key: string): Promise<StoredObject | undefined>;
  /**
   * The object and a stream of `start`..`end` (end exclusive; whole object by default), or of a range chosen once the
   * object is known; rejects with what `range` throws. The bytes stay readable while streaming even if the key is overwritten
   * or removed, until the stream ends or is destroyed: one of both has to happen.
   */
  get(
    bucket: string,
    key: string,
    range?: ByteRange | ((object: StoredObject) => ByteRange | undefined),
  ): Promise<FoundObject | undefined>;
  /**
   * Makes the object a file at `path`, and returns it; undefined when there is none. The file is the caller's own: its
   * bytes are cloned where the file system can, else copied. With `shared` it may be the very file of the store, under a
   * second name: only for programs that never write to their input. Rejects with the file system's own error when
   * `path` is taken or no name.
   */
  place(
    bucket: string,
    key: string,
    path: string,
    options?: { shared?: boolean; signal?: AbortSignal },
  ): Promise<StoredObject | undefined>;
  /** Objects in byte order of their keys. */
  list(bucket: string, query: ObjectQuery): Promise<StoredObject[]>;
  /**
   * Changes attributes (tags, metadata) of the object that is there, in one step with looking at it, without touching its
   * bytes or its time. Answers undefined when there is none.
   */
  updateAttributes(
    bucket: string,
    key: string,
    change: (before: StoredObject) => ObjectAttributes,
  ): Promise<StoredObject | undefined>;
  /** True when something was there. Rejects with `Conflict` when it is not what was expected. */
  remove(bucket: string, key: string, expect?: { etag: string }): Promise<boolean>;

  createUpload(target: ObjectTarget, attributes: ObjectAttributes): Promise<Upload>;
  upload(bucket: string, uploadId: string): Promise<Upload | undefined>;
  /** All uploads of a bucket, in no promised order. */
  uploads(bucket: string): Promise<Upload[]>;
  /** Replaces a part of the same number. Rejects with `Conflict` when the upload is over. */
  putPart(
    upload: Upload,
    partNumber: number,
    body: AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<UploadPart>;
  parts(upload: Upload): Promise<UploadPart[]>;
  /**
   * Joins the given parts, in this order, into one visible object and forgets the upload and its other parts. Rejects
   * with `Conflict` when the upload is over or a part is no longer what was given, and leaves everything as it was.
   */
  completeUpload(
    upload: Upload,
    parts: readonly UploadPart[],
    options: Omit<PutOptions, 'checksums' | 'accept'> & { etag: string },
  ): Promise<StoredObject>;
  /** Forgets the upload and its parts. Rejects with `Conflict` when it is over. */
  abortUpload(upload: Upload): Promise<void>;

  close(): Promise<void>;
}

export interface Bucket {
  name: string;
  createdAtMs: number;
  region: string;
  /** Anyone may read, without a signature (the sample buckets). */
  publicRead: boolean;
  /** Nobody may write (the sample buckets). */
  readOnly: boolean;
  attributes: Record<string, string>;
}

export interface ObjectTarget {
  bucket: string;
  key: string;
}

export interface FoundObject {
  object: StoredObject;
  /** The bytes of a small object, which are in memory: a caller that takes them leaves `body` alone. */
  bytes?: Buffer;
  readonly body: ObjectStream;
}

/** A stream of bytes in pieces with memory of their own, or in passing blocks; destroyed in the end. */
export interface ObjectStream extends Readable {
  /** Blocks for readers that are done with one when they ask for the next, which reuses its memory. */
  passingBlocks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** Bytes from `start` on, before `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface ObjectAttributes {
  contentType?: string;
  /** Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires, as sent. */
  headers?: Record<string, string>;
  /** The user's metadata; S3 sends it as x-amz-meta-*. */
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  /** Checksums as S3 names them, such as `CRC32`, base64. */
  checksums?: Record<string, string>;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
  /** Sizes of the parts the object was made of, when it came from an upload in parts. */
  partSizes?: number[];
  /** Their checksums by the algorithm that `checksums` has, in the same order. */
  partChecksums?: string[];
  /** The id of that upload, so that its completion can be repeated. */
  uploadId?: string;
}

export interface StoredObject extends ObjectTarget {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  modifiedAtMs: number;
  attributes: ObjectAttributes;
}

export interface Digests {
  sizeBytes: number;
  /** Lower-case hexadecimal. */
  md5: string;
  /** Base64, by S3's algorithm name, for the algorithms asked for in `PutOptions.checksums`. */
  checksums: Record<string, string>;
}

export interface PutOptions {
  attributes?: ObjectAttributes;
  /** Checksum algorithms to compute: CRC32, CRC32C, CRC64NVME, SHA1, SHA256. */
  checksums?: readonly string[];
  /** Each piece of the body has memory of its own, which the store may take; the piece is empty then. */
  owned?: boolean;
  /** Called with the digests once all bytes have come, before the object becomes visible; throwing discards the write. Its result is stored as attributes. */
  accept?: (digests: Digests) => ObjectAttributes | undefined;
  /** Checked atomically with the write; the promise rejects with `Conflict` when the condition is false. */
  expect?: { absent: true } | { present: true } | { etag: string };
}

export interface Upload extends ObjectTarget {
  uploadId: string;
  createdAtMs: number;
  attributes: ObjectAttributes;
}

export interface UploadPart {
  partNumber: number;
  sizeBytes: number;
  etag: string;
  modifiedAtMs: number;
  checksums: Record<string, string>;
}

export interface ObjectQuery {
  prefix?: string;
  /** Only keys greater than this one. */
  after?: string;
  /** Only keys greater than or equal to this one. */
  from?: string;
  /** At most 1000. */
  limit?: number;
}
