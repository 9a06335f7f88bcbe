import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { StoredObject } from '../../store/index.ts';
import { attributesOf, checksumMembers, type DescribingInput, tagsOf } from './attributes.ts';
import { requireConditions } from './conditions.ts';
import { noSuchKey, preconditionFailed, quoted, requireBucket, requireKey, type S3Options } from './context.ts';
import { conditionFailure, encryption, expectation } from './put-object.ts';

/** CopyObject: a new object of the same bytes, described as the source or anew. */
export const copyObject =
  (options: S3Options) =>
  async ({ input }: Call<CopyObjectCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const key = requireKey(input.Key);
    const source = await readSource(options, input);
    const replaces = input.MetadataDirective === 'REPLACE';
    if (source.bucket === bucket.name && source.key === key && !replaces && input.TaggingDirective !== 'REPLACE') {
      throw new ServiceError(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const { partSizes: _, checksums: before, ...kept } = source.attributes;
    const described = replaces
      ? { ...attributesOf({ ...(input as DescribingInput), Tagging: undefined }), tags: kept.tags ?? {} }
      : kept;
    const tags =
      input.TaggingDirective === 'REPLACE'
        ? tagsOf([...new URLSearchParams(input.Tagging ?? '')].map(([Key, Value]) => ({ Key, Value })))
        : described.tags;
    const expect = expectation(input);
    const found = await options.objects.get(source.bucket, source.key);
    if (found === undefined) throw noSuchKey(source.key);
    const algorithms =
      input.ChecksumAlgorithm === undefined ? Object.keys(before ?? {}).slice(0, 1) : [input.ChecksumAlgorithm];
    try {
      const object = await options.objects.put({ bucket: bucket.name, key }, found.body, {
        attributes: { ...described, ...(tags === undefined ? {} : { tags }) },
        checksums: algorithms,
        ...(expect === undefined ? {} : { expect }),
        accept: ({ checksums }) => ({ checksums, checksumType: 'FULL_OBJECT' }),
      });
      return {
        CopyObjectResult: {
          ETag: quoted(object.etag),
          LastModified: new Date(object.modifiedAtMs),
          ...checksumMembers(object.attributes),
        },
        ...encryption(input.ServerSideEncryption),
      };
    } catch (thrown) {
      throw await conditionFailure(thrown, options, { bucket: bucket.name, key }, input);
    }
  };

interface SourceInput {
  CopySource?: string | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
}

/** The object a copy reads, once its conditions hold. A condition that fails is 412, never 304. */
export async function readSource(options: S3Options, input: SourceInput): Promise<StoredObject> {
  const [bucketName, key] = sourceOf(input.CopySource ?? '');
  const bucket = await requireBucket(options, {
    Bucket: bucketName,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
  });
  const source = await options.objects.head(bucket.name, requireKey(key));
  if (source === undefined) throw noSuchKey(key);
  try {
    requireConditions(
      {
        IfMatch: input.CopySourceIfMatch,
        IfNoneMatch: input.CopySourceIfNoneMatch,
        IfModifiedSince: input.CopySourceIfModifiedSince,
        IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
      },
      source,
    );
  } catch (thrown) {
    throw thrown instanceof ServiceError && thrown.code === 'NotModified'
      ? preconditionFailed('x-amz-copy-source-If-None-Match')
      : thrown;
  }
  return source;
}

/** Bucket and key of a copy source: `bucket/key`, percent-encoded, with or without a leading slash. */
function sourceOf(header: string): [bucket: string, key: string] {
  const [path = '', version] = header.replace(/^\//, '').split('?versionId=');
  const slash = path.indexOf('/');
  let text: string;
  try {
    text = decodeURIComponent(path.slice(slash + 1));
  } catch {
    text = '';
  }
  if (slash < 1 || text === '')
    throw new ServiceError('InvalidArgument', 'Invalid copy source object key', {
      details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  if (version !== undefined && version !== 'null')
    throw new ServiceError('NoSuchVersion', 'The specified version does not exist.', { status: 404 });
  return [path.slice(0, slash), text];
}
