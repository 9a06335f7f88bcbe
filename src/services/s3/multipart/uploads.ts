import { ServiceError } from '../../../base/index.ts';
import type { Upload, UploadPart } from '../../../store/index.ts';
import { requireBucket, type S3Options } from '../context.ts';

const partNumberMax = 10_000;

/** What S3 computes when a client asks for nothing. */
export const checksumByDefault = 'CRC64NVME';

/** The checksum that the object of an upload will have. What the upload was created with is kept as one without a value. */
export function checksumOf({ attributes }: Upload): {
  algorithm: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
  byDefault: boolean;
} {
  const [algorithm] = Object.keys(attributes.checksums ?? {});
  if (algorithm === undefined) return { algorithm: checksumByDefault, type: 'FULL_OBJECT', byDefault: true };
  return { algorithm, type: attributes.checksumType ?? 'COMPOSITE', byDefault: false };
}

/** The checksum of a part that answers give: the one its client sent, or else the one its object will have. */
export function partChecksumMembers(upload: Upload, { checksums }: UploadPart): Record<string, string> {
  const { algorithm } = checksumOf(upload);
  const name = Object.keys(checksums).find((each) => each !== algorithm) ?? algorithm;
  return checksums[name] === undefined ? {} : { [`Checksum${name}`]: checksums[name] };
}

/** The upload a request names. Throws NoSuchUpload (404). */
export async function requireUpload(
  options: S3Options,
  input: {
    Bucket?: string | undefined;
    Key?: string | undefined;
    UploadId?: string | undefined;
    ExpectedBucketOwner?: string | undefined;
  },
): Promise<Upload> {
  const bucket = await requireBucket(options, input, 'write');
  const uploadId = input.UploadId ?? '';
  // Others were never given out, and not every store can be asked for them.
  const upload = /^[\w.-]{1,200}$/.test(uploadId) ? await options.objects.upload(bucket.name, uploadId) : undefined;
  if (upload === undefined || upload.key !== input.Key) throw noSuchUpload(uploadId);
  return upload;
}

export const noSuchUpload = (uploadId: string): ServiceError =>
  new ServiceError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { details: { UploadId: uploadId } },
  );

/** Throws InvalidArgument (400). */
export function requirePartNumber(partNumber: number | undefined): number {
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

export const invalidPart = (partNumber: number): ServiceError =>
  new ServiceError(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { details: { PartNumber: String(partNumber) } },
  );
