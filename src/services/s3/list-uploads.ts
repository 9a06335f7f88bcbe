import type { ListMultipartUploadsCommandInput, ListPartsCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { checksumMembers } from './attributes.ts';
import { ownerId } from './buckets.ts';
import { quoted, requireBucket, type S3Options } from './context.ts';
import { encoder } from './list-objects.ts';
import { algorithmsOf, requireUpload } from './uploads.ts';

export const listParts =
  (options: S3Options) =>
  async ({ input, accountId }: Call<ListPartsCommandInput>) => {
    const upload = await requireUpload(options, input);
    const marker = Number(input.PartNumberMarker ?? 0);
    const maxParts = pageSize('max-parts', input.MaxParts);
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
    const maxUploads = pageSize('max-uploads', input.MaxUploads);
    const rest = (await options.objects.uploads(bucket.name))
      .filter(
        ({ key, uploadId }) =>
          key.startsWith(Prefix) &&
          (compareKeys(key, KeyMarker) > 0 ||
            (key === KeyMarker && UploadIdMarker !== '' && uploadId > UploadIdMarker)),
      )
      .sort((a, b) => compareKeys(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1));
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

const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const pageMax = 1000;

function pageSize(name: string, asked: number | undefined): number {
  if (asked === undefined) return pageMax;
  if (asked >= 0 && asked <= 2_147_483_647) return Math.min(pageMax, asked);
  throw new ServiceError('InvalidArgument', `Argument ${name} must be an integer between 0 and 2147483647`, {
    status: 400,
    details: { ArgumentName: name, ArgumentValue: String(asked) },
  });
}
