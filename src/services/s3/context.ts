import { ServiceError } from '../../base/index.ts';
import type { Bucket, Objects } from '../../store/index.ts';

export interface S3Settings {
  objects: Objects;
  region: string;
  accountId: string;
  /** What is done with encryption that a client asks for and does not get: its name is kept and answered, or the request is refused. */
  encryption: 'label' | 'refuse';
  /** Whether what is written is encrypted at rest, with a key of the server's. */
  isEncrypted: boolean;
  /** A line of the server's log that its operator should see. */
  warn(text: string): void;
  nowMs(): number;
}

export interface S3Options extends S3Settings {
  /** Buckets for which the log has said that an encryption is a label. */
  warnedOf: Set<string>;
}

/** The bucket of Amazon's public samples, and the names under which its copies answer, one for each region. */
export const sampleBucket = 'sagemaker-sample-files';
const sampleCopies = /^sagemaker-example-files-prod-([a-z0-9-]+)$/;
export const isSample = (name: string): boolean => resolved(name) === sampleBucket;
/** The bucket that holds what a name stands for. */
export const resolved = (name: string): string => (sampleCopies.test(name) ? sampleBucket : name);

interface Addressed {
  Bucket?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

/**
 * The bucket a request names. Throws NoSuchBucket (404), InvalidBucketName (400), or AccessDenied (403) for another owner
 * than expected, and for a sample where only the owner may read (`own`) or write.
 */
export async function requireBucket(
  { objects, accountId }: S3Options,
  input: Addressed,
  access: 'read' | 'own' | 'write' = 'read',
): Promise<Bucket> {
  const name = input.Bucket ?? '';
  // Nothing else can ever have been created, and not every store can be asked for it.
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(name)) throw invalidBucketName(name);
  const bucket = await objects.bucket(resolved(name));
  if (bucket === undefined) throw noSuchBucket(name);
  const isShown = bucket.shows !== undefined;
  const isForeign = bucket.readOnly && !isShown;
  const { ExpectedBucketOwner: expected } = input;
  if ((expected !== undefined && (isForeign || expected !== accountId)) || (access !== 'read' && isForeign))
    throw new ServiceError('AccessDenied', 'Access Denied');
  if (access === 'write' && isShown)
    throw new ServiceError(
      'AccessDenied',
      `Access Denied: bucket ${name} shows a folder, which Linnet does not change`,
    );
  return { ...bucket, region: sampleCopies.exec(name)?.[1] ?? bucket.region };
}

/** S3's limit on the UTF-8 length of a key. */
const keyBytesMax = 1024;

/** A key that can be kept. Throws KeyTooLongError or InvalidArgument (400). */
export function requireKey(key: string | undefined): string {
  const text = key ?? '';
  const length = Buffer.byteLength(text);
  if (length > keyBytesMax)
    throw new ServiceError('KeyTooLongError', 'Your key is too long', {
      details: { Size: String(length), MaxSizeAllowed: String(keyBytesMax) },
    });
  const unkept = text.includes('\0')
    ? 'a NUL character'
    : /\p{Surrogate}/u.test(text)
      ? 'half a surrogate pair'
      : undefined;
  if (unkept !== undefined)
    throw new ServiceError('InvalidArgument', `The key has ${unkept}, which Linnet does not keep`, { status: 400 });
  return text;
}

export const noSuchBucket = (name: string): ServiceError =>
  new ServiceError('NoSuchBucket', 'The specified bucket does not exist', { details: { BucketName: name } });

export const invalidBucketName = (name: string): ServiceError =>
  new ServiceError('InvalidBucketName', 'The specified bucket is not valid.', { details: { BucketName: name } });

export const noSuchKey = (key: string): ServiceError =>
  new ServiceError('NoSuchKey', 'The specified key does not exist.', { details: { Key: key } });

export const preconditionFailed = (condition: string): ServiceError =>
  new ServiceError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    details: { Condition: condition },
  });

export const malformedXml = (): ServiceError =>
  new ServiceError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    { status: 400 },
  );

export const notImplemented = (message: string): ServiceError =>
  new ServiceError('NotImplemented', message, { status: 501 });

export const invalidRequest = (message: string): ServiceError =>
  new ServiceError('InvalidRequest', message, { status: 400 });

export const invalidArgument = (message: string, name: string, value: unknown): ServiceError =>
  new ServiceError('InvalidArgument', message, {
    status: 400,
    details: { ArgumentName: name, ArgumentValue: String(value ?? '') },
  });

export const quoted = (etag: string): string => `"${etag}"`;
/** An entity tag without its quotes. */
export const unquoted = (etag: string): string => etag.replace(/^(?:W\/)?"?|"?$/g, '');
/** The same for a comparison that a weak tag never passes (RFC 9110, 8.8.3.2): that stays as it is, and equals nothing. */
export const strongTag = (etag: string): string => (etag.startsWith('W/') ? etag : unquoted(etag));
