import { ServiceError } from '../../base/index.ts';

const ownersAcls: readonly unknown[] = [undefined, 'private', 'bucket-owner-full-control'];
const notOffered = [
  'SSEKMSKeyId',
  'SSEKMSEncryptionContext',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'CopySourceSSECustomerAlgorithm',
  'WriteOffsetBytes',
  'IfMatchLastModifiedTime',
  'IfMatchSize',
];

/**
 * Refuses what a write asks for and Linnet would not do: a promise that is not kept is worse than a refusal.
 * Throws AccessControlListNotSupported or InvalidRequest (400) as S3 does for a bucket without these features, or
 * NotImplemented (501).
 */
export function requireOffered(given: object): void {
  const input = given as Readonly<Record<string, unknown>>;
  if (!ownersAcls.includes(input.ACL) || Object.keys(input).some((name) => name.startsWith('Grant')))
    throw new ServiceError('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 });
  if (Object.keys(input).some((name) => /^ObjectLock(?!EnabledForBucket)/.test(name)))
    throw new ServiceError('InvalidRequest', 'Bucket is missing Object Lock Configuration', { status: 400 });
  const asked = input.ServerSideEncryption;
  if (asked !== undefined && asked !== 'AES256')
    throw notImplemented(`Server-side encryption ${asked} is not offered by Linnet; AES256 is accepted`);
  for (const name of notOffered)
    if (input[name] !== undefined) throw notImplemented(`${name} is not offered by Linnet`);
}

/** The same for what CreateBucket alone can ask for. */
export function requireOfferedBucket(given: object): void {
  const { ObjectLockEnabledForBucket, ObjectOwnership } = given as Readonly<Record<string, unknown>>;
  if (ObjectLockEnabledForBucket === true) throw notImplemented('Object Lock is not offered by Linnet');
  if (ObjectOwnership !== undefined && ObjectOwnership !== 'BucketOwnerEnforced')
    throw notImplemented(`ObjectOwnership ${ObjectOwnership} is not offered by Linnet; BucketOwnerEnforced is`);
}

/** The version of an object that was never versioned is `null`. Throws InvalidArgument (400) for any other. */
export function requireNoVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null') return;
  throw new ServiceError('InvalidArgument', 'Invalid version id specified', {
    status: 400,
    details: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}

const notImplemented = (message: string): ServiceError => new ServiceError('NotImplemented', message, { status: 501 });
