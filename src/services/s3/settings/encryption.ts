import type { GetBucketEncryptionCommandInput, PutBucketEncryptionCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { invalidArgument, malformedXml, requireBucket, type S3Options } from '../context.ts';
import { allowLabel, bucketEncryptionOf, encryptionKinds } from '../encryption.ts';
import { keepSetting } from './kept.ts';

/** GetBucketEncryption. Amazon encrypts whatever nobody configured with AES256; here that is true where the server has a key. */
export const getBucketEncryption =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketEncryptionCommandInput>) => {
    const configuration = bucketEncryptionOf(await requireBucket(options, input, 'own'));
    if (configuration !== undefined) return { ServerSideEncryptionConfiguration: configuration };
    if (options.isEncrypted) return { ServerSideEncryptionConfiguration: { Rules: [byTheServer] } };
    throw new ServiceError(
      'ServerSideEncryptionConfigurationNotFoundError',
      'The server side encryption configuration was not found',
      { status: 404, details: { BucketName: input.Bucket } },
    );
  };

const byTheServer = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };

export const putBucketEncryption =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketEncryptionCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const [rule, second] = input.ServerSideEncryptionConfiguration?.Rules ?? [];
    if (rule === undefined || second !== undefined) throw malformedXml();
    const { SSEAlgorithm, KMSMasterKeyID } = rule.ApplyServerSideEncryptionByDefault ?? {};
    if (SSEAlgorithm !== undefined) {
      if (!encryptionKinds.includes(SSEAlgorithm)) throw malformedXml();
      if (SSEAlgorithm === 'AES256' && KMSMasterKeyID !== undefined)
        throw invalidArgument(
          'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
          'ApplyServerSideEncryptionByDefault',
          KMSMasterKeyID,
        );
      allowLabel(options, bucket, SSEAlgorithm, `sets its default encryption to ${SSEAlgorithm}`);
    }
    return keepSetting(options, input, 'encryption', { Rules: [rule] });
  };

export const deleteBucketEncryption =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketEncryptionCommandInput>) =>
    keepSetting(options, input, 'encryption', undefined);
