import { createHash } from 'node:crypto';
import type { ServiceTable } from '../../gateway/index.ts';

export interface IdentityOptions {
  /** 12 digits. */
  accountId: string;
  /** The role in which every holder of a key acts. */
  roleName: string;
}

/**
 * STS: who the caller is. Everyone acts in one role, because get_execution_role() of the SageMaker SDK expects an
 * assumed role. AssumeRole is not offered: Linnet has no second set of rights that credentials could stand for.
 */
export function stsService({ accountId, roleName }: IdentityOptions): ServiceTable {
  return {
    service: 'sts',
    operations: {
      GetCallerIdentity: async () => ({
        Account: accountId,
        UserId: `${entityId('AROA', roleName)}:linnet`,
        Arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/linnet`,
      }),
    },
  };
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An id in IAM's form, always the same for the same name: a prefix for the kind and 17 letters. */
export function entityId(prefix: string, name: string): string {
  const digest = createHash('sha256').update(name).digest();
  let id = prefix;
  for (let i = 0; i < 17; i++) id += base32[digest[i]! % 32];
  return id;
}
