import { createHash } from 'node:crypto';
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { StoredObject, UploadPart } from '../../../store/index.ts';
import { declaredChecksums, requireAlgorithm, requireOneWellFormed } from '../checksums/checksums.ts';
import { joinedChecksums, requireNamedChecksums } from '../checksums/composite.ts';
import {
  invalidArgument,
  invalidRequest,
  malformedXml,
  preconditionFailed,
  quoted,
  requireBucket,
  requireKey,
  type S3Options,
  unquoted,
} from '../context.ts';
import { encryptionHeaders, encryptionOf, encryptionOfUpload, requireNoCustomerKey } from '../encryption.ts';
import { abortMembers, expirationMember } from '../lifecycle/due.ts';
import { defaultRetention, lockAskedFor } from '../lock/locks.ts';
import { attributesOf, checksumMembers, type DescribingInput } from '../objects/attributes.ts';
import { expectation, writeFailure } from '../objects/write-conditions.ts';
import { requireOffered } from '../offered.ts';
import { writtenVersion } from '../version-id.ts';
import { invalidPart, noSuchUpload, requireUpload } from './uploads.ts';

/** All parts but the last have at least this many bytes. */
const partBytesMin = 5 * 1024 * 1024;

export const createMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<CreateMultipartUploadCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const target = { bucket: bucket.name, key: requireKey(input.Key) };
    requireOffered(options, bucket, input);
    if (input.ChecksumType !== undefined && input.ChecksumAlgorithm === undefined)
      throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    const algorithm = input.ChecksumAlgorithm === undefined ? undefined : requireAlgorithm(input.ChecksumAlgorithm);
    const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    if (algorithm !== undefined) requireChecksumType(algorithm, type);
    const attributes = {
      ...attributesOf(input as DescribingInput, encryptionHeaders(options, bucket, input)),
      ...lockAskedFor(bucket, input, options.nowMs()),
      ...(algorithm === undefined ? {} : { checksums: { [algorithm]: '' }, checksumType: type }),
    };
    try {
      const upload = await options.objects.createUpload(target, attributes);
      return {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: upload.uploadId,
        ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: type }),
        ...encryptionOfUpload(options, attributes),
        ...abortMembers(bucket, upload),
      };
    } catch (thrown) {
      throw await writeFailure(thrown, options, target, {});
    }
  };

/** A checksum of a whole object can be joined from those of its parts only when it is a CRC; CRC64NVME is nothing else. */
function requireChecksumType(algorithm: string, type: string): void {
  if (algorithm === 'CRC64NVME' ? type === 'FULL_OBJECT' : type === 'COMPOSITE' || algorithm.startsWith('CRC')) return;
  throw invalidRequest(
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

/**
 * CompleteMultipartUpload. A client that did not hear the answer may ask once more and hears it again, and of several
 * that ask at the same time all hear the same.
 */
export const completeMultipartUpload =
  (options: S3Options) => async (call: Call<CompleteMultipartUploadCommandInput>) => {
    const { input } = call;
    requireNoCustomerKey(input);
    const object = (await completedBefore(options, input)) ?? (await completeOnce(options, call));
    return {
      Location: call.address,
      Bucket: input.Bucket,
      Key: object.key,
      ETag: quoted(object.etag),
      ...checksumMembers(object.attributes),
      ...encryptionOf(object),
      ...writtenVersion(object),
      ...expirationMember(await requireBucket(options, input, 'write'), object),
    };
  };

/** The object that an upload became, as long as nothing else was put in its place. */
async function completedBefore(
  options: S3Options,
  input: CompleteMultipartUploadCommandInput,
): Promise<StoredObject | undefined> {
  const bucket = await requireBucket(options, input, 'write');
  const object = await options.objects.head(bucket.name, requireKey(input.Key));
  return object?.attributes.uploadId === input.UploadId ? object : undefined;
}

async function completeOnce(
  options: S3Options,
  call: Call<CompleteMultipartUploadCommandInput>,
): Promise<StoredObject> {
  try {
    return await complete(options, call);
  } catch (thrown) {
    // Another request for the same upload may have come first: then neither the upload is there nor its parts.
    const object = thrown instanceof ServiceError ? await completedBefore(options, call.input) : undefined;
    if (object === undefined) throw thrown;
    return object;
  }
}

async function complete(options: S3Options, call: Call<CompleteMultipartUploadCommandInput>): Promise<StoredObject> {
  const { input } = call;
  const upload = await requireUpload(options, input);
  const expect = expectation(call);
  requireOneWellFormed(Object.entries(declaredChecksums(input)));
  const named = input.MultipartUpload?.Parts ?? [];
  const parts = chosenParts(named, await options.objects.parts(upload));
  requireNamedChecksums(upload, parts, named);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) < 0)
    throw invalidRequest(`Value for x-amz-mp-object-size header is less than zero: '${input.MpuObjectSize}'`);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== sizeBytes) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
    );
  }
  const attributes = {
    ...(await joinedChecksums(upload, parts, input)),
    partSizes: parts.map((part) => part.sizeBytes),
    uploadId: upload.uploadId,
    ...defaultRetention(await requireBucket(options, input, 'write'), upload.attributes.retention, options.nowMs()),
  };
  try {
    return await options.objects.completeUpload(upload, parts, {
      etag: joinedEtag(parts),
      attributes,
      ...(expect === undefined ? {} : { expect }),
    });
  } catch (thrown) {
    if (thrown instanceof Conflict && (await options.objects.upload(upload.bucket, upload.uploadId)) === undefined)
      throw noSuchUpload(upload.uploadId);
    throw await writeFailure(thrown, options, upload, input);
  }
}

/** The MD5 of the parts' MD5s, with the number of parts behind it. */
function joinedEtag(parts: readonly UploadPart[]): string {
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  return `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`;
}

export const abortMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<AbortMultipartUploadCommandInput>) => {
    const upload = await requireUpload(options, input);
    const begun = input.IfMatchInitiatedTime?.getTime();
    // A time that has not come yet is no condition to S3.
    if (
      begun !== undefined &&
      begun <= options.nowMs() &&
      Math.floor(begun / 1000) !== Math.floor(upload.createdAtMs / 1000)
    )
      throw preconditionFailed('x-amz-if-match-initiated-time');
    try {
      await options.objects.abortUpload(upload);
    } catch (thrown) {
      throw thrown instanceof Conflict ? noSuchUpload(upload.uploadId) : thrown;
    }
    return {};
  };

/** The parts a completion names. Throws MalformedXML, InvalidPartOrder, InvalidPart or EntityTooSmall (400). */
function chosenParts(
  named: readonly { PartNumber?: number | undefined; ETag?: string | undefined }[],
  stored: readonly UploadPart[],
): UploadPart[] {
  if (named.length === 0) throw malformedXml();
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  let before = 0;
  const parts = named.map((name) => {
    const { PartNumber: number, ETag } = name;
    if (number === undefined || ETag === undefined) throw malformedXml();
    if (number < 1) throw invalidArgument('PartNumber must be >= 1', 'PartNumber', number);
    if (number <= before)
      throw new ServiceError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    before = number;
    const part = byNumber.get(number);
    if (part === undefined || unquoted(ETag) !== part.etag) throw invalidPart(number);
    return part;
  });
  const small = parts.slice(0, -1).find(({ sizeBytes }) => sizeBytes < partBytesMin);
  if (small !== undefined) {
    throw new ServiceError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      details: {
        ProposedSize: String(small.sizeBytes),
        MinSizeAllowed: String(partBytesMin),
        PartNumber: String(small.partNumber),
      },
    });
  }
  return parts;
}
