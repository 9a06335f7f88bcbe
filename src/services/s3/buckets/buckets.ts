import type {
  CreateBucketCommandInput,
  DeleteBucketCommandInput,
  HeadBucketCommandInput,
  ListBucketsCommandInput,
} from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { invalidBucketName, isSample, noSuchBucket, requireBucket, type S3Options } from '../context.ts';
import { ownerId } from '../owner.ts';
import { requireOwnersAclOfNew } from '../settings/acl.ts';
import { taggedBucket } from './bucket-tags.ts';

/** ListBuckets: the account's own, by name. The samples belong to somebody else. */
export const listBuckets =
  ({ objects, accountId }: S3Options) =>
  async ({ input }: Call<ListBucketsCommandInput>) => {
    const { Prefix = '', BucketRegion } = input;
    const own = (await objects.buckets()).filter(
      ({ name, readOnly, shows, region }) =>
        (!readOnly || shows !== undefined) &&
        name.startsWith(Prefix) &&
        (BucketRegion === undefined || BucketRegion === region),
    );
    const rest = own.filter(({ name }) => input.ContinuationToken === undefined || name > input.ContinuationToken);
    const page = rest.slice(0, input.MaxBuckets ?? rest.length);
    return {
      Buckets: page.map(({ name, createdAtMs, region }) => ({
        Name: name,
        CreationDate: new Date(createdAtMs),
        BucketRegion: region,
      })),
      Owner: { ID: ownerId(accountId), DisplayName: 'linnet' },
      ...(input.Prefix === undefined ? {} : { Prefix }),
      ...(page.length < rest.length ? { ContinuationToken: page.at(-1)?.name } : {}),
    };
  };

export const createBucket =
  ({ objects, region, accountId, nowMs }: S3Options) =>
  async ({ input, region: asked }: Call<CreateBucketCommandInput>) => {
    const name = input.Bucket ?? '';
    if (!isBucketName(name)) throw invalidBucketName(name);
    if (isSample(name)) {
      throw new ServiceError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        { details: { BucketName: name } },
      );
    }
    const isLocked = input.ObjectLockEnabledForBucket === true;
    const { LocationConstraint, Tags = [] } = input.CreateBucketConfiguration ?? {};
    const bucket: Bucket = {
      name,
      createdAtMs: nowMs(),
      region: regionOf(LocationConstraint, asked ?? region),
      publicRead: false,
      readOnly: false,
      attributes: {
        ...(input.ObjectOwnership === undefined ? {} : { objectOwnership: JSON.stringify(input.ObjectOwnership) }),
        ...(isLocked ? { objectLock: JSON.stringify({ ObjectLockEnabled: 'Enabled' }) } : {}),
      },
      ...(isLocked ? { versioning: 'Enabled' } : {}),
    };
    requireOwnersAclOfNew(bucket, input, accountId);
    try {
      await objects.createBucket(taggedBucket(bucket, Tags));
    } catch (thrown) {
      if (!(thrown instanceof Conflict)) throw thrown;
      // Once more by its owner is no error in the oldest region, and only there.
      if ((await objects.bucket(name))?.region !== 'us-east-1') {
        throw new ServiceError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          { details: { BucketName: name } },
        );
      }
    }
    return { Location: `/${name}`, BucketArn: arnOf(name) };
  };

export const headBucket =
  (options: S3Options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    const bucket = await requireBucket(options, input);
    return { BucketRegion: bucket.region, BucketArn: arnOf(bucket.name) };
  };

export const getBucketLocation =
  (options: S3Options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    const { region } = await requireBucket(options, input);
    return region === 'us-east-1' ? {} : { LocationConstraint: region };
  };

export const deleteBucket =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    try {
      await options.objects.removeBucket(bucket.name);
    } catch (thrown) {
      throw thrown instanceof Conflict ? await notRemoved(options, bucket.name) : thrown;
    }
    return {};
  };

async function notRemoved({ objects }: S3Options, name: string): Promise<ServiceError> {
  const details = { BucketName: name };
  if ((await objects.bucket(name)) === undefined) return noSuchBucket(name);
  if ((await objects.versions(name, { limit: 1 })).length > 0)
    return new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { details });
  return new ServiceError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    { status: 409, details },
  );
}

/**
 * The region of a new bucket. As at Amazon, the endpoint of us-east-1 makes buckets anywhere, and in its own region when none
 * is asked for; all others must be given their own region, the one the request is signed for. Throws InvalidLocationConstraint or
 * IllegalLocationConstraintException (400).
 */
function regionOf(constraint: string | undefined, signedFor: string): string {
  // An empty element is what clients send that have no region in mind.
  if (constraint === undefined || constraint === '') {
    if (signedFor !== 'us-east-1') throw incompatibleConstraint('unspecified');
    return signedFor;
  }
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(wanted) || (wanted === 'us-east-1' && signedFor === 'us-east-1'))
    throw new ServiceError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      status: 400,
      details: { LocationConstraint: constraint },
    });
  if (signedFor !== 'us-east-1' && wanted !== signedFor) throw incompatibleConstraint(constraint);
  return wanted;
}

const incompatibleConstraint = (constraint: string): ServiceError =>
  new ServiceError(
    'IllegalLocationConstraintException',
    `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    { status: 400 },
  );

const arnOf = (name: string): string => `arn:aws:s3:::${name}`;

/** Source: S3 user guide, "Bucket naming rules". */
export const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !/\.\.|^(xn--|sthree-)|(-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name) &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name);
