import type { ListObjectsCommandInput, ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Objects, StoredObject } from '../../store/index.ts';
import { ownerId } from './buckets.ts';
import { quoted, requireBucket, type S3Options } from './context.ts';

const pageMax = 1000;

/** ListObjectsV2. The continuation token is the last name of the page before, encoded. */
export const listObjectsV2 =
  (options: S3Options) =>
  async ({ input }: Call<ListObjectsV2CommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { Prefix: prefix = '', Delimiter: delimiter = '', StartAfter, ContinuationToken } = input;
    const maxKeys = maxKeysOf(input.MaxKeys);
    const after = ContinuationToken === undefined ? StartAfter : decodeToken(ContinuationToken);
    const page = await listPage(options.objects, bucket.name, { prefix, delimiter, after, maxKeys });
    const encode = encoder(input.EncodingType);
    return {
      Name: input.Bucket,
      Prefix: encode(prefix),
      ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
      MaxKeys: maxKeys,
      KeyCount: page.contents.length + page.commonPrefixes.length,
      IsTruncated: page.truncated,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      ...(StartAfter === undefined ? {} : { StartAfter: encode(StartAfter) }),
      ...(page.truncated ? { NextContinuationToken: Buffer.from(page.last, 'utf8').toString('base64url') } : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      ...entries(page, encode, input.FetchOwner ? options.accountId : undefined),
    };
  };

/** ListObjects, the first version: the marker is a name as it is. */
export const listObjects =
  (options: S3Options) =>
  async ({ input }: Call<ListObjectsCommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { Prefix: prefix = '', Delimiter: delimiter = '', Marker = '' } = input;
    const maxKeys = maxKeysOf(input.MaxKeys);
    const page = await listPage(options.objects, bucket.name, {
      prefix,
      delimiter,
      after: Marker === '' ? undefined : Marker,
      maxKeys,
    });
    const encode = encoder(input.EncodingType);
    return {
      Name: input.Bucket,
      Prefix: encode(prefix),
      Marker: encode(Marker),
      ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
      MaxKeys: maxKeys,
      IsTruncated: page.truncated,
      ...(page.truncated && delimiter !== '' ? { NextMarker: encode(page.last) } : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      ...entries(page, encode, options.accountId),
    };
  };

interface Page {
  contents: StoredObject[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last name on the page, of an object or a common prefix. */
  last: string;
}

/**
 * One page of names in byte order. Below a delimiter, names are rolled up to their common prefix; the scan then jumps
 * behind all names of that prefix instead of reading them.
 */
export async function listPage(
  objects: Objects,
  bucket: string,
  {
    prefix,
    delimiter,
    after,
    maxKeys,
  }: { prefix: string; delimiter: string; after: string | undefined; maxKeys: number },
): Promise<Page> {
  const page: Page = { contents: [], commonPrefixes: [], truncated: false, last: '' };
  if (maxKeys === 0) return page;
  const rolledUp = (key: string): string | undefined => {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  // A page that ended with a common prefix goes on behind everything in it.
  let position = after?.startsWith(prefix) && rolledUp(after) === after ? behind(after) : after;
  const isFull = (): boolean => page.contents.length + page.commonPrefixes.length === maxKeys;
  for (;;) {
    const limit = Math.min(pageMax, maxKeys - page.contents.length - page.commonPrefixes.length + 1);
    const found = await objects.list(bucket, { prefix, ...(position === undefined ? {} : { after: position }), limit });
    let jumped = false;
    for (const object of found) {
      if (isFull()) return { ...page, truncated: true };
      const common = rolledUp(object.key);
      page.last = common ?? object.key;
      if (common === undefined) {
        page.contents.push(object);
        position = object.key;
        continue;
      }
      page.commonPrefixes.push(common);
      position = behind(common);
      jumped = true;
      break;
    }
    if (!jumped && found.length < limit) return page;
  }
}

/** A text behind every name that starts with a prefix: U+10FFFF has the highest UTF-8 bytes there are. */
const behind = (prefix: string): string => `${prefix}\u{10ffff}`;

function maxKeysOf(asked: number | undefined): number {
  if (asked === undefined) return pageMax;
  if (asked < 0 || asked > 2_147_483_647) {
    throw new ServiceError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647', {
      details: { ArgumentName: 'maxKeys', ArgumentValue: String(asked) },
    });
  }
  return Math.min(pageMax, asked);
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (Buffer.from(text, 'utf8').toString('base64url') !== token) {
    throw new ServiceError('InvalidArgument', 'The continuation token provided is incorrect', {
      details: { ArgumentName: 'continuation-token' },
    });
  }
  return text;
}

/** With encoding-type=url names are percent-encoded, but for slashes. */
export const encoder = (type: string | undefined): ((text: string) => string) =>
  type === 'url'
    ? (text) =>
        encodeURIComponent(text)
          .replaceAll('%2F', '/')
          .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    : (text) => text;

function entries(page: Page, encode: (text: string) => string, owner: string | undefined): Record<string, unknown> {
  return {
    Contents: page.contents.map(({ key, modifiedAtMs, etag, sizeBytes, attributes }) => ({
      Key: encode(key),
      LastModified: new Date(modifiedAtMs),
      ETag: quoted(etag),
      Size: sizeBytes,
      StorageClass: 'STANDARD',
      ...(Object.keys(attributes.checksums ?? {}).length === 0
        ? {}
        : { ChecksumAlgorithm: Object.keys(attributes.checksums ?? {}), ChecksumType: attributes.checksumType }),
      ...(owner === undefined ? {} : { Owner: { ID: ownerId(owner), DisplayName: 'linnet' } }),
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}
