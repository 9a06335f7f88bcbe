import type {
  DeleteBucketTaggingCommandInput,
  GetBucketTaggingCommandInput,
  PutBucketTaggingCommandInput,
  Tag,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { requireBucket, type S3Options } from '../context.ts';
import { tagsOf } from '../objects/attributes.ts';
import { changeBucket } from '../settings/kept.ts';

const tagsMax = 50;

/** A bucket with these tags in place of those it had. Throws InvalidTag or BadRequest (400) for S3's limits. */
export function taggedBucket(bucket: Bucket, tagSet: readonly Partial<Tag>[]): Bucket {
  const { tags: _, ...attributes } = bucket.attributes;
  if (tagSet.length === 0) return { ...bucket, attributes };
  const tags = tagsOf(tagSet, { owner: 'Bucket', countMax: tagsMax });
  return { ...bucket, attributes: { ...attributes, tags: JSON.stringify(Object.entries(tags)) } };
}

export const getBucketTagging =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketTaggingCommandInput>) => {
    const { name, attributes } = await requireBucket(options, input, 'own');
    if (attributes.tags === undefined)
      throw new ServiceError('NoSuchTagSet', 'The TagSet does not exist', { details: { BucketName: name } });
    const tags = JSON.parse(attributes.tags) as [string, string][];
    return { TagSet: tags.map(([Key, Value]) => ({ Key, Value })) };
  };

export const putBucketTagging =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketTaggingCommandInput>) =>
    changeBucket(options, input, (bucket) => taggedBucket(bucket, input.Tagging?.TagSet ?? []));

export const deleteBucketTagging =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketTaggingCommandInput>) =>
    changeBucket(options, input, (bucket) => taggedBucket(bucket, []));
