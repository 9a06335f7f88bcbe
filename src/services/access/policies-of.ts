import { DataError } from '../../base/index.ts';
import { type Policy, readPolicy } from '../../policies/index.ts';
import type { Records } from '../../store/index.ts';
import type { Bearing } from '../iam/bearing.ts';
import { groupKind } from '../iam/groups/group.ts';
import { managedPolicy } from '../iam/managed/managed.ts';
import { isAmazons, nameInArn, type PolicyBody, policyId, policyKind } from '../iam/policy.ts';
import type { RoleBody } from '../iam/role.ts';
import type { UserBody } from '../iam/users/user.ts';

/** The policies that an identity brings along. */
export interface Limits {
  identity: readonly Policy[];
  boundary?: Policy;
}

/** What a kept document says. One that no longer can be read denies everything, rather than that a Deny in it is passed over. */
export function compiled(document: string): Policy {
  try {
    return readPolicy(document, 'identity');
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    return denyAll;
  }
}

const denyAll = readPolicy('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}', 'identity');
const nothing: Policy = { statements: [], mentions: new Set() };

/** A managed policy; undefined for one of Amazon's that is known by its name only, and for one that is gone. */
export async function managed(records: Records, arn: string): Promise<Policy | undefined> {
  const document = isAmazons(arn) ? managedPolicy(arn)?.document : await ownDocument(records, arn);
  return document === undefined ? undefined : compiled(document);
}

async function ownDocument(records: Records, arn: string): Promise<string | undefined> {
  const body = (await records.get<PolicyBody>(policyKind, policyId(nameInArn(arn))))?.body;
  return body?.versions.find(({ number }) => number === body.defaultNumber)?.document;
}

/** The policies of a user with those of its groups, or of a role. */
export async function limitsOf(records: Records, body: UserBody | RoleBody): Promise<Limits> {
  const groups = 'groups' in body ? (body.groups as string[]) : [];
  const found = await Promise.all(groups.map((id) => records.get<Bearing>(groupKind, id)));
  const bearers: Bearing[] = [body, ...found.flatMap((group) => group?.body ?? [])];
  const policies = await Promise.all(bearers.map((bearer) => policiesOf(records, bearer)));
  const { boundaryArn } = body;
  return {
    identity: policies.flat(),
    ...(boundaryArn === undefined ? {} : { boundary: (await managed(records, boundaryArn)) ?? nothing }),
  };
}

async function policiesOf(records: Records, { policies, attached }: Bearing): Promise<Policy[]> {
  const found = await Promise.all(attached.map((arn) => managed(records, arn)));
  return [...policies.map(({ document }) => compiled(document)), ...found.flatMap((policy) => policy ?? [])];
}
