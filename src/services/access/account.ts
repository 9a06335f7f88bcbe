import { createHash } from 'node:crypto';
import type { Holder } from '../../gateway/index.ts';

export interface IdentityOptions {
  /** 12 digits. */
  accountId: string;
  /** The role in which every holder of the account's key acts. */
  roleName: string;
}

/** The holder of the account's own key. */
export const accountHolder = ({ accountId, roleName }: IdentityOptions): Holder => ({
  principal: {
    kind: 'account',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/linnet`,
    roleArn: `arn:aws:iam::${accountId}:role/service-role/${roleName}`,
  },
  userId: `${entityId('AROA', roleName)}:linnet`,
  tags: {},
});

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An id in IAM's form, always the same for the same name: a prefix for the kind and 17 letters. */
export function entityId(prefix: string, name: string): string {
  const digest = createHash('sha256').update(name).digest();
  let id = prefix;
  for (let i = 0; i < 17; i++) id += base32[digest[i]! % 32];
  return id;
}
