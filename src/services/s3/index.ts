import type { Operation, ServiceTable } from '../../gateway/index.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './buckets/bucket-tags.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets/buckets.ts';
import { requireBucket, type S3Options, type S3Settings } from './context.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './cors/configuration.ts';
import { crossOrigin } from './cors/rules.ts';
import {
  deleteBucketLifecycle,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
} from './lifecycle/configuration.ts';
import { listObjects, listObjectsV2 } from './lists/list-objects.ts';
import { listMultipartUploads, listParts } from './lists/list-uploads.ts';
import { listObjectVersions } from './lists/list-versions.ts';
import { getObjectLockConfiguration, putObjectLockConfiguration } from './lock/lock-configuration.ts';
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from './lock/object-locks.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart/multipart.ts';
import { uploadPart, uploadPartCopy } from './multipart/upload-part.ts';
import { copyObject } from './objects/copy-object.ts';
import { deleteObject, deleteObjects } from './objects/delete-objects.ts';
import { getObject, headObject } from './objects/get-object.ts';
import {
  deleteObjectTagging,
  getObjectAttributes,
  getObjectTagging,
  putObjectTagging,
} from './objects/object-attributes.ts';
import { putObject } from './objects/put-object.ts';
import { hidingAbsence, onlyAllowed } from './rights.ts';
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketOwnershipControls,
  getPublicAccessBlock,
  putBucketOwnershipControls,
  putPublicAccessBlock,
} from './settings/access.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './settings/acl.ts';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './settings/encryption.ts';
import { neverSet } from './settings/never-set.ts';
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './settings/policy.ts';
import {
  getBucketAbac,
  getBucketAccelerateConfiguration,
  getBucketRequestPayment,
  putBucketAccelerateConfiguration,
  putBucketLogging,
  putBucketNotificationConfiguration,
  putBucketRequestPayment,
  switchedOff,
} from './settings/switches.ts';
import { getBucketVersioning, putBucketVersioning } from './settings/versioning.ts';

/** S3: its rules over the Objects seam. What is not in the table, the gateway refuses by name. */
export function s3Service(settings: S3Settings): ServiceTable {
  const options: S3Options = { ...settings, warnedOf: new Set() };
  const operations: Record<string, (options: S3Options) => Operation> = {
    ...neverSet,
    AbortMultipartUpload: abortMultipartUpload,
    CompleteMultipartUpload: completeMultipartUpload,
    CopyObject: copyObject,
    CreateBucket: createBucket,
    CreateMultipartUpload: createMultipartUpload,
    DeleteBucket: deleteBucket,
    DeleteBucketCors: deleteBucketCors,
    DeleteBucketEncryption: deleteBucketEncryption,
    DeleteBucketLifecycle: deleteBucketLifecycle,
    DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
    DeleteBucketPolicy: deleteBucketPolicy,
    DeleteBucketTagging: deleteBucketTagging,
    DeleteObject: deleteObject,
    DeleteObjectTagging: deleteObjectTagging,
    DeleteObjects: (options) => onlyAllowed(deleteObjects(options)),
    DeletePublicAccessBlock: deletePublicAccessBlock,
    GetBucketAbac: getBucketAbac,
    GetBucketAccelerateConfiguration: getBucketAccelerateConfiguration,
    GetBucketAcl: getBucketAcl,
    GetBucketCors: getBucketCors,
    GetBucketEncryption: getBucketEncryption,
    GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
    GetBucketLocation: getBucketLocation,
    GetBucketLogging: switchedOff,
    GetBucketNotificationConfiguration: switchedOff,
    GetBucketOwnershipControls: getBucketOwnershipControls,
    GetBucketPolicy: getBucketPolicy,
    GetBucketPolicyStatus: getBucketPolicyStatus,
    GetBucketRequestPayment: getBucketRequestPayment,
    GetBucketTagging: getBucketTagging,
    GetBucketVersioning: getBucketVersioning,
    GetObject: (options) => hidingAbsence(getObject(options)),
    GetObjectAcl: getObjectAcl,
    GetObjectAttributes: getObjectAttributes,
    GetObjectLegalHold: getObjectLegalHold,
    GetObjectLockConfiguration: getObjectLockConfiguration,
    GetObjectRetention: getObjectRetention,
    GetObjectTagging: getObjectTagging,
    GetPublicAccessBlock: getPublicAccessBlock,
    HeadBucket: headBucket,
    HeadObject: (options) => hidingAbsence(headObject(options)),
    ListBuckets: listBuckets,
    ListMultipartUploads: listMultipartUploads,
    ListObjectVersions: listObjectVersions,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    ListParts: listParts,
    PutBucketAccelerateConfiguration: putBucketAccelerateConfiguration,
    PutBucketAcl: putBucketAcl,
    PutBucketCors: putBucketCors,
    PutBucketEncryption: putBucketEncryption,
    PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration,
    PutBucketLogging: putBucketLogging,
    PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
    PutBucketOwnershipControls: putBucketOwnershipControls,
    PutBucketPolicy: putBucketPolicy,
    PutBucketRequestPayment: putBucketRequestPayment,
    PutBucketTagging: putBucketTagging,
    PutBucketVersioning: putBucketVersioning,
    PutObject: putObject,
    PutObjectAcl: putObjectAcl,
    PutObjectLegalHold: putObjectLegalHold,
    PutObjectLockConfiguration: putObjectLockConfiguration,
    PutObjectRetention: putObjectRetention,
    PutObjectTagging: putObjectTagging,
    PutPublicAccessBlock: putPublicAccessBlock,
    UploadPart: uploadPart,
    UploadPartCopy: uploadPartCopy,
  };
  return {
    service: 's3',
    operations: Object.fromEntries(Object.entries(operations).map(([name, make]) => [name, make(options)])),
    crossOrigin: crossOrigin(options),
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

export { isBucketName } from './buckets/buckets.ts';
export { lifecycleSweeps, sweepLifecycle } from './lifecycle/sweep.ts';
export { seedSamples, withSampleCopies } from './samples.ts';
