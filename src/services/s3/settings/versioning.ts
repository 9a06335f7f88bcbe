import type { GetBucketVersioningCommandInput, PutBucketVersioningCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { malformedXml, notImplemented, requireBucket, type S3Options } from '../context.ts';
import { invalidBucketState } from '../lock/lock-configuration.ts';
import { lockConfigurationOf } from '../lock/locks.ts';
import { changeBucket, keptSetting } from './kept.ts';

/** Whether new objects become versions. Earlier releases kept Suspended as a label, and nothing else. */
export const versioningOf = (bucket: Bucket): Bucket['versioning'] =>
  bucket.versioning ?? keptSetting<'Suspended'>(bucket, 'versioning');

/** GetBucketVersioning: no status as long as nobody set one. */
export const getBucketVersioning =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketVersioningCommandInput>) => {
    const Status = versioningOf(await requireBucket(options, input, 'own'));
    return Status === undefined ? {} : { Status };
  };

export const putBucketVersioning =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketVersioningCommandInput>) => {
    const { Status, MFADelete } = input.VersioningConfiguration ?? {};
    if (Status === undefined)
      throw new ServiceError('IllegalVersioningConfigurationException', 'The Versioning element must be specified', {
        status: 400,
      });
    if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml();
    if (MFADelete === 'Enabled' || input.MFA !== undefined)
      throw notImplemented('MFADelete is not offered by Linnet; protect versions with Object Lock instead');
    return changeBucket(options, input, (bucket) => {
      if (Status === 'Suspended' && lockConfigurationOf(bucket) !== undefined)
        throw invalidBucketState(
          'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
        );
      return { ...bucket, versioning: Status };
    });
  };
