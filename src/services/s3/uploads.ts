import { ServiceError } from '../../base/index.ts';
import type { Upload } from '../../store/index.ts';
import { requireBucket, type S3Options } from './context.ts';

const partNumberMax = 10_000;

/** The checksum algorithm an upload was created with, if any: kept as a checksum without a value. */
export const algorithmsOf = ({ attributes }: Upload): string[] => Object.keys(attributes.checksums ?? {});

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
