import type {
  GetBucketAccelerateConfigurationCommandInput,
  PutBucketAccelerateConfigurationCommandInput,
  PutBucketLoggingCommandInput,
  PutBucketNotificationConfigurationCommandInput,
  PutBucketRequestPaymentCommandInput,
} from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import { malformedXml, notImplemented, requireBucket, type S3Options } from '../context.ts';
import { keepSetting, keptSetting } from './kept.ts';

// Features that can be off here and nothing else: off is kept and answered, on is refused.

type Input = GetBucketAccelerateConfigurationCommandInput;

/** A status that was put, empty when none was. */
const statusOf =
  (options: S3Options, name: string) =>
  async ({ input }: Call<Input>) => {
    const Status = keptSetting<string>(await requireBucket(options, input, 'own'), name);
    return Status === undefined ? {} : { Status };
  };

export const getBucketAccelerateConfiguration = (options: S3Options) => statusOf(options, 'accelerate');

export const putBucketAccelerateConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketAccelerateConfigurationCommandInput>) => {
    const { Status } = input.AccelerateConfiguration ?? {};
    if (Status === undefined) throw malformedXml();
    await requireBucket(options, input, 'write');
    if (Status === 'Enabled')
      throw notImplemented('Linnet has no transfer acceleration; its status can only be Suspended');
    return keepSetting(options, input, 'accelerate', Status);
  };

export const getBucketRequestPayment =
  (options: S3Options) =>
  async ({ input }: Call<Input>) => {
    await requireBucket(options, input, 'own');
    return { Payer: 'BucketOwner' };
  };

export const putBucketRequestPayment =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketRequestPaymentCommandInput>) => {
    await requireBucket(options, input, 'write');
    if (input.RequestPaymentConfiguration?.Payer === 'BucketOwner') return {};
    throw notImplemented('Linnet charges nobody; requests can only be paid by BucketOwner');
  };

/** Logging and notifications are off: an empty answer. */
export const switchedOff =
  (options: S3Options) =>
  async ({ input }: Call<Input>) => {
    await requireBucket(options, input, 'own');
    return {};
  };

export const putBucketLogging =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketLoggingCommandInput>) => {
    await requireBucket(options, input, 'write');
    if (input.BucketLoggingStatus?.LoggingEnabled === undefined) return {};
    throw notImplemented('Linnet writes no access logs into buckets; logging can only be switched off');
  };

export const putBucketNotificationConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketNotificationConfigurationCommandInput>) => {
    await requireBucket(options, input, 'write');
    const wanted = Object.entries(input.NotificationConfiguration ?? {}).find(
      ([, value]) => !(Array.isArray(value) && value.length === 0),
    );
    if (wanted === undefined) return {};
    throw notImplemented(
      `Linnet sends no notifications of buckets; the configuration can only be empty, and this one has ${wanted[0]}`,
    );
  };

export const getBucketAbac =
  (options: S3Options) =>
  async ({ input }: Call<Input>) => {
    await requireBucket(options, input, 'own');
    return { AbacStatus: { Status: 'Disabled' } };
  };
