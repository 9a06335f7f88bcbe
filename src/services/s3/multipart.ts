import { createHash } from 'node:crypto';
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { StoredObject, Upload, UploadPart } from '../../store/index.ts';
import { attributesOf, checksumMembers, type DescribingInput, encryption } from './attributes.ts';
import { badDigest, requireAlgorithm } from './checksums.ts';
import { compositeChecksums, fullChecksums } from './composite.ts';
import { quoted, requireBucket, requireKey, type S3Options, unquoted } from './context.ts';
import { encoder } from './list-objects.ts';
import { requireOffered } from './offered.ts';
import { algorithmsOf, noSuchUpload, requireUpload } from './uploads.ts';
import { expectation, writeFailure } from './write-conditions.ts';

/** All parts but the last have at least this many bytes. */
const partBytesMin = 5 * 1024 * 1024;

export const createMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<CreateMultipartUploadCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const target = { bucket: bucket.name, key: requireKey(input.Key) };
    requireOffered(input);
    const algorithm = input.ChecksumAlgorithm === undefined ? undefined : requireAlgorithm(input.ChecksumAlgorithm);
    const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    if (algorithm !== undefined) requireChecksumType(algorithm, type);
    const attributes = {
      ...attributesOf(input as DescribingInput),
      ...(algorithm === undefined ? {} : { checksums: { [algorithm]: '' }, checksumType: type }),
    };
    try {
      const upload = await options.objects.createUpload(target, attributes);
      return {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: upload.uploadId,
        ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: type }),
        ...encryption(input),
      };
    } catch (thrown) {
      throw await writeFailure(thrown, options, target, {});
    }
  };

/** A checksum of a whole object can be joined from those of its parts only when it is a CRC; CRC64NVME is nothing else. */
function requireChecksumType(algorithm: string, type: string): void {
  if (algorithm === 'CRC64NVME' ? type === 'FULL_OBJECT' : type === 'COMPOSITE' || algorithm.startsWith('CRC')) return;
  throw new ServiceError(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    { status: 400 },
  );
}

/** CompleteMultipartUpload. A client that did not hear the answer may ask once more and hears it again. */
export const completeMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<CompleteMultipartUploadCommandInput>) => {
    const object = (await completedBefore(options, input)) ?? (await complete(options, input));
    return {
      Location: `/${input.Bucket}/${encoder('url')(object.key)}`,
      Bucket: input.Bucket,
      Key: object.key,
      ETag: quoted(object.etag),
      ...checksumMembers(object.attributes),
      ...encryption(object.attributes.headers ?? {}),
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

async function complete(options: S3Options, input: CompleteMultipartUploadCommandInput): Promise<StoredObject> {
  const upload = await requireUpload(options, input);
  const expect = expectation(input);
  const parts = chosenParts(input.MultipartUpload?.Parts ?? [], await options.objects.parts(upload));
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== sizeBytes) {
    throw new ServiceError(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
      { status: 400 },
    );
  }
  const checksums = joinedChecksums(upload, parts, input);
  const partSizes = parts.map((part) => part.sizeBytes);
  try {
    return await options.objects.completeUpload(upload, parts, {
      etag: joinedEtag(parts),
      attributes: { checksums, partSizes, uploadId: upload.uploadId },
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

/** The checksum of the object, as the upload was created to have it. Throws BadDigest (400) when another was declared. */
function joinedChecksums(upload: Upload, parts: readonly UploadPart[], input: object): Record<string, string> {
  const [algorithm] = algorithmsOf(upload);
  if (algorithm === undefined) return {};
  const join = upload.attributes.checksumType === 'COMPOSITE' ? compositeChecksums : fullChecksums;
  const checksums = join(algorithm, parts);
  const declared = (input as Readonly<Record<string, string | undefined>>)[`Checksum${algorithm}`];
  const computed = checksums[algorithm];
  // The number of parts behind a composite checksum is not part of it: clients send it or leave it out.
  if (
    declared !== undefined &&
    computed !== undefined &&
    declared !== computed &&
    `${declared}-${parts.length}` !== computed
  )
    throw badDigest(algorithm);
  return checksums;
}

export const abortMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<AbortMultipartUploadCommandInput>) => {
    const upload = await requireUpload(options, input);
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
  if (named.length === 0)
    throw new ServiceError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  let before = 0;
  const parts = named.map((name) => {
    const number = name.PartNumber ?? 0;
    if (number <= before)
      throw new ServiceError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    before = number;
    const part = byNumber.get(number);
    const declared = Object.entries(name).filter(([member]) => member.startsWith('Checksum'));
    const differs = declared.some(
      ([member, value]) =>
        part?.checksums[member.slice('Checksum'.length)] !== undefined &&
        part.checksums[member.slice('Checksum'.length)] !== value,
    );
    if (part === undefined || differs || unquoted(name.ETag ?? '') !== part.etag) {
      throw new ServiceError(
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { details: { PartNumber: String(number) } },
      );
    }
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
