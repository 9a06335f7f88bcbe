import type { Operation, ServiceTable } from '../../gateway/index.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './bucket-tags.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
  notConfigured,
} from './buckets.ts';
import { requireBucket, type S3Options } from './context.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject, headObject } from './get-object.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart.ts';
import { deleteObjectTagging, getObjectAttributes, getObjectTagging, putObjectTagging } from './object-attributes.ts';
import { putObject } from './put-object.ts';
import { uploadPart, uploadPartCopy } from './upload-part.ts';

/** S3: its rules over the Objects seam. What is not in the table, the gateway refuses by name. */
export function s3Service(options: S3Options): ServiceTable {
  const operations: Record<string, (options: S3Options) => Operation> = {
    AbortMultipartUpload: abortMultipartUpload,
    CompleteMultipartUpload: completeMultipartUpload,
    CopyObject: copyObject,
    CreateBucket: createBucket,
    CreateMultipartUpload: createMultipartUpload,
    DeleteBucket: deleteBucket,
    DeleteBucketTagging: deleteBucketTagging,
    DeleteObject: deleteObject,
    DeleteObjectTagging: deleteObjectTagging,
    DeleteObjects: deleteObjects,
    GetBucketCors: (of) => notConfigured(of, 'NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
    GetBucketEncryption: (of) =>
      notConfigured(
        of,
        'ServerSideEncryptionConfigurationNotFoundError',
        'The server side encryption configuration was not found',
      ),
    GetBucketLocation: getBucketLocation,
    GetBucketPolicy: (of) => notConfigured(of, 'NoSuchBucketPolicy', 'The bucket policy does not exist'),
    GetBucketTagging: getBucketTagging,
    GetBucketVersioning: getBucketVersioning,
    GetObject: getObject,
    GetObjectAttributes: getObjectAttributes,
    GetObjectTagging: getObjectTagging,
    HeadBucket: headBucket,
    HeadObject: headObject,
    ListBuckets: listBuckets,
    ListMultipartUploads: listMultipartUploads,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    ListParts: listParts,
    PutBucketTagging: putBucketTagging,
    PutObject: putObject,
    PutObjectTagging: putObjectTagging,
    UploadPart: uploadPart,
    UploadPartCopy: uploadPartCopy,
  };
  return {
    service: 's3',
    operations: Object.fromEntries(Object.entries(operations).map(([name, make]) => [name, make(options)])),
    anonymousAllowed: async (operation, input) =>
      publicReads.has(operation) && (await requireBucket(options, input)).publicRead,
  };
}

/** What anyone may do with a public bucket. */
const publicReads = new Set([
  'GetObject',
  'HeadObject',
  'HeadBucket',
  'ListObjects',
  'ListObjectsV2',
  'GetBucketLocation',
]);

export { seedSamples, withSampleCopies } from './samples.ts';
