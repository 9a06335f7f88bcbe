import type { ListObjectsCommandInput, ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket, StoredObject } from '../../../store/index.ts';
import { quoted, requireBucket, type S3Options } from '../context.ts';
import { ownerId } from '../owner.ts';

const pageMax = 1000;

/** ListObjectsV2. The continuation token is the last name of the page before, encoded. */
export const listObjectsV2 =
  (options: S3Options) =>
  async ({ input }: Call<ListObjectsV2CommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { Prefix: prefix = '', Delimiter: delimiter = '', StartAfter, ContinuationToken } = input;
    const maxKeys = maxKeysOf(input.MaxKeys);
    const after = ContinuationToken === undefined ? StartAfter : decodeToken(ContinuationToken);
    const page = await listPage(objectsOf(options, bucket, prefix), { prefix, delimiter, after, maxKeys });
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
    const after = Marker === '' ? undefined : Marker;
    const page = await listPage(objectsOf(options, bucket, prefix), { prefix, delimiter, after, maxKeys });
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

/** Looks through the objects of a bucket. */
const objectsOf =
  ({ objects }: S3Options, { name }: Bucket, prefix: string): Look<StoredObject> =>
  (position, limit) => {
    const where = 'after' in position ? { after: position.after.key } : position;
    return objects.list(name, { prefix, ...where, limit });
  };

/** What a list has entries of: objects, or versions, of which several have one key. */
interface Listed {
  key: string;
  versionId?: string;
}

/** Where a look begins: behind an entry, or with a text that no key before it has; at the beginning when it is empty. */
type Position = { after: Listed } | { from: string } | Record<string, never>;

/** Reads at most `limit` entries in byte order of their keys. */
type Look<Entry extends Listed> = (position: Position, limit: number) => Promise<Entry[]>;

interface Page<Entry> {
  contents: Entry[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last name on the page, of an entry or a common prefix. */
  last: string;
}

interface Scan {
  prefix: string;
  delimiter: string;
  after: string | undefined;
  /** The page begins behind this version of the key `after`, not behind the key. */
  afterVersion?: string | undefined;
  maxKeys: number;
}

/** The first look behind a common prefix reads this much; each further one without a common prefix twice as much. */
const firstLook = 16;

/**
 * One page of names in byte order. Below a delimiter, names are rolled up to their common prefix; the scan then jumps
 * behind all names of that prefix instead of reading them.
 */
export async function listPage<Entry extends Listed>(
  lookFor: Look<Entry>,
  { prefix, delimiter, after, afterVersion, maxKeys }: Scan,
): Promise<Page<Entry>> {
  const page: Page<Entry> = { contents: [], commonPrefixes: [], truncated: false, last: '' };
  // No key holds a NUL, so that nothing starts with one, and what is behind one is behind the text before it.
  if (maxKeys === 0 || prefix.includes('\0')) return page;
  const start = after?.split('\0')[0];
  const rolledUp = (key: string): string | undefined => commonPrefix(key, prefix, delimiter);
  // A page that ended with a common prefix goes on behind everything in it.
  const endedInside = start?.startsWith(prefix) && rolledUp(start) === start;
  let position: Position | undefined =
    start === undefined
      ? {}
      : endedInside
        ? behind(start)
        : { after: { key: start, ...(afterVersion !== undefined && { versionId: afterVersion }) } };
  let look = delimiter === '' ? pageMax : firstLook;
  while (position !== undefined) {
    const room = maxKeys - page.contents.length - page.commonPrefixes.length;
    const limit = Math.min(look, room + 1, pageMax);
    const found: Entry[] = await lookFor(position, limit);
    let common: string | undefined;
    for (const entry of found) {
      if (page.contents.length + page.commonPrefixes.length === maxKeys) return { ...page, truncated: true };
      common = rolledUp(entry.key);
      page.last = common ?? entry.key;
      if (common !== undefined) {
        page.commonPrefixes.push(common);
        break;
      }
      page.contents.push(entry);
    }
    if (common !== undefined) {
      position = behind(common);
      look = firstLook;
    } else {
      const last = found.at(-1);
      position = last === undefined || found.length < limit ? undefined : { after: last };
      look = Math.min(look * 2, pageMax);
    }
  }
  return page;
}

/** What a key is rolled up to: its text up to the first delimiter behind the prefix. Undefined when there is none. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** The first text in UTF-8 order that is greater than all texts with this prefix; undefined when there is none. */
function behind(prefix: string): { from: string } | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Half surrogates are no characters.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return { from: String.fromCodePoint(...points, next) };
  }
  return undefined;
}

export function maxKeysOf(asked: number | undefined): number {
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

/** Which checksums an object has, for lists. */
export function checksumKinds({
  attributes: { checksums = {}, checksumType },
}: Pick<StoredObject, 'attributes'>): object {
  const names = Object.keys(checksums);
  return names.length === 0 ? {} : { ChecksumAlgorithm: names, ChecksumType: checksumType };
}

function entries(
  page: Page<StoredObject>,
  encode: (text: string) => string,
  owner: string | undefined,
): Record<string, unknown> {
  return {
    Contents: page.contents.map(({ key, modifiedAtMs, etag, sizeBytes, attributes }) => ({
      Key: encode(key),
      LastModified: new Date(modifiedAtMs),
      ETag: quoted(etag),
      Size: sizeBytes,
      StorageClass: attributes.headers?.StorageClass ?? 'STANDARD',
      ...checksumKinds({ attributes }),
      ...(owner === undefined ? {} : { Owner: { ID: ownerId(owner), DisplayName: 'linnet' } }),
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}
