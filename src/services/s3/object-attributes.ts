import type {
  GetObjectAttributesCommandInput,
  GetObjectTaggingCommandInput,
  PutObjectTaggingCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { StoredObject } from '../../store/index.ts';
import { checksumMembers, tagsOf } from './attributes.ts';
import { noSuchKey, requireBucket, requireKey, type S3Options } from './context.ts';

async function requireObject(
  options: S3Options,
  input: { Bucket?: string | undefined; Key?: string | undefined },
  access: 'read' | 'write',
): Promise<StoredObject> {
  const bucket = await requireBucket(options, input, access);
  const key = requireKey(input.Key);
  const object = await options.objects.head(bucket.name, key);
  if (object === undefined) throw noSuchKey(key);
  return object;
}

export const getObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectTaggingCommandInput>) => {
    const { attributes } = await requireObject(options, input, 'read');
    return { TagSet: Object.entries(attributes.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
  };

export const putObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectTaggingCommandInput>) => {
    const tags = tagsOf(input.Tagging?.TagSet ?? []);
    const { bucket, key, attributes } = await requireObject(options, input, 'write');
    await options.objects.updateAttributes(bucket, key, { ...attributes, tags });
    return {};
  };

export const deleteObjectTagging =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectTaggingCommandInput>) => {
    const { bucket, key, attributes } = await requireObject(options, input, 'write');
    await options.objects.updateAttributes(bucket, key, { ...attributes, tags: {} });
    return {};
  };

export const getObjectAttributes =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectAttributesCommandInput>) => {
    const object = await requireObject(options, input, 'read');
    const { attributes } = object;
    const wanted = new Set<string>(input.ObjectAttributes ?? []);
    if (wanted.size === 0)
      throw new ServiceError('InvalidArgument', 'The x-amz-object-attributes header must name at least one attribute');
    return {
      LastModified: new Date(object.modifiedAtMs),
      ...(wanted.has('ETag') ? { ETag: object.etag } : {}),
      ...(wanted.has('Checksum') ? { Checksum: checksumMembers(attributes) } : {}),
      ...(wanted.has('ObjectParts') && attributes.partSizes !== undefined
        ? { ObjectParts: { TotalPartsCount: attributes.partSizes.length } }
        : {}),
      ...(wanted.has('StorageClass') ? { StorageClass: 'STANDARD' } : {}),
      ...(wanted.has('ObjectSize') ? { ObjectSize: object.sizeBytes } : {}),
    };
  };
