import type {
  CreateBucketCommandInput,
  DeleteBucketCommandInput,
  HeadBucketCommandInput,
  ListBucketsCommandInput,
} from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { taggedBucket } from './bucket-tags.ts';
import { invalidBucketName, isSample, requireBucket, type S3Options } from './context.ts';
import { requireOffered, requireOfferedBucket } from './offered.ts';

/** ListBuckets: the account's own, by name. The samples belong to somebody else. */
export const listBuckets =
  ({ objects, accountId }: S3Options) =>
  async ({ input }: Call<ListBucketsCommandInput>) => {
    const { Prefix = '', BucketRegion } = input;
    const own = (await objects.buckets()).filter(
      ({ name, readOnly, region }) =>
        !readOnly && name.startsWith(Prefix) && (BucketRegion === undefined || BucketRegion === region),
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
  ({ objects, region, nowMs }: S3Options) =>
  async ({ input, region: asked }: Call<CreateBucketCommandInput>) => {
    const name = input.Bucket ?? '';
    if (!isBucketName(name)) throw invalidBucketName(name);
    requireOffered(input);
    requireOfferedBucket(input);
    if (isSample(name)) {
      throw new ServiceError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        { details: { BucketName: name } },
      );
    }
    const { LocationConstraint, Tags = [] } = input.CreateBucketConfiguration ?? {};
    const bucket = taggedBucket(
      {
        name,
        createdAtMs: nowMs(),
        region: LocationConstraint ?? asked ?? region,
        publicRead: false,
        readOnly: false,
        attributes: {},
      },
      Tags,
    );
    try {
      await objects.createBucket(bucket);
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
    return { Location: `/${name}` };
  };

export const headBucket =
  (options: S3Options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    const bucket = await requireBucket(options, input);
    return { BucketRegion: bucket.region };
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
      throw thrown instanceof Conflict
        ? new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
            details: { BucketName: bucket.name },
          })
        : thrown;
    }
    return {};
  };

/** What an account has not configured: the code and text that S3 answers with. */
export const notConfigured =
  (options: S3Options, code: string, text: string) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    await requireBucket(options, input);
    throw new ServiceError(code, text, { status: 404, details: { BucketName: input.Bucket } });
  };

/** Versioning was never switched on: an empty answer. */
export const getBucketVersioning =
  (options: S3Options) =>
  async ({ input }: Call<HeadBucketCommandInput>) => {
    await requireBucket(options, input);
    return {};
  };

/** A canonical user id has 64 hexadecimal digits. */
export const ownerId = (accountId: string): string => accountId.padStart(64, '0');

/** Source: S3 user guide, "Bucket naming rules". */
const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !/\.\.|^(xn--|sthree-)|(-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name) &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name);
