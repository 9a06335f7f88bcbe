import type { ListMultipartUploadsCommandInput, ListPartsCommandInput } from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import type { Upload } from '../../../store/index.ts';
import { quoted, requireBucket, type S3Options } from '../context.ts';
import { abortMembers } from '../lifecycle/due.ts';
import { checksumOf, partChecksumMembers, requireUpload } from '../multipart/uploads.ts';
import { ownerId } from '../owner.ts';
import { commonPrefix, encoder } from './list-objects.ts';
import { numberFrom, pageSize } from './paging.ts';

export const listParts =
  (options: S3Options) =>
  async ({ input, accountId }: Call<ListPartsCommandInput>) => {
    const upload = await requireUpload(options, input);
    const bucket = await requireBucket(options, input);
    const marker = numberFrom('part-number-marker', input.PartNumberMarker);
    const maxParts = pageSize('max-parts', input.MaxParts);
    const { algorithm, type, byDefault } = checksumOf(upload);
    const rest = (await options.objects.parts(upload)).filter(({ partNumber }) => partNumber > marker);
    const page = rest.slice(0, maxParts);
    const truncated = page.length < rest.length;
    const owner = { ID: ownerId(accountId), DisplayName: 'linnet' };
    return {
      ...abortMembers(bucket, upload),
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
        ...partChecksumMembers(upload, part),
      })),
      StorageClass: 'STANDARD',
      Owner: owner,
      Initiator: owner,
      // The word that S3 has for an upload which was begun without one.
      ChecksumAlgorithm: byDefault ? 'null' : algorithm,
      ChecksumType: byDefault ? 'null' : type,
    };
  };

export const listMultipartUploads =
  (options: S3Options) =>
  async ({ input, accountId }: Call<ListMultipartUploadsCommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { KeyMarker = '', UploadIdMarker = '', Prefix = '', Delimiter = '' } = input;
    const maxUploads = pageSize('max-uploads', input.MaxUploads);
    const isBehind = ({ key, uploadId }: Upload): boolean =>
      compareKeys(key, KeyMarker) > 0 || (key === KeyMarker && UploadIdMarker !== '' && uploadId > UploadIdMarker);
    const sorted = (await options.objects.uploads(bucket.name))
      .filter((upload) => upload.key.startsWith(Prefix) && isBehind(upload))
      .sort((a, b) => compareKeys(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1));
    const rest = rolledUp(sorted, Prefix, Delimiter).filter(
      ({ common }) => common === undefined || common !== KeyMarker,
    );
    const page = rest.slice(0, maxUploads);
    const last = page.at(-1);
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
        ? {
            NextKeyMarker: encode(last?.common ?? last?.upload.key ?? ''),
            NextUploadIdMarker: last?.common === undefined ? last?.upload.uploadId : '',
          }
        : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      ...(Delimiter === '' ? {} : { Delimiter: encode(Delimiter) }),
      Uploads: page.flatMap(({ upload: { key, uploadId, createdAtMs }, common }) =>
        common !== undefined
          ? []
          : [
              {
                Key: encode(key),
                UploadId: uploadId,
                Initiated: new Date(createdAtMs),
                StorageClass: 'STANDARD',
                Owner: owner,
                Initiator: owner,
              },
            ],
      ),
      CommonPrefixes: page.flatMap(({ common }) => (common === undefined ? [] : [{ Prefix: encode(common) }])),
    };
  };

/** One line of a list: an upload, or the first of those with a common prefix. */
interface Line {
  upload: Upload;
  common: string | undefined;
}

/** Uploads in their order, those with a delimiter behind the prefix rolled up to one line for each common prefix. */
function rolledUp(sorted: readonly Upload[], prefix: string, delimiter: string): Line[] {
  const lines: Line[] = [];
  for (const upload of sorted) {
    const common = commonPrefix(upload.key, prefix, delimiter);
    if (common === undefined || lines.at(-1)?.common !== common) lines.push({ upload, common });
  }
  return lines;
}

const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
