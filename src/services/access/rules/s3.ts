import type { Call } from '../../../gateway/index.ts';
import type { Need, Rule } from '../need.ts';

/** S3's actions where they are not named as the operation (docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html). */
const actions: Readonly<Record<string, string>> = {
  ListBuckets: 'ListAllMyBuckets',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListParts: 'ListMultipartUploadParts',
  HeadObject: 'GetObject',
  SelectObjectContent: 'GetObject',
  CopyObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  PostObject: 'PutObject',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  ListBucketAnalyticsConfigurations: 'GetAnalyticsConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  ListBucketIntelligentTieringConfigurations: 'GetIntelligentTieringConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  ListBucketInventoryConfigurations: 'GetInventoryConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  GetBucketCors: 'GetBucketCORS',
  PutBucketCors: 'PutBucketCORS',
  DeleteBucketCors: 'PutBucketCORS',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketReplication: 'GetReplicationConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
};

/** Operations on one version of an object have actions of their own. */
const ofVersion: Readonly<Record<string, string>> = {
  GetObject: 'GetObjectVersion',
  DeleteObject: 'DeleteObjectVersion',
  GetObjectTagging: 'GetObjectVersionTagging',
  PutObjectTagging: 'PutObjectVersionTagging',
  DeleteObjectTagging: 'DeleteObjectVersionTagging',
  GetObjectAcl: 'GetObjectVersionAcl',
  PutObjectAcl: 'PutObjectVersionAcl',
  GetObjectAttributes: 'GetObjectVersionAttributes',
};

/** S3: a bucket, or an object in one. A copy needs its source, too; of many keys, each is asked for on its own. */
export const s3Rule: Rule = (call) => {
  const { operation, input } = call;
  const named = actions[operation] ?? operation;
  const action = input.VersionId === undefined ? named : (ofVersion[named] ?? named);
  const bucket = `arn:aws:s3:::${input.Bucket ?? '*'}`;
  const resource = input.Key === undefined || input.Bucket === undefined ? bucket : `${bucket}/${input.Key}`;
  const values = valuesOf(call);
  const need = (name: string, on = resource): Need => ({ action: `s3:${name}`, resource: on, values });
  switch (operation) {
    case 'DeleteObjects':
      return [];
    case 'CopyObject':
    case 'UploadPartCopy':
      return [sourceOf(input.CopySource), need(action), ...asides(call, need)];
    case 'GetObjectAttributes':
      return [need(input.VersionId === undefined ? 'GetObject' : 'GetObjectVersion'), need(action)];
    default:
      return [need(action), ...asides(call, need)];
  }
};

/** What a write says beside the object's bytes. */
function asides({ operation, input }: Call<any>, need: (name: string) => Need): Need[] {
  const writes = ['PutObject', 'CopyObject', 'CreateMultipartUpload'].includes(operation);
  const needs: Need[] = [];
  if (writes && input.Tagging !== undefined) needs.push(need('PutObjectTagging'));
  if (writes && input.ACL !== undefined && input.ACL !== 'private') needs.push(need('PutObjectAcl'));
  if (writes && input.ObjectLockMode !== undefined) needs.push(need('PutObjectRetention'));
  if (writes && input.ObjectLockLegalHoldStatus !== undefined) needs.push(need('PutObjectLegalHold'));
  if (input.BypassGovernanceRetention === true) needs.push(need('BypassGovernanceRetention'));
  return needs;
}

/** `bucket/key?versionId=...`, encoded; a slash may come first. */
function sourceOf(source: unknown): Need {
  const text = typeof source === 'string' ? source.replace(/^\//, '') : '';
  const [path = '', query] = text.split(/\?(?=versionId=)/);
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // The operation refuses it.
  }
  return {
    action: query === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    resource: `arn:aws:s3:::${plain}`,
    values: query === undefined ? {} : { 's3:versionid': query.slice('versionId='.length) },
  };
}

