import { decide, readPolicy } from '../../policies/index.ts';
import type { Records } from '../../store/index.ts';
import { builtInRole, formerRoleKind, type RoleBody, roleArn, roleId, roleKind } from '../iam/role.ts';
import { tagsByKey } from '../iam/tags.ts';
import type { IdentityOptions } from './account.ts';
import { type Limits, limitsOf } from './policies-of.ts';

/** What there is of a role whose ARN a request gives to SageMaker. */
export type Standing =
  /** Its policies hold. `trusts`: whether its trust policy lets SageMaker act in it. */
  | { kind: 'made'; limits: Limits; tags: Readonly<Record<string, string>>; trusts: boolean }
  /** One that is always there, and that nobody has given policies. */
  | { kind: 'built-in' }
  /** Nobody ever made one of this name: programs name roles of Amazon's examples, and of accounts elsewhere. */
  | { kind: 'never-made' }
  /** Its name is that of another ARN, or it was deleted: nothing may be done in it. */
  | { kind: 'none'; why: string };

/** Looks a role up by its ARN. Name, path, account and case all have to be those of the role. */
export async function readStanding(options: IdentityOptions & { records: Records }, arn: string): Promise<Standing> {
  const { records } = options;
  const name = arn.split('/').at(-1) ?? '';
  const record = await records.get<RoleBody>(roleKind, roleId(name));
  if (record !== undefined) {
    const { body } = record;
    const own = roleArn(options, body);
    if (own !== arn) return { kind: 'none', why: `the role of that name is ${own}` };
    const limits = await limitsOf(records, body);
    return { kind: 'made', limits, tags: tagsByKey(body.tags), trusts: trustsSageMaker(body, arn, options.accountId) };
  }
  const builtIn = builtInRole(options, name);
  if (builtIn !== undefined && roleArn(options, builtIn) === arn) return { kind: 'built-in' };
  if ((await records.get(formerRoleKind, roleId(name))) !== undefined) return { kind: 'none', why: 'it was deleted' };
  return { kind: 'never-made' };
}

/**
 * Whether a trust policy lets SageMaker act in its role for this account. Which resource will ask is not known here: one that
 * the policy itself names by `aws:SourceArn` is enough.
 */
function trustsSageMaker({ trust }: RoleBody, arn: string, accountId: string): boolean {
  const principal = { kind: 'service', name: 'sagemaker.amazonaws.com' } as const;
  const policy = readPolicy(trust, 'trust');
  const named = (trust.match(/arn:[\w-]+:sagemaker:[^"]*/g) ?? [])
    // A pattern may end before the account.
    .filter((pattern) => ['*', accountId].includes(pattern.split(':')[4] ?? '*'))
    .map((pattern) => pattern.replaceAll('*', 'any'));
  return [undefined, ...named].some((source) => {
    const known: Readonly<Record<string, string | undefined>> = {
      'aws:sourceaccount': accountId,
      'aws:sourcearn': source,
    };
    const ask = { principal, action: 'sts:AssumeRole', resource: arn, values: (key: string) => known[key] };
    return decide(ask, { identity: [], resource: policy, mustGrant: true }).allowed;
  });
}

/** Why SageMaker cannot act in a role; undefined when it can. `anybody`: the caller may give roles that nobody made. */
export function problemOf(standing: Standing, { anybody }: { anybody: boolean }): string | undefined {
  switch (standing.kind) {
    case 'made':
      return standing.trusts ? undefined : 'its trust policy does not let sagemaker.amazonaws.com act in it';
    case 'built-in':
      return undefined;
    case 'never-made':
      return anybody ? undefined : 'there is no such role; make it, or give one of those that ListRoles lists';
    default:
      return standing.why;
  }
}
