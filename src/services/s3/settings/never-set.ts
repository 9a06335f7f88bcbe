import type { HeadBucketCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call, Operation } from '../../../gateway/index.ts';
import { requireBucket, type S3Options } from '../context.ts';

// What no bucket can have here: reads answer as Amazon does for a bucket that never set it, removals do nothing.

type Offer = (options: S3Options) => Operation;

const absent =
  (code: string, text: string): Offer =>
  (options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    await requireBucket(options, input, 'own');
    throw new ServiceError(code, text, { status: 404, details: { BucketName: input.Bucket } });
  };

const removed: Offer =
  (options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    await requireBucket(options, input, 'write');
    return {};
  };

const emptyList: Offer =
  (options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    await requireBucket(options, input, 'own');
    return { IsTruncated: false };
  };

const noConfiguration = absent('NoSuchConfiguration', 'The specified configuration does not exist.');

export const neverSet: Readonly<Record<string, Offer>> = {
  DeleteBucketReplication: removed,
  DeleteBucketWebsite: removed,
  GetBucketAnalyticsConfiguration: noConfiguration,
  GetBucketIntelligentTieringConfiguration: noConfiguration,
  GetBucketInventoryConfiguration: noConfiguration,
  GetBucketMetricsConfiguration: noConfiguration,
  GetBucketReplication: absent('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  GetBucketWebsite: absent('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  ListBucketAnalyticsConfigurations: emptyList,
  ListBucketIntelligentTieringConfigurations: emptyList,
  ListBucketInventoryConfigurations: emptyList,
  ListBucketMetricsConfigurations: emptyList,
};
