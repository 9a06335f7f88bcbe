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
  /** Removes a bucket and ends its uploads in parts. Conflict when it holds an object or a version, or is being written to. */
  removeBucket(name: string): Promise<void>;

  /** Takes bytes or streams them to disk while digesting them; the caller may not change a piece. `accept` sees the digests before the object becomes visible and may throw. */
  put(target: ObjectTarget, body: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject>;
  /** The object, or a version of it; undefined when there is none, and for a delete marker. */
  head(bucket: string, key: string, versionId?: string): Promise<StoredObject | undefined>;
  /**
   * The object and a stream of `start`..`end` (end exclusive; whole object by default), or of a range chosen once the
   * object is known; rejects with what `range` throws. The bytes stay readable while streaming even if the key is overwritten
   * or removed, until the stream ends or is destroyed: one of both has to happen.
   */
  get(
    bucket: string,
    key: string,
    range?: ByteRange | ((object: StoredObject) => ByteRange | undefined),
    versionId?: string,
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
    versionId?: string,
  ): Promise<StoredObject | undefined>;
  /**
   * Removes the object: for good, or where its bucket has versions by a delete marker in front of them. With `versionId`
   * removes that version for good, and what was before it is the latest again. Rejects with `Conflict` when what is there is
   * not what was expected.
   */
  remove(bucket: string, key: string, options?: RemoveOptions): Promise<Removal>;

  /** A version, or the latest; delete markers are found too. */
  version(bucket: string, key: string, versionId?: string): Promise<StoredVersion | undefined>;
  /** Versions in byte order of their keys, those of one key from the newest on. */
  versions(bucket: string, query: VersionQuery): Promise<StoredVersion[]>;

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
  /**
   * `Enabled`: each write makes a version of its own. `Suspended`: those that there are stay, and writes replace the one called
   * `null`. Absent: an object has no versions.
   */
  versioning?: 'Enabled' | 'Suspended';
  /** The folder of the operator's whose files are its objects; nothing is written to it. */
  shows?: string;
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
  /** Until when it may not be removed, and whether somebody with a special right may do it all the same. */
  retention?: { mode: 'GOVERNANCE' | 'COMPLIANCE'; untilMs: number };
  /** It may not be removed until this is taken back. */
  legalHold?: boolean;
}

export interface StoredObject extends ObjectTarget {
  /** Absent for what was written before its bucket had versions: that is the version `null`. */
  versionId?: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  modifiedAtMs: number;
  attributes: ObjectAttributes;
  /** All its bytes are encrypted at rest. */
  encrypted?: boolean;
}

/** One of the versions of a key. */
export interface StoredVersion extends ObjectTarget {
  versionId: string;
  modifiedAtMs: number;
  isLatest: boolean;
  /** Undefined for a delete marker. */
  object: StoredObject | undefined;
}

export interface RemoveOptions {
  versionId?: string | undefined;
  /** What is removed has this ETag, and this time; a delete marker has none. Where nothing is there, nothing is done. */
  expect?: { etag: string; modifiedAtMs?: number } | { present: true } | undefined;
  /** Called with what would go for good, in one step with its removal; throwing keeps it. */
  permit?: ((version: StoredVersion) => void) | undefined;
}

export interface Removal {
  /** Whether something was there. */
  found: boolean;
  /** The version that was removed, or of the delete marker that was made; absent in a bucket that never had versions. */
  versionId?: string;
  /** Whether that is a delete marker. */
  marker: boolean;
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
  /** Checksum algorithms to compute: those of `checksumAlgorithms`. */
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

export interface VersionQuery {
  prefix?: string;
  /** Only what comes behind all versions of this key, or behind one of them. */
  after?: { key: string; versionId?: string | undefined };
  /** Only versions of this key and of greater ones. */
  from?: string;
  /** At most 1000. */
  limit?: number;
}
