import type { UploadPartCommandInput, UploadPartCopyCommandInput } from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { ByteRange, PutOptions, StoredObject, Upload, UploadPart } from '../../../store/index.ts';
import { sentChecksum, verifyDigests } from '../checksums/checksums.ts';
import { invalidRequest, quoted, type S3Options } from '../context.ts';
import { encryptionOfUpload, requireNoCustomerKey } from '../encryption.ts';
import { openSource } from '../objects/copy-object.ts';
import { bodyOf } from '../objects/put-object.ts';
import { checksumOf, noSuchUpload, partChecksumMembers, requirePartNumber, requireUpload } from './uploads.ts';

export const uploadPart = (options: S3Options) => async (call: Call<UploadPartCommandInput>) => {
  const { input } = call;
  const upload = await requireUpload(options, input);
  requireNoCustomerKey(input);
  const { algorithm, type, byDefault } = checksumOf(upload);
  const given = sentChecksum(call);
  const sent = given ?? algorithm;
  // A checksum of the whole is also made of parts that come without one; one of the parts' checksums is their client's.
  if (!byDefault && (sent !== algorithm || (given === undefined && type === 'COMPOSITE')))
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${given?.toLowerCase() ?? 'null'}`,
    );
  const part = await putPart(options, upload, requirePartNumber(input.PartNumber), bodyOf(input.Body), {
    checksums: [...new Set([algorithm, sent])],
    owned: true,
    accept: (digests) => {
      verifyDigests(call, digests);
      return undefined;
    },
  });
  return {
    ETag: quoted(part.etag),
    ...partChecksumMembers(upload, part),
    ...encryptionOfUpload(options, upload.attributes),
  };
};

export const uploadPartCopy =
  (options: S3Options) =>
  async ({ input }: Call<UploadPartCopyCommandInput>) => {
    const upload = await requireUpload(options, input);
    const partNumber = requirePartNumber(input.PartNumber);
    requireNoCustomerKey(input);
    const { body, version } = await openSource(options, input, (source) => sourceRange(input.CopySourceRange, source));
    try {
      const part = await putPart(options, upload, partNumber, body, {
        checksums: [checksumOf(upload).algorithm],
        owned: true,
      });
      const { etag, modifiedAtMs } = part;
      return {
        CopyPartResult: {
          ETag: quoted(etag),
          LastModified: new Date(modifiedAtMs),
          ...partChecksumMembers(upload, part),
        },
        ...encryptionOfUpload(options, upload.attributes),
        ...version,
      };
    } finally {
      body.destroy();
    }
  };

async function putPart(
  { objects }: S3Options,
  upload: Upload,
  partNumber: number,
  body: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<UploadPart> {
  try {
    return await objects.putPart(upload, partNumber, body, options);
  } catch (thrown) {
    throw thrown instanceof Conflict ? noSuchUpload(upload.uploadId) : thrown;
  }
}

/** The bytes of a source to copy: all, or `bytes=first-last` within it. Throws InvalidArgument or InvalidRange. */
function sourceRange(text: string | undefined, { sizeBytes }: StoredObject): ByteRange | undefined {
  if (text === undefined) return undefined;
  const found = /^bytes=(\d+)-(\d+)$/.exec(text);
  const [start, end] = [Number(found?.[1]), Number(found?.[2]) + 1];
  if (found !== null && start < end && end <= sizeBytes) return { start, end };
  const message =
    found === null
      ? 'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
      : `Range specified is not valid for source object of size: ${sizeBytes}`;
  throw new ServiceError('InvalidArgument', message, {
    status: 400,
    details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text },
  });
}
