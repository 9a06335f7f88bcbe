import type {
  DeleteBucketOwnershipControlsCommandInput,
  DeletePublicAccessBlockCommandInput,
  ObjectOwnership,
  PublicAccessBlockConfiguration,
  PutBucketOwnershipControlsCommandInput,
  PutPublicAccessBlockCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { malformedXml, requireBucket, type S3Options } from '../context.ts';
import { keepSetting, keptSetting } from './kept.ts';

// Who may be let in besides the owner. Nobody is, whatever these settings say: they decide how a wish is refused.

/** As Amazon makes buckets since April 2023. */
const everythingBlocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

export const publicAccessBlockOf = (bucket: Bucket): PublicAccessBlockConfiguration | undefined =>
  keptSetting<PublicAccessBlockConfiguration>(bucket, 'publicAccessBlock', everythingBlocked);

export const ownershipOf = (bucket: Bucket): ObjectOwnership | undefined =>
  keptSetting<ObjectOwnership>(bucket, 'objectOwnership', 'BucketOwnerEnforced');

export const getPublicAccessBlock =
  (options: S3Options) =>
  async ({ input }: Call<DeletePublicAccessBlockCommandInput>) => {
    const PublicAccessBlockConfiguration = publicAccessBlockOf(await requireBucket(options, input, 'own'));
    if (PublicAccessBlockConfiguration !== undefined) return { PublicAccessBlockConfiguration };
    throw new ServiceError(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
      { status: 404, details: { BucketName: input.Bucket } },
    );
  };

export const putPublicAccessBlock =
  (options: S3Options) =>
  async ({ input }: Call<PutPublicAccessBlockCommandInput>) => {
    const nothingBlocked = Object.fromEntries(Object.keys(everythingBlocked).map((name) => [name, false]));
    return keepSetting(options, input, 'publicAccessBlock', {
      ...nothingBlocked,
      ...input.PublicAccessBlockConfiguration,
    });
  };

export const deletePublicAccessBlock =
  (options: S3Options) =>
  async ({ input }: Call<DeletePublicAccessBlockCommandInput>) =>
    keepSetting(options, input, 'publicAccessBlock', undefined);

export const getBucketOwnershipControls =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketOwnershipControlsCommandInput>) => {
    const ObjectOwnership = ownershipOf(await requireBucket(options, input, 'own'));
    if (ObjectOwnership !== undefined) return { OwnershipControls: { Rules: [{ ObjectOwnership }] } };
    throw new ServiceError('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', {
      status: 404,
      details: { BucketName: input.Bucket },
    });
  };

export const putBucketOwnershipControls =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketOwnershipControlsCommandInput>) => {
    const [rule, second] = input.OwnershipControls?.Rules ?? [];
    if (rule === undefined || second !== undefined) throw malformedXml();
    return keepSetting(options, input, 'objectOwnership', rule.ObjectOwnership);
  };

export const deleteBucketOwnershipControls =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketOwnershipControlsCommandInput>) =>
    keepSetting(options, input, 'objectOwnership', undefined);
