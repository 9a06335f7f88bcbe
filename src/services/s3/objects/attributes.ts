import { ServiceError } from '../../../base/index.ts';
import type { ObjectAttributes, StoredObject } from '../../../store/index.ts';
import { quoted } from '../context.ts';
import { encryptionOf } from '../encryption.ts';
import { lockMembers } from '../lock/locks.ts';

/** The members of PutObject, CreateMultipartUpload and CopyObject that describe an object. */
export interface DescribingInput {
  ContentType?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentLanguage?: string | undefined;
  Expires?: string | undefined;
  Metadata?: Record<string, string> | undefined;
  Tagging?: string | undefined;
  StorageClass?: string | undefined;
  WebsiteRedirectLocation?: string | undefined;
}

/** Kept as they are sent, and answered by reads. */
const headerMembers = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'Expires',
  'WebsiteRedirectLocation',
] as const;
const metadataBytesMax = 2048;
/** What tags may consist of: letters, numbers and spaces of any script, and a few signs. */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** How many tags an object may have. */
const objectTags = { owner: 'Object', countMax: 10 };
/** Storage classes whose objects can be read at any time, as all of Linnet's can: kept as a name. */
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
];

/**
 * What is kept of a description, beside `headers` that are kept as they are. Throws MetadataTooLarge, InvalidTag or
 * InvalidArgument (400), or NotImplemented (501).
 */
export function attributesOf(input: DescribingInput, more: Readonly<Record<string, string>> = {}): ObjectAttributes {
  const headers: Record<string, string> = {};
  for (const name of headerMembers) {
    const value = name === 'ContentEncoding' ? withoutChunking(input.ContentEncoding) : input[name];
    if (value !== undefined) headers[name] = value;
  }
  requireRedirect(input);
  Object.assign(headers, storageClassOf(input), more);
  const metadata = Object.fromEntries(
    Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const metadataBytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > metadataBytesMax) {
    throw new ServiceError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      details: { Size: String(metadataBytes), MaxSizeAllowed: String(metadataBytesMax) },
    });
  }
  return {
    ...(input.ContentType === undefined ? {} : { contentType: input.ContentType }),
    headers,
    metadata,
    tags: input.Tagging === undefined ? {} : taggingOf(input.Tagging),
  };
}

/** The storage class as reads tell it: not at all when it is STANDARD. Throws NotImplemented (501). */
export function storageClassOf({ StorageClass }: { StorageClass?: string | undefined }): { StorageClass?: string } {
  if (StorageClass === undefined || StorageClass === 'STANDARD') return {};
  if (storageClasses.includes(StorageClass)) return { StorageClass };
  throw new ServiceError(
    'NotImplemented',
    `The storage class ${StorageClass} is not offered by Linnet; ${storageClasses.join(', ')} are`,
    { status: 501 },
  );
}

/** Throws InvalidRedirectLocation (400). */
function requireRedirect({ WebsiteRedirectLocation: to }: Pick<DescribingInput, 'WebsiteRedirectLocation'>): void {
  if (to === undefined || /^(\/|https?:\/\/)/.test(to)) return;
  throw new ServiceError(
    'InvalidRedirectLocation',
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    { status: 400, details: { RedirectLocation: to } },
  );
}

/** Tags in the form of a query string, as headers carry them. Throws InvalidArgument (400) for a tag named twice. */
export function taggingOf(header: string): Record<string, string> {
  const pairs = [...new URLSearchParams(header)];
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw new ServiceError(
      'InvalidArgument',
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      { status: 400, details: { ArgumentName: 'x-amz-tagging', ArgumentValue: header } },
    );
  }
  return tagsOf(pairs.map(([Key, Value]) => ({ Key, Value })));
}

/** Tags by key. Throws InvalidTag or BadRequest (400) for S3's limits: their number, keys once, 128 and 256 characters. */
export function tagsOf(
  tagSet: readonly { Key?: string | undefined; Value?: string | undefined }[],
  { owner, countMax } = objectTags,
): Record<string, string> {
  if (tagSet.length > countMax)
    throw new ServiceError('BadRequest', `${owner} tags cannot be greater than ${countMax}`);
  const tags = new Map<string, string>();
  for (const { Key = '', Value = '' } of tagSet) {
    if (Key === '' || Key.length > 128 || !tagText.test(Key))
      throw new ServiceError('InvalidTag', 'The TagKey you have provided is invalid');
    if (/^aws:/i.test(Key))
      throw new ServiceError(
        'InvalidTag',
        `The tag key ${Key} begins with aws:, which is reserved for Amazon's own tags`,
      );
    if (Value.length > 256 || !tagText.test(Value))
      throw new ServiceError('InvalidTag', 'The TagValue you have provided is invalid');
    if (tags.has(Key)) throw new ServiceError('InvalidTag', 'Cannot provide multiple Tags with the same key');
    tags.set(Key, Value);
  }
  return Object.fromEntries(tags);
}

/** The answer's members that describe an object, for GetObject and HeadObject, with the checksums of what is read. */
export function described(object: StoredObject, checksums: Readonly<Record<string, string>>): Record<string, unknown> {
  const { attributes } = object;
  const tagCount = Object.keys(attributes.tags ?? {}).length;
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(object.modifiedAtMs),
    ETag: quoted(object.etag),
    ContentType: attributes.contentType ?? 'binary/octet-stream',
    ...attributes.headers,
    ...encryptionOf(object),
    Metadata: attributes.metadata ?? {},
    ...(tagCount === 0 ? {} : { TagCount: tagCount }),
    ...lockMembers(attributes),
    ...checksums,
  };
}

/** ChecksumCRC32 and its brothers, and what they cover. */
export function checksumMembers({ checksums = {}, checksumType }: ObjectAttributes): Record<string, string> {
  const members = Object.fromEntries(Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value]));
  return Object.keys(members).length === 0 || checksumType === undefined
    ? members
    : { ...members, ChecksumType: checksumType };
}

/** aws-chunked is how the bytes travelled, not what they are. */
function withoutChunking(encoding: string | undefined): string | undefined {
  const left = encoding
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== 'aws-chunked')
    .join(',');
  return left === '' ? undefined : left;
}
