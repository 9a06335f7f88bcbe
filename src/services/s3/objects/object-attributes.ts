import type {
  DeleteObjectTaggingCommandInput,
  GetObjectAttributesCommandInput,
  GetObjectTaggingCommandInput,
  PutObjectTaggingCommandInput,
} from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import type { ObjectAttributes, StoredObject } from '../../../store/index.ts';
import { invalidRequest, requireBucket, requireKey, type S3Options } from '../context.ts';
import { requireNoEncryptionOfRead } from '../encryption.ts';
import { numberFrom, pageSize } from '../lists/paging.ts';
import { nothingToRead, requireVersion, versionMembers } from '../version-id.ts';
import { checksumMembers, tagsOf } from './attributes.ts';

interface Addressed {
  Bucket?: string | undefined;
  Key?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
  VersionId?: string | undefined;
}

/** The object or version that a request names, and how its answer names that. */
export async function requireObject(
  options: S3Options,
  input: Addressed,
): Promise<{ object: StoredObject; version: { VersionId?: string } }> {
  const bucket = await requireBucket(options, input);
  const key = requireKey(input.Key);
  const versionId = requireVersion(input.VersionId);
  const object = await options.objects.head(bucket.name, key, versionId);
  if (object === undefined) throw await nothingToRead(options, bucket, key, versionId);
  return { object, version: versionMembers(bucket, object) };
}

export const getObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectTaggingCommandInput>) => {
    const { object, version } = await requireObject(options, input);
    const { tags = {} } = object.attributes;
    return { ...version, TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  };

export const putObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectTaggingCommandInput>) =>
    replaceTags(options, input, tagsOf(input.Tagging?.TagSet ?? []));

export const deleteObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<DeleteObjectTaggingCommandInput>) =>
    replaceTags(options, input, {});

const replaceTags = (options: S3Options, input: Addressed, tags: Record<string, string>): Promise<object> =>
  changeObject(options, input, ({ attributes }) => ({ ...attributes, tags }));

/** Changes what is kept with an object or a version; answers with its id in buckets that have versions. */
export async function changeObject(
  options: S3Options,
  input: Addressed,
  change: (before: StoredObject) => ObjectAttributes,
): Promise<{ VersionId?: string }> {
  const bucket = await requireBucket(options, input, 'write');
  const key = requireKey(input.Key);
  const versionId = requireVersion(input.VersionId);
  const object = await options.objects.updateAttributes(bucket.name, key, change, versionId);
  if (object === undefined) throw await nothingToRead(options, bucket, key, versionId);
  return versionMembers(bucket, object);
}

export const getObjectAttributes = (options: S3Options) => async (call: Call<GetObjectAttributesCommandInput>) => {
  const { input } = call;
  requireNoEncryptionOfRead(call);
  const { object, version } = await requireObject(options, input);
  const { attributes } = object;
  const wanted = new Set<string>(input.ObjectAttributes ?? []);
  if (wanted.size === 0) throw invalidRequest('The x-amz-object-attributes header must name at least one attribute');
  return {
    ...version,
    LastModified: new Date(object.modifiedAtMs),
    ...(wanted.has('ETag') ? { ETag: object.etag } : {}),
    ...(wanted.has('Checksum') ? { Checksum: bareChecksums(attributes) } : {}),
    ...(wanted.has('ObjectParts') && attributes.partSizes !== undefined
      ? { ObjectParts: partsPage(attributes.partSizes, attributes, input) }
      : {}),
    ...(wanted.has('StorageClass') ? { StorageClass: attributes.headers?.StorageClass ?? 'STANDARD' } : {}),
    ...(wanted.has('ObjectSize') ? { ObjectSize: object.sizeBytes } : {}),
  };
};

/** The checksums of an object. Unlike all others, this operation leaves the number of parts out of a composite one. */
const bareChecksums = (attributes: ObjectAttributes): Record<string, string> =>
  Object.fromEntries(Object.entries(checksumMembers(attributes)).map(([name, value]) => [name, value.split('-')[0]!]));

/** A page of the parts an object was made of. Their numbers count from 1 without gaps, whatever the upload called them. */
function partsPage(
  sizes: readonly number[],
  { checksums = {}, partChecksums }: ObjectAttributes,
  { MaxParts, PartNumberMarker }: Pick<GetObjectAttributesCommandInput, 'MaxParts' | 'PartNumberMarker'>,
): object {
  const marker = numberFrom('part-number-marker', PartNumberMarker);
  const maxParts = pageSize('max-parts', MaxParts);
  const [algorithm] = Object.keys(checksums);
  const parts = sizes
    .map((Size, at) => ({
      PartNumber: at + 1,
      Size,
      ...(partChecksums?.[at] === undefined ? {} : { [`Checksum${algorithm}`]: partChecksums[at] }),
    }))
    .filter(({ PartNumber }) => PartNumber > marker);
  const page = parts.slice(0, maxParts);
  return {
    TotalPartsCount: sizes.length,
    PartNumberMarker: String(marker),
    MaxParts: maxParts,
    IsTruncated: page.length < parts.length,
    ...(page.length < parts.length ? { NextPartNumberMarker: String(page.at(-1)?.PartNumber ?? marker) } : {}),
    Parts: page,
  };
}
