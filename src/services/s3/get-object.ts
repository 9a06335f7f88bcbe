import type { GetObjectCommandInput, HeadObjectCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { StoredObject } from '../../store/index.ts';
import { described } from './attributes.ts';
import { requireConditions } from './conditions.ts';
import { noSuchKey, requireBucket, requireKey, type S3Options } from './context.ts';

type Input = GetObjectCommandInput & HeadObjectCommandInput;

/** GetObject: the whole object, a range or one part, under conditions. */
export const getObject =
  (options: S3Options) =>
  async (call: Call<Input>): Promise<Record<string, unknown>> => {
    const bucket = await requireBucket(options, call.input);
    const key = requireKey(call.input.Key);
    const head = await options.objects.head(bucket.name, key);
    if (head === undefined) throw noSuchKey(key);
    requireConditions(call.input, head);
    const range = rangeOf(call.input, head);
    const found = await options.objects.get(bucket.name, key, range);
    if (found === undefined) throw noSuchKey(key);
    // The object may have been replaced since: what is sent must be what its headers say.
    if (found.object.etag !== head.etag || found.object.sizeBytes !== head.sizeBytes) {
      found.body.destroy();
      return getObject(options)(call);
    }
    return { ...answer(call.input, found.object, range), Body: found.body };
  };

/** HeadObject: what GetObject would say, without the bytes. */
export const headObject =
  (options: S3Options) =>
  async ({ input }: Call<Input>) => {
    const bucket = await requireBucket(options, input);
    const key = requireKey(input.Key);
    const head = await options.objects.head(bucket.name, key);
    if (head === undefined) throw noSuchKey(key);
    requireConditions(input, head);
    return answer(input, head, rangeOf(input, head));
  };

interface Range {
  start: number;
  end: number;
}

function answer(input: Input, object: StoredObject, range: Range | undefined): Record<string, unknown> {
  const { partSizes } = object.attributes;
  const overrides = Object.entries({
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  }).filter(([, value]) => value !== undefined);
  return {
    ...described(object, { checksums: input.ChecksumMode === 'ENABLED' && range === undefined }),
    ...Object.fromEntries(overrides),
    ContentLength: range === undefined ? object.sizeBytes : range.end - range.start,
    ...(range === undefined ? {} : { ContentRange: `bytes ${range.start}-${range.end - 1}/${object.sizeBytes}` }),
    ...(input.PartNumber === undefined || partSizes === undefined ? {} : { PartsCount: partSizes.length }),
  };
}

/** The bytes asked for; undefined for all. A range that cannot be read is ignored, as HTTP says. Throws InvalidRange (416). */
function rangeOf(input: Input, object: StoredObject): Range | undefined {
  if (input.PartNumber !== undefined) return partRange(input.PartNumber, object);
  const found = /^bytes=(\d*)-(\d*)$/.exec(input.Range?.trim() ?? '');
  if (found === null) return undefined;
  const [, first = '', last = ''] = found;
  const size = object.sizeBytes;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || start >= end) {
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

function partRange(partNumber: number, object: StoredObject): Range | undefined {
  const sizes = object.attributes.partSizes ?? [object.sizeBytes];
  if (partNumber < 1 || partNumber > sizes.length)
    throw new ServiceError('InvalidPartNumber', 'The requested partnumber is not satisfiable', { status: 416 });
  const start = sizes.slice(0, partNumber - 1).reduce((sum, size) => sum + size, 0);
  const end = start + (sizes[partNumber - 1] ?? 0);
  return end > start ? { start, end } : undefined;
}
