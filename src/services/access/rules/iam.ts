import type { Call } from '../../../gateway/index.ts';
import type { Rule } from '../need.ts';
import { tagsIn } from './sts.ts';

/** IAM: a user, group, role or policy. The path of one that exists is filled in at the door. */
export const iamRule: Rule = (call) => {
  const { operation, input, accountId } = call;
  const arn = (kind: string, name: string): string =>
    `arn:aws:iam::${accountId}:${kind}${kind.endsWith('/') ? '' : (input.Path ?? '/')}${name}`;
  return [
    {
      action: `iam:${operation}`,
      resource: resourceOf(call, arn),
      values: {
        'iam:policyarn': input.PolicyArn,
        'iam:permissionsboundary': input.PermissionsBoundary,
        ...tagsIn(input.Tags),
        ...(Array.isArray(input.TagKeys) ? { 'aws:tagkeys': input.TagKeys } : {}),
      },
    },
  ];
};

function resourceOf({ operation, input, caller }: Call<any>, arn: (kind: string, name: string) => string): string {
  if (input.PolicySourceArn !== undefined) return input.PolicySourceArn;
  if (input.RoleName !== undefined) return arn('role', input.RoleName);
  if (input.GroupName !== undefined) return arn('group', input.GroupName);
  if (input.UserName !== undefined) return arn('user', input.UserName);
  if (input.PolicyArn !== undefined) return input.PolicyArn;
  if (input.PolicyName !== undefined) return arn('policy', input.PolicyName);
  // A user that names nobody means itself.
  if (/^(GetUser|(Create|List|Update|Delete)AccessKeys?)$/.test(operation) && caller.holder?.principal.kind === 'user')
    return caller.holder.principal.arn;
  return '*';
}
