import { actionPattern } from '../../../policies/index.ts';

/**
 * S3's actions by what they act on
 * (docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html): a bucket's policy that names others says nothing.
 */
const ofObjects = `AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionForReplication
GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner
PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging
ReplicateDelete ReplicateObject ReplicateTags RestoreObject UpdateObjectEncryption`;

const ofBuckets = `CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration
DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS
GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration
GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads
ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging
PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
PutReplicationConfiguration UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
TagResource UntagResource ListTagsForResource PauseReplication`;

const namesIn = (list: string): ReadonlySet<string> => new Set(list.toLowerCase().split(/\s+/));
const objects = namesIn(ofObjects);
const buckets = namesIn(ofBuckets);

const noValues = (): undefined => undefined;

/** What an action of a policy may act on, with its wildcards; empty for one that S3 does not have. */
export function actedOnBy(action: string): ReadonlySet<'bucket' | 'object'> {
  const pattern = actionPattern(action.replace(/^s3:/i, ''));
  const found = new Set<'bucket' | 'object'>();
  for (const [kind, names] of [
    ['object', objects],
    ['bucket', buckets],
  ] as const)
    for (const each of names) if (pattern.matches(each, noValues)) found.add(kind);
  return found;
}
