import { ServiceError } from '../../base/index.ts';
import type { ObjectAttributes, StoredObject } from '../../store/index.ts';
import { quoted } from './context.ts';

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
  ServerSideEncryption?: string | undefined;
  StorageClass?: string | undefined;
}

const headerMembers = ['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage'] as const;
const metadataBytesMax = 2048;
const tagsMax = 10;

/** What is kept of a description. Throws MetadataTooLarge or InvalidTag (400). */
export function attributesOf(input: DescribingInput): ObjectAttributes {
  const headers: Record<string, string> = {};
  for (const name of headerMembers) {
    const value = name === 'ContentEncoding' ? withoutChunking(input.ContentEncoding) : input[name];
    if (value !== undefined) headers[name] = value;
  }
  // Kept with the headers, so that reads say what the write asked for.
  if (input.ServerSideEncryption !== undefined) headers.ServerSideEncryption = input.ServerSideEncryption;
  if (input.Expires !== undefined) headers.Expires = input.Expires;
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

/** Tags in the form of a query string, as headers carry them. */
export const taggingOf = (header: string): Record<string, string> =>
  tagsOf([...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value })));

/** Tags by key. Throws InvalidTag or BadRequest (400) for S3's limits: 10 tags, keys once, 128 and 256 characters. */
export function tagsOf(
  tagSet: readonly { Key?: string | undefined; Value?: string | undefined }[],
): Record<string, string> {
  if (tagSet.length > tagsMax) throw new ServiceError('BadRequest', `Object tags cannot be greater than ${tagsMax}`);
  const tags = new Map<string, string>();
  for (const { Key = '', Value = '' } of tagSet) {
    if (Key === '' || Key.length > 128) throw new ServiceError('InvalidTag', 'The TagKey you have provided is invalid');
    if (Value.length > 256) throw new ServiceError('InvalidTag', 'The TagValue you have provided is invalid');
    if (tags.has(Key)) throw new ServiceError('InvalidTag', 'Cannot provide multiple Tags with the same key');
    tags.set(Key, Value);
  }
  return Object.fromEntries(tags);
}

/** The answer's members that describe an object, for GetObject and HeadObject. */
export function described(object: StoredObject, options: { checksums: boolean }): Record<string, unknown> {
  const { attributes } = object;
  const tagCount = Object.keys(attributes.tags ?? {}).length;
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(object.modifiedAtMs),
    ETag: quoted(object.etag),
    ContentType: attributes.contentType ?? 'binary/octet-stream',
    ...attributes.headers,
    Metadata: attributes.metadata ?? {},
    ...(tagCount === 0 ? {} : { TagCount: tagCount }),
    ...(options.checksums ? checksumMembers(attributes) : {}),
  };
}

/** ChecksumCRC32 and its brothers, and what they cover. */
export function checksumMembers({ checksums = {}, checksumType }: ObjectAttributes): Record<string, string> {
  const members = Object.fromEntries(Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value]));
  return Object.keys(members).length === 0 || checksumType === undefined
    ? members
    : { ...members, ChecksumType: checksumType };
}

/** What a write answers about encryption: AES256 is echoed to who asked for it. */
export const encryption = ({ ServerSideEncryption: asked }: { ServerSideEncryption?: string | undefined }): object =>
  asked === undefined ? {} : { ServerSideEncryption: asked };

/** aws-chunked is how the bytes travelled, not what they are. */
function withoutChunking(encoding: string | undefined): string | undefined {
  const left = encoding
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== 'aws-chunked')
    .join(',');
  return left === '' ? undefined : left;
}
