import type { Bucket } from '../../store/index.ts';
import { notImplemented, type S3Options } from './context.ts';
import { requireNoCustomerKey } from './encryption.ts';
import { requireOwnersAcl } from './settings/acl.ts';

const notOffered = ['WriteOffsetBytes', 'IfMatchLastModifiedTime', 'IfMatchSize'];

/**
 * Refuses what a write asks for and Linnet would not do: a promise that is not kept is worse than a refusal.
 * Throws AccessControlListNotSupported (400) as S3 does for a bucket whose owner owns everything, or NotImplemented (501).
 */
export function requireOffered({ accountId }: Pick<S3Options, 'accountId'>, bucket: Bucket, given: object): void {
  const input = given as Readonly<Record<string, unknown>>;
  requireOwnersAcl(bucket, input, accountId);
  requireNoCustomerKey(input);
  for (const name of notOffered)
    if (input[name] !== undefined) throw notImplemented(`${name} is not offered by Linnet`);
}
