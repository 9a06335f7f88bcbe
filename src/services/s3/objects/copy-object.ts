import type { Readable } from 'node:stream';
import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { ByteRange, ObjectAttributes, StoredObject } from '../../../store/index.ts';
import { requireAlgorithm } from '../checksums/checksums.ts';
import { invalidRequest, preconditionFailed, quoted, requireBucket, requireKey, type S3Options } from '../context.ts';
import { encryptionHeaders, encryptionOf, withoutEncryption } from '../encryption.ts';
import { expirationMember } from '../lifecycle/due.ts';
import { lockOfWrite } from '../lock/locks.ts';
import { checksumByDefault } from '../multipart/uploads.ts';
import { requireOffered } from '../offered.ts';
import { nothingToRead, requireVersion, versionMembers, writtenVersion } from '../version-id.ts';
import { attributesOf, checksumMembers, type DescribingInput, storageClassOf, taggingOf } from './attributes.ts';
import { requireConditions } from './conditions.ts';
import { expectation, writeFailure } from './write-conditions.ts';

/** The largest object that is copied in one request: 5 GiB. */
const copyBytesMax = 5 * 1024 ** 3;

/** CopyObject: a new object of the same bytes, described as the source or anew. */
export const copyObject = (options: S3Options) => async (call: Call<CopyObjectCommandInput>) => {
  const { input } = call;
  const bucket = await requireBucket(options, input, 'write');
  const key = requireKey(input.Key);
  requireOffered(options, bucket, input);
  const expect = expectation(call);
  const encryption = encryptionHeaders(options, bucket, input);
  const lock = lockOfWrite(bucket, input, options.nowMs());
  const {
    object: source,
    body,
    version,
  } = await openSource(options, input, ({ sizeBytes }) => {
    if (sizeBytes > copyBytesMax) {
      throw new ServiceError(
        'InvalidRequest',
        `The specified copy source is larger than the maximum allowable size for a copy source: ${copyBytesMax}`,
        { status: 400 },
      );
    }
    return undefined;
  });
  try {
    requireChange(input, source, { bucket: bucket.name, key });
    const object = await options.objects.put({ bucket: bucket.name, key }, body, {
      attributes: { ...copiedAttributes(input, source, encryption), ...lock },
      checksums: [checksumOfCopy(input, source)],
      owned: true,
      ...(expect === undefined ? {} : { expect }),
      accept: ({ checksums }) => ({ checksums, checksumType: 'FULL_OBJECT' }),
    });
    return {
      CopyObjectResult: {
        ETag: quoted(object.etag),
        LastModified: new Date(object.modifiedAtMs),
        ...checksumMembers(object.attributes),
      },
      ...encryptionOf(object),
      ...writtenVersion(object),
      ...expirationMember(bucket, object),
      ...version,
    };
  } catch (thrown) {
    throw await writeFailure(thrown, options, { bucket: bucket.name, key }, input);
  } finally {
    body.destroy();
  }
};

/** The algorithm asked for, or the source's own. */
const checksumOfCopy = ({ ChecksumAlgorithm: asked }: CopyObjectCommandInput, { attributes }: StoredObject): string =>
  asked === undefined ? (Object.keys(attributes.checksums ?? {})[0] ?? checksumByDefault) : requireAlgorithm(asked);

/** What a copy says about itself: what its source says, or what the request says, by the two directives. */
function copiedAttributes(
  input: CopyObjectCommandInput,
  source: StoredObject,
  encryption: Readonly<Record<string, string>>,
): ObjectAttributes {
  const { attributes } = source;
  const replaces = input.MetadataDirective === 'REPLACE';
  // What a request says about its copy is checked even where the source's word counts.
  const anew = attributesOf({ ...(input as DescribingInput), Tagging: undefined });
  const { contentType, headers, metadata } = replaces ? anew : attributes;
  // How a copy is kept and where it sends its readers is never its source's to say.
  const { StorageClass: _, WebsiteRedirectLocation: __, ...kept } = headers ?? {};
  const { WebsiteRedirectLocation } = input;
  return {
    ...(contentType === undefined ? {} : { contentType }),
    headers: {
      ...withoutEncryption(kept),
      ...(WebsiteRedirectLocation === undefined ? {} : { WebsiteRedirectLocation }),
      ...storageClassOf(input),
      ...encryption,
    },
    metadata: metadata ?? {},
    tags: input.TaggingDirective === 'REPLACE' ? taggingOf(input.Tagging ?? '') : (attributes.tags ?? {}),
  };
}

/** Throws InvalidRequest (400) for a copy of an object onto itself that changes nothing. */
function requireChange(
  input: CopyObjectCommandInput,
  source: StoredObject,
  target: { bucket: string; key: string },
): void {
  const asked = [
    input.StorageClass,
    input.ServerSideEncryption,
    input.WebsiteRedirectLocation,
    input.ChecksumAlgorithm,
  ];
  const changes = input.MetadataDirective === 'REPLACE' || input.TaggingDirective === 'REPLACE';
  // A version that is copied onto its own key becomes the latest.
  if (/\?versionId=/.test(input.CopySource ?? '')) return;
  if (source.bucket !== target.bucket || source.key !== target.key || changes) return;
  if (asked.some((value) => value !== undefined)) return;
  throw new ServiceError(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    { status: 400 },
  );
}

interface SourceInput {
  CopySource?: string | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
}

/** The object a copy reads and the chosen bytes of it, once its conditions hold. A condition that fails is 412, never 304. */
export async function openSource(
  options: S3Options,
  input: SourceInput,
  choose: (source: StoredObject) => ByteRange | undefined,
): Promise<{ object: StoredObject; body: Readable; version: { CopySourceVersionId?: string } }> {
  const { bucketName, key, versionId } = sourceOf(input.CopySource ?? '');
  const bucket = await requireBucket(options, {
    Bucket: bucketName,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
  });
  const chooseOf = (source: StoredObject): ByteRange | undefined => {
    requireSourceConditions(input, source);
    return choose(source);
  };
  const found = await options.objects.get(bucket.name, requireKey(key), chooseOf, requireVersion(versionId));
  if (found === undefined) throw await nothingToCopy(options, bucket, key, versionId);
  const { VersionId } = versionMembers(bucket, found.object);
  // Not spread: the stream is made when it is asked for.
  return {
    object: found.object,
    body: found.body,
    version: VersionId === undefined ? {} : { CopySourceVersionId: VersionId },
  };
}

async function nothingToCopy(...source: Parameters<typeof nothingToRead>): Promise<ServiceError> {
  const refusal = await nothingToRead(...source);
  return refusal.code === 'MethodNotAllowed'
    ? invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.')
    : refusal;
}

function requireSourceConditions(input: SourceInput, source: StoredObject): void {
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
}

/** What a copy source names: `bucket/key`, percent-encoded, with or without a leading slash, and maybe a version. */
function sourceOf(header: string): { bucketName: string; key: string; versionId: string | undefined } {
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
  return { bucketName: path.slice(0, slash), key: text, versionId: version };
}
