import type { GetObjectCommandInput, HeadObjectCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket, ByteRange, StoredObject } from '../../../store/index.ts';
import { invalidRequest, requireBucket, requireKey, type S3Options } from '../context.ts';
import { requireNoEncryptionOfRead } from '../encryption.ts';
import { expirationMember } from '../lifecycle/due.ts';
import { requirePartNumber } from '../multipart/uploads.ts';
import { nothingToRead, requireVersion, versionMembers } from '../version-id.ts';
import { checksumMembers, described } from './attributes.ts';
import { holdsIfRange, requireConditions } from './conditions.ts';

type Input = GetObjectCommandInput & HeadObjectCommandInput;

/** GetObject: the whole object, a range or one part, under conditions. */
export const getObject = (options: S3Options) => async (call: Call<Input>) => {
  const { input, headers } = call;
  const { bucket, key, versionId } = await requireReadable(options, call);
  let range: ByteRange | undefined;
  const choose = (object: StoredObject): ByteRange | undefined => {
    requireConditions(input, object);
    range = rangeOf(input, object, headers['if-range']);
    return range;
  };
  const found = await options.objects.get(bucket.name, key, choose, versionId);
  if (found === undefined) throw await nothingToRead(options, bucket, key, versionId);
  return {
    ...answer(input, found.object, range),
    ...describedIn(bucket, input, found.object),
    Body: found.bytes ?? found.body,
  };
};

/** HeadObject: what GetObject would say, without the bytes. */
export const headObject = (options: S3Options) => async (call: Call<Input>) => {
  const { input, headers } = call;
  const { bucket, key, versionId } = await requireReadable(options, call);
  const object = await options.objects.head(bucket.name, key, versionId);
  if (object === undefined) throw await nothingToRead(options, bucket, key, versionId);
  requireConditions(input, object);
  const range = rangeOf(input, object, headers['if-range']);
  return { ...answer(input, object, range), ...describedIn(bucket, input, object) };
};

/** What an answer says of an object because of its bucket. */
const describedIn = (bucket: Bucket, { VersionId }: Input, object: StoredObject): object => ({
  ...versionMembers(bucket, object),
  ...(VersionId === undefined ? expirationMember(bucket, object) : {}),
});

async function requireReadable(
  options: S3Options,
  call: Call<Input>,
): Promise<{ bucket: Bucket; key: string; versionId: string | undefined }> {
  const { input } = call;
  const bucket = await requireBucket(options, input);
  const versionId = requireVersion(input.VersionId);
  if (input.PartNumber !== undefined) requirePartNumber(input.PartNumber);
  requireNoEncryptionOfRead(call);
  if (input.Range !== undefined && input.PartNumber !== undefined)
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  // Whoever shares a link could otherwise make a public object look like a page of its owner.
  if (call.caller.anonymous && Object.values(overrides(input)).some((value) => value !== undefined))
    throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
  return { bucket, key: requireKey(input.Key), versionId };
}

/** The headers that the caller of a read can choose. */
const overrides = (input: Input): Record<string, unknown> => ({
  CacheControl: input.ResponseCacheControl,
  ContentDisposition: input.ResponseContentDisposition,
  ContentEncoding: input.ResponseContentEncoding,
  ContentLanguage: input.ResponseContentLanguage,
  ContentType: input.ResponseContentType,
  Expires: input.ResponseExpires,
});

function answer(input: Input, object: StoredObject, range: ByteRange | undefined): Record<string, unknown> {
  const { partSizes } = object.attributes;
  const chosen = Object.entries(overrides(input)).filter(([, value]) => value !== undefined);
  return {
    ...described(object, input.ChecksumMode === 'ENABLED' ? checksumsOfRead(input, object, range) : {}),
    ...Object.fromEntries(chosen),
    ContentLength: range === undefined ? object.sizeBytes : range.end - range.start,
    ...(range === undefined ? {} : { ContentRange: `bytes ${range.start}-${range.end - 1}/${object.sizeBytes}` }),
    ...(input.PartNumber === undefined || partSizes === undefined ? {} : { PartsCount: partSizes.length }),
  };
}

/** Checksums of what is read: a checksum of the whole beside a part of it would make clients refuse what they got. */
function checksumsOfRead(input: Input, object: StoredObject, range: ByteRange | undefined): Record<string, string> {
  const { checksums = {}, partChecksums, partSizes, ...attributes } = object.attributes;
  const ofPart = partChecksums?.[(input.PartNumber ?? 0) - 1];
  const [algorithm] = Object.keys(checksums);
  if (ofPart !== undefined && algorithm !== undefined)
    return checksumMembers({ ...attributes, checksums: { [algorithm]: ofPart } });
  const isWhole = range === undefined || (input.PartNumber !== undefined && partSizes === undefined);
  return isWhole ? checksumMembers(object.attributes) : {};
}

/**
 * The bytes asked for; undefined for all, and for a range that cannot be read or has several parts, which a server may
 * ignore (RFC 9110, 14.2). Throws InvalidRange (416).
 */
function rangeOf(input: Input, object: StoredObject, ifRange: string | undefined): ByteRange | undefined {
  if (input.PartNumber !== undefined) return partRange(input.PartNumber, object);
  const found = /^bytes=(\d*)-(\d*)$/.exec(input.Range?.trim() ?? '');
  if (found === null || !holdsIfRange(ifRange, object)) return undefined;
  const [, first = '', last = ''] = found;
  const size = object.sizeBytes;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  // The last bytes of nothing are nothing (RFC 9110, 14.1.2).
  if (size === 0 && first === '' && Number(last) > 0) return undefined;
  if (start >= end) {
    throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', {
      details: {
        RangeRequested: input.Range,
        ActualObjectSize: String(size),
        headers: { 'Content-Range': `bytes */${size}` },
      },
    });
  }
  return { start, end };
}

function partRange(partNumber: number, object: StoredObject): ByteRange | undefined {
  const sizes = object.attributes.partSizes ?? [object.sizeBytes];
  if (partNumber < 1 || partNumber > sizes.length)
    throw new ServiceError('InvalidPartNumber', 'The requested partnumber is not satisfiable', { status: 416 });
  const start = sizes.slice(0, partNumber - 1).reduce((sum, size) => sum + size, 0);
  const end = start + (sizes[partNumber - 1] ?? 0);
  return end > start ? { start, end } : undefined;
}
