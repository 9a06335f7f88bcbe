import type {
  AccessControlPolicy,
  GetBucketAclCommandInput,
  GetObjectAclCommandInput,
  PutBucketAclCommandInput,
  PutObjectAclCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { notImplemented, requireBucket, type S3Options } from '../context.ts';
import { requireObject } from '../objects/object-attributes.ts';
import { ownerId } from '../owner.ts';
import { ownershipOf, publicAccessBlockOf } from './access.ts';

// Access control lists. There is one: the owner has full control. What says the same is accepted, the rest refused.

/** GetBucketAcl. */
export const getBucketAcl =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketAclCommandInput>) => {
    await requireBucket(options, input, 'own');
    return ownersAcl(options.accountId);
  };

export const putBucketAcl =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketAclCommandInput>) => {
    requireOwnersAcl(await requireBucket(options, input, 'write'), input, options.accountId);
    return {};
  };

export const getObjectAcl =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectAclCommandInput>) => {
    await requireBucket(options, input, 'own');
    await requireObject(options, input);
    return ownersAcl(options.accountId);
  };

export const putObjectAcl =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectAclCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    await requireObject(options, input);
    requireOwnersAcl(bucket, input, options.accountId);
    return {};
  };

function ownersAcl(accountId: string): object {
  const owner = { ID: ownerId(accountId), DisplayName: 'linnet' };
  return { Owner: owner, Grants: [{ Grantee: { ...owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }] };
}

const ownersAcls: readonly unknown[] = [undefined, 'private', 'bucket-owner-full-control'];

/**
 * Throws what Amazon answers to a list that lets in anybody else: AccessControlListNotSupported (400) where the bucket's
 * owner owns everything, AccessDenied (403) for a public one that the public access block forbids. NotImplemented (501)
 * where Amazon would do it.
 */
export function requireOwnersAcl(bucket: Bucket, given: object, accountId: string): void {
  if (isOwnersAlone(given, accountId)) return;
  if (ownershipOf(bucket) === 'BucketOwnerEnforced')
    throw new ServiceError('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 });
  if (isPublic(given) && publicAccessBlockOf(bucket)?.BlockPublicAcls === true)
    throw new ServiceError(
      'AccessDenied',
      'Access Denied: public access control lists are prevented by the BlockPublicAcls setting in S3 Block Public Access',
    );
  throw notImplemented(
    `Linnet lets in nobody but the owner of a bucket; of access control lists only private, bucket-owner-full-control and full control of the owner are offered`,
  );
}

/** The same for a bucket that is being made. Throws InvalidBucketAclWith... (400) as CreateBucket does. */
export function requireOwnersAclOfNew(bucket: Bucket, given: object, accountId: string): void {
  try {
    requireOwnersAcl(bucket, given, accountId);
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    if (thrown.code === 'AccessControlListNotSupported')
      throw new ServiceError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        { status: 400 },
      );
    if (thrown.code === 'AccessDenied')
      throw new ServiceError(
        'InvalidBucketAclWithBlockPublicAccessError',
        'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
        { status: 400 },
      );
    throw thrown;
  }
}

interface Grantee {
  id: string | undefined;
  uri: string | undefined;
  permission: string | undefined;
}

/** Who is let in by headers such as `x-amz-grant-read: uri="…"` and by a list in the body. */
function granteesOf(given: object): Grantee[] {
  const byHeader = Object.entries(given).flatMap(([name, value]) =>
    name.startsWith('Grant') && typeof value === 'string'
      ? value.split(',').map((one) => ({
          id: /^\s*id\s*=\s*"?([^"]*)"?\s*$/i.exec(one)?.[1],
          uri: /^\s*uri\s*=\s*"?([^"]*)"?\s*$/i.exec(one)?.[1],
          permission: name === 'GrantFullControl' ? 'FULL_CONTROL' : name,
        }))
      : [],
  );
  const policy = (given as { AccessControlPolicy?: AccessControlPolicy }).AccessControlPolicy;
  const byBody = (policy?.Grants ?? []).map(({ Grantee, Permission }) => ({
    id: Grantee?.ID,
    uri: Grantee?.URI,
    permission: Permission,
  }));
  return [...byHeader, ...byBody];
}

const isOwnersAlone = (given: object, accountId: string): boolean =>
  ownersAcls.includes((given as { ACL?: string }).ACL) &&
  granteesOf(given).every(({ id, permission }) => id === ownerId(accountId) && permission === 'FULL_CONTROL');

const isPublic = (given: object): boolean =>
  /^(public-|authenticated-)/.test((given as { ACL?: string }).ACL ?? '') ||
  granteesOf(given).some(({ uri }) => /\/(AllUsers|AuthenticatedUsers)$/.test(uri ?? ''));
