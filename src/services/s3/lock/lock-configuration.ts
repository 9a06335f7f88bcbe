import type {
  DefaultRetention,
  GetObjectLockConfigurationCommandInput,
  PutObjectLockConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { malformedXml, notImplemented, requireBucket, type S3Options } from '../context.ts';
import { changeBucket } from '../settings/kept.ts';
import { lockConfigurationOf } from './locks.ts';

const daysMax = 36_500;
const yearsMax = 100;

export const getObjectLockConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectLockConfigurationCommandInput>) => {
    const configuration = lockConfigurationOf(await requireBucket(options, input, 'own'));
    if (configuration !== undefined) return { ObjectLockConfiguration: configuration };
    throw new ServiceError(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
      { status: 404, details: { BucketName: input.Bucket } },
    );
  };

/** PutObjectLockConfiguration: once a bucket has it, it stays; only the default of new objects can be changed. */
export const putObjectLockConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectLockConfigurationCommandInput>) => {
    const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {};
    if (ObjectLockEnabled !== 'Enabled') throw malformedXml();
    if (Rule !== undefined) requireDefault(Rule.DefaultRetention);
    const configuration = { ObjectLockEnabled, ...(Rule === undefined ? {} : { Rule }) };
    return changeBucket(options, input, (bucket) => {
      if (bucket.versioning !== 'Enabled')
        throw invalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
      return { ...bucket, attributes: { ...bucket.attributes, objectLock: JSON.stringify(configuration) } };
    });
  };

export const invalidBucketState = (message: string): ServiceError =>
  new ServiceError('InvalidBucketState', message, { status: 409 });

/** Throws MalformedXML or InvalidRetentionPeriod (400). */
function requireDefault(retention: DefaultRetention | undefined): void {
  const { Mode, Days, Years } = retention ?? {};
  requireNoEventHold(retention);
  if (Mode === undefined || (Days === undefined) === (Years === undefined)) throw malformedXml();
  const [unit, period, periodMax] = Days === undefined ? ['years', Years ?? 0, yearsMax] : ['days', Days, daysMax];
  if (period < 1)
    throw invalidPeriod(`Default retention period must be a positive integer value; it is ${period} ${unit}`);
  if (period > periodMax)
    throw invalidPeriod(`Default retention period too large: at most ${periodMax} ${unit}; it is ${period}`);
}

const invalidPeriod = (message: string): ServiceError =>
  new ServiceError('InvalidRetentionPeriod', message, { status: 400 });

/** Throws NotImplemented (501) for holds that end with an event. */
export function requireNoEventHold(given: object | undefined): void {
  const name = Object.keys(given ?? {}).find((each) => each.includes('EventHold'));
  if (name !== undefined)
    throw notImplemented(
      `${name} is not offered by Linnet; use a legal hold, which is taken back when the event comes`,
    );
}
