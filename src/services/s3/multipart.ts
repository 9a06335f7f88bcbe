import { createHash } from 'node:crypto';
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  ListMultipartUploadsCommandInput,
  ListPartsCommandInput,
  UploadPartCommandInput,
  UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Upload, UploadPart } from '../../store/index.ts';
import { attributesOf, checksumMembers, type DescribingInput } from './attributes.ts';
import { ownerId } from './buckets.ts';
import { verifyDigests, wantedChecksums } from './checksums.ts';
import { compositeChecksums, fullChecksums } from './composite.ts';
import { quoted, requireBucket, requireKey, type S3Options, unquoted } from './context.ts';
import { readSource } from './copy-object.ts';
import { encoder } from './list-objects.ts';
import { bodyOf, conditionFailure, encryption, expectation } from './put-object.ts';

const partNumberMax = 10_000;
/** All parts but the last have at least this many bytes. */
const partBytesMin = 5 * 1024 * 1024;

export const createMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<CreateMultipartUploadCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const algorithm = input.ChecksumAlgorithm;
    const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    if (
      algorithm !== undefined &&
      (algorithm === 'CRC64NVME' ? type === 'COMPOSITE' : type === 'FULL_OBJECT' && algorithm.startsWith('SHA'))
    ) {
      throw new ServiceError(
        'InvalidRequest',
        `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
      );
    }
    const attributes = {
      ...attributesOf(input as DescribingInput),
      ...(algorithm === undefined ? {} : { checksums: { [algorithm]: '' }, checksumType: type }),
    };
    const upload = await options.objects.createUpload({ bucket: bucket.name, key: requireKey(input.Key) }, attributes);
    return {
      Bucket: input.Bucket,
      Key: input.Key,
      UploadId: upload.uploadId,
      ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: type }),
      ...encryption(input.ServerSideEncryption),
    };
  };

export const uploadPart = (options: S3Options) => async (call: Call<UploadPartCommandInput>) => {
  const upload = await requireUpload(options, call.input);
  const part = await options.objects.putPart(
    upload,
    requirePartNumber(call.input.PartNumber),
    bodyOf(call.input.Body),
    {
      checksums: [...new Set([...wantedChecksums(call), ...algorithmsOf(upload)])],
      accept: (digests) => {
        verifyDigests(call, digests);
        return undefined;
      },
    },
  );
  return { ETag: quoted(part.etag), ...checksumMembers({ checksums: part.checksums }) };
};

export const uploadPartCopy =
  (options: S3Options) =>
  async ({ input }: Call<UploadPartCopyCommandInput>) => {
    const upload = await requireUpload(options, input);
    const partNumber = requirePartNumber(input.PartNumber);
    const source = await readSource(options, input);
    const range = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? '');
    const end = range === null ? source.sizeBytes : Number(range[2]) + 1;
    const start = range === null ? 0 : Number(range[1]);
    if ((input.CopySourceRange !== undefined && range === null) || start > end || end > source.sizeBytes) {
      throw new ServiceError(
        'InvalidArgument',
        `Range specified is not valid for source object of size: ${source.sizeBytes}`,
      );
    }
    const found = await options.objects.get(source.bucket, source.key, { start, end });
    if (found === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
    const part = await options.objects.putPart(upload, partNumber, found.body, { checksums: algorithmsOf(upload) });
    return {
      CopyPartResult: {
        ETag: quoted(part.etag),
        LastModified: new Date(part.modifiedAtMs),
        ...checksumMembers({ checksums: part.checksums }),
      },
    };
  };

export const completeMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<CompleteMultipartUploadCommandInput>) => {
    const upload = await requireUpload(options, input);
    const parts = chosenParts(input.MultipartUpload?.Parts ?? [], await options.objects.parts(upload));
    const etag = `${createHash('md5')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))
      .digest('hex')}-${parts.length}`;
    const expect = expectation(input);
    const type = upload.attributes.checksumType;
    const algorithm = algorithmsOf(upload)[0];
    const checksums =
      algorithm === undefined
        ? {}
        : type === 'COMPOSITE'
          ? compositeChecksums(algorithm, parts)
          : fullChecksums(algorithm, parts);
    for (const [name, computed] of Object.entries(checksums)) {
      const declared = (input as unknown as Record<string, unknown>)[`Checksum${name}`];
      if (declared !== undefined && declared !== computed)
        throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
    try {
      const object = await options.objects.completeUpload(upload, parts, {
        etag,
        attributes: { checksums, partSizes: parts.map(({ sizeBytes }) => sizeBytes) },
        ...(expect === undefined ? {} : { expect }),
      });
      return {
        Location: `/${input.Bucket}/${encoder('url')(upload.key)}`,
        Bucket: input.Bucket,
        Key: upload.key,
        ETag: quoted(etag),
        ...checksumMembers(object.attributes),
      };
    } catch (thrown) {
      throw await conditionFailure(thrown, options, upload, input);
    }
  };

export const abortMultipartUpload =
  (options: S3Options) =>
  async ({ input }: Call<AbortMultipartUploadCommandInput>) => {
    await options.objects.abortUpload(await requireUpload(options, input));
    return {};
  };

export const listParts =
  (options: S3Options) =>
  async ({ input, accountId }: Call<ListPartsCommandInput>) => {
    const upload = await requireUpload(options, input);
    const marker = Number(input.PartNumberMarker ?? 0);
    const maxParts = Math.min(1000, input.MaxParts ?? 1000);
    const rest = (await options.objects.parts(upload)).filter(({ partNumber }) => partNumber > marker);
    const page = rest.slice(0, maxParts);
    const truncated = page.length < rest.length;
    const owner = { ID: ownerId(accountId), DisplayName: 'linnet' };
    return {
      Bucket: input.Bucket,
      Key: upload.key,
      UploadId: upload.uploadId,
      PartNumberMarker: String(marker),
      MaxParts: maxParts,
      IsTruncated: truncated,
      ...(truncated ? { NextPartNumberMarker: String(page.at(-1)?.partNumber ?? marker) } : {}),
      Parts: page.map((part) => ({
        PartNumber: part.partNumber,
        LastModified: new Date(part.modifiedAtMs),
        ETag: quoted(part.etag),
        Size: part.sizeBytes,
        ...checksumMembers({ checksums: part.checksums }),
      })),
      StorageClass: 'STANDARD',
      Owner: owner,
      Initiator: owner,
      ...(algorithmsOf(upload)[0] === undefined
        ? {}
        : { ChecksumAlgorithm: algorithmsOf(upload)[0], ChecksumType: upload.attributes.checksumType }),
    };
  };

export const listMultipartUploads =
  (options: S3Options) =>
  async ({ input, accountId }: Call<ListMultipartUploadsCommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { KeyMarker = '', UploadIdMarker = '', Prefix = '' } = input;
    const maxUploads = Math.min(1000, input.MaxUploads ?? 1000);
    const order = (a: Upload, b: Upload): number =>
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.uploadId < b.uploadId ? -1 : 1);
    const rest = (await options.objects.uploads(bucket.name))
      .filter(
        ({ key, uploadId }) =>
          key.startsWith(Prefix) &&
          (key > KeyMarker || (key === KeyMarker && UploadIdMarker !== '' && uploadId > UploadIdMarker)),
      )
      .sort(order);
    const page = rest.slice(0, maxUploads);
    const encode = encoder(input.EncodingType);
    const owner = { ID: ownerId(accountId), DisplayName: 'linnet' };
    return {
      Bucket: input.Bucket,
      KeyMarker: encode(KeyMarker),
      UploadIdMarker,
      Prefix: encode(Prefix),
      MaxUploads: maxUploads,
      IsTruncated: page.length < rest.length,
      ...(page.length < rest.length
        ? { NextKeyMarker: encode(page.at(-1)?.key ?? ''), NextUploadIdMarker: page.at(-1)?.uploadId }
        : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      Uploads: page.map(({ key, uploadId, createdAtMs }) => ({
        Key: encode(key),
        UploadId: uploadId,
        Initiated: new Date(createdAtMs),
        StorageClass: 'STANDARD',
        Owner: owner,
        Initiator: owner,
      })),
    };
  };

const algorithmsOf = ({ attributes }: Upload): string[] => Object.keys(attributes.checksums ?? {});

async function requireUpload(
  options: S3Options,
  input: { Bucket?: string | undefined; Key?: string | undefined; UploadId?: string | undefined },
): Promise<Upload> {
  const bucket = await requireBucket(options, input, 'write');
  const upload = /^[0-9a-f]{32}$/.test(input.UploadId ?? '')
    ? await options.objects.upload(bucket.name, input.UploadId ?? '')
    : undefined;
  if (upload !== undefined && upload.key === input.Key) return upload;
  throw new ServiceError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    {
      details: { UploadId: input.UploadId },
    },
  );
}

function requirePartNumber(partNumber: number | undefined): number {
  if (partNumber !== undefined && Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= partNumberMax)
    return partNumber;
  throw new ServiceError(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
    {
      details: { ArgumentName: 'partNumber', ArgumentValue: String(partNumber) },
    },
  );
}

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
