import { ServiceError } from '../../base/index.ts';
import type { Call, ServiceTable } from '../../gateway/index.ts';
import { entityId, type IdentityOptions } from '../sts/index.ts';

const path = '/service-role/';
/** The role is there from the first day; a fixed date keeps answers the same on every machine. */
const createdAt = new Date('2026-01-01T00:00:00Z');

/** IAM: the one execution role. Roles are named to be named; Linnet checks keys, not rights. */
export function iamService({ accountId, roleName }: IdentityOptions): ServiceTable {
  const role = {
    Path: path,
    RoleName: roleName,
    RoleId: entityId('AROA', roleName),
    Arn: `arn:aws:iam::${accountId}:role${path}${roleName}`,
    CreateDate: createdAt,
    // IAM answers policies as URL-encoded JSON.
    AssumeRolePolicyDocument: encodeURIComponent(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
    ),
    Description: 'The role that programs run by Linnet act in',
    MaxSessionDuration: 3600,
  };
  return {
    service: 'iam',
    operations: {
      GetRole: async ({ input }: Call<{ RoleName: string }>) => {
        if (input.RoleName === roleName) return { Role: role };
        throw new ServiceError('NoSuchEntity', `The role with name ${input.RoleName} cannot be found.`, {
          status: 404,
        });
      },
      ListRoles: async ({ input }: Call<{ PathPrefix?: string }>) => ({
        Roles: path.startsWith(input.PathPrefix ?? '/') ? [role] : [],
        IsTruncated: false,
      }),
    },
  };
}