function valuesOf(call: Call<any>): Need['values'] {
  const { input, headers, accountId } = call;
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
  return {
    's3:prefix': text(input.Prefix),
    's3:delimiter': text(input.Delimiter),
    's3:max-keys': text(input.MaxKeys),
    's3:versionid': text(input.VersionId),
    's3:locationconstraint': text(input.CreateBucketConfiguration?.LocationConstraint),
    's3:x-amz-acl': text(input.ACL),
    's3:x-amz-copy-source': text(input.CopySource),
    's3:x-amz-metadata-directive': text(input.MetadataDirective),
    's3:x-amz-server-side-encryption': text(input.ServerSideEncryption),
    's3:x-amz-server-side-encryption-aws-kms-key-id': text(input.SSEKMSKeyId),
    's3:x-amz-storage-class': text(input.StorageClass),
    's3:x-amz-content-sha256': headers['x-amz-content-sha256'],
    's3:object-lock-mode': text(input.ObjectLockMode ?? input.Retention?.Mode),
    's3:object-lock-legal-hold': text(input.ObjectLockLegalHoldStatus ?? input.LegalHold?.Status),
    's3:object-lock-retain-until-date': (
      input.ObjectLockRetainUntilDate ?? input.Retention?.RetainUntilDate
    )?.toISOString?.(),
    's3:object-lock-remaining-retention-days': remainingDays(call),
    's3:x-amz-object-ownership': text(input.ObjectOwnership ?? input.OwnershipControls?.Rules?.[0]?.ObjectOwnership),
    's3:x-amz-server-side-encryption-customer-algorithm': text(input.SSECustomerAlgorithm),
    's3:x-amz-grant-full-control': text(input.GrantFullControl),
    's3:x-amz-grant-read': text(input.GrantRead),
    's3:x-amz-grant-read-acp': text(input.GrantReadACP),
    's3:x-amz-grant-write': text(input.GrantWrite),
    's3:x-amz-grant-write-acp': text(input.GrantWriteACP),
    's3:if-match': text(input.IfMatch),
    's3:if-none-match': text(input.IfNoneMatch),
    's3:resourceaccount': accountId,
    ...signatureOf(call),
    ...requestTags(input.Tagging),
  };
}

/** Whole days from now until a version may go. */
function remainingDays({ input, nowMs }: Call<any>): string | undefined {
  const until: unknown = input.ObjectLockRetainUntilDate ?? input.Retention?.RetainUntilDate;
  return until instanceof Date ? String(Math.ceil((until.getTime() - nowMs) / 86_400_000)) : undefined;
}

const placesOfSignatures = { header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST' } as const;

function signatureOf({ caller: { signed }, nowMs }: Call): Need['values'] {
  if (signed === undefined) return {};
  const { place, version, atMs } = signed;
  return {
    's3:authtype': placesOfSignatures[place],
    's3:signatureversion': version === 'V4' ? 'AWS4-HMAC-SHA256' : 'AWS',
    // Amazon has it of Version 4 only, in milliseconds.
    's3:signatureage': atMs === undefined ? undefined : String(Math.max(0, nowMs - atMs)),
  };
}

/** Tags of a write: `a=1&b=2` of a header, or a document. */
function requestTags(tagging: unknown): Record<string, string | readonly string[]> {
  const pairs =
    typeof tagging === 'string'
      ? [...new URLSearchParams(tagging)]
      : ((tagging as { TagSet?: { Key?: string; Value?: string }[] } | undefined)?.TagSet ?? []).map(
          ({ Key = '', Value = '' }) => [Key, Value] as [string, string],
        );
  if (pairs.length === 0) return {};
  return {
    's3:requestobjecttagkeys': pairs.map(([key]) => key),
    ...Object.fromEntries(pairs.map(([key, value]) => [`s3:requestobjecttag/${key.toLowerCase()}`, value])),
  };
}
