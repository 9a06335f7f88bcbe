import { send } from './call.ts';

/** Calls an operation of IAM, which answers in XML. */
async function ask(action: string, members: Readonly<Record<string, string>> = {}): Promise<Document> {
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...members });
  const response = await send('iam', '/', { method: 'POST', body });
  return new DOMParser().parseFromString(await response.text(), 'application/xml');
}

const textIn = (element: Element | Document, name: string): string =>
  element.getElementsByTagName(name)[0]?.textContent ?? '';

/** The members of a list, at its own level. */
const membersOf = (document: Document, list: string): Element[] =>
  [...(document.getElementsByTagName(list)[0]?.children ?? [])].filter(({ tagName }) => tagName === 'member');

export interface AccessKey {
  id: string;
  status: string;
  created: number;
}

export interface User {
  name: string;
  created: number;
  keys: AccessKey[];
  policies: Attached[];
}

/** A policy that a user has: a managed one by its ARN, or one of the user's own. */
export interface Attached {
  name: string;
  arn?: string;
}

const usersMax = 200;

/** Users with their keys and the names of the policies that are attached to them. */
export async function listUsers(): Promise<User[]> {
  const document = await ask('ListUsers', { MaxItems: String(usersMax) });
  return Promise.all(
    membersOf(document, 'Users').map(async (user) => {
      const UserName = textIn(user, 'UserName');
      const [keys, policies] = await Promise.all([ask('ListAccessKeys', { UserName }), policiesOf('User', UserName)]);
      return {
        name: UserName,
        created: Date.parse(textIn(user, 'CreateDate')) / 1000,
        keys: membersOf(keys, 'AccessKeyMetadata').map((key) => ({
          id: textIn(key, 'AccessKeyId'),
          status: textIn(key, 'Status'),
          created: Date.parse(textIn(key, 'CreateDate')) / 1000,
        })),
        policies,
      };
    }),
  );
}

/** The policies of a user or role, managed ones first. */
async function policiesOf(kind: 'User' | 'Role', name: string): Promise<Attached[]> {
  const input = { [`${kind}Name`]: name };
  const [attached, own] = await Promise.all([
    ask(`ListAttached${kind}Policies`, input),
    ask(`List${kind}Policies`, input),
  ]);
  return [
    ...membersOf(attached, 'AttachedPolicies').map((policy) => ({
      name: textIn(policy, 'PolicyName'),
      arn: textIn(policy, 'PolicyArn'),
    })),
    ...membersOf(own, 'PolicyNames').map((policy) => ({ name: policy.textContent ?? '' })),
  ];
}

export const createUser = (UserName: string): Promise<unknown> => ask('CreateUser', { UserName });

/** The secret is answered this once. */
export async function createKey(UserName: string): Promise<{ id: string; secret: string }> {
  const document = await ask('CreateAccessKey', { UserName });
  return { id: textIn(document, 'AccessKeyId'), secret: textIn(document, 'SecretAccessKey') };
}

export const deleteKey = (UserName: string, AccessKeyId: string): Promise<unknown> =>
  ask('DeleteAccessKey', { UserName, AccessKeyId });

export const setKeyStatus = (UserName: string, AccessKeyId: string, Status: 'Active' | 'Inactive'): Promise<unknown> =>
  ask('UpdateAccessKey', { UserName, AccessKeyId, Status });

export const attachPolicy = (UserName: string, PolicyArn: string): Promise<unknown> =>
  ask('AttachUserPolicy', { UserName, PolicyArn });

export const detachPolicy = (UserName: string, { name, arn }: Attached): Promise<unknown> =>
  arn === undefined
    ? ask('DeleteUserPolicy', { UserName, PolicyName: name })
    : ask('DetachUserPolicy', { UserName, PolicyArn: arn });

/** Takes keys, policies and groups away first, as IAM wants it. */
export async function deleteUser({ name: UserName, keys, policies }: User): Promise<void> {
  for (const { id } of keys) await deleteKey(UserName, id);
  for (const policy of policies) await detachPolicy(UserName, policy);
  const groups = membersOf(await ask('ListGroupsForUser', { UserName }), 'Groups');
  for (const group of groups) await ask('RemoveUserFromGroup', { UserName, GroupName: textIn(group, 'GroupName') });
  await ask('DeleteUser', { UserName });
}

export interface Role {
  name: string;
  created: number;
  /** Without any policy, and jobs may do everything in it all the same. */
  isFree: boolean;
  policies: Attached[];
  /** Who may act in it, as the trust policy names them. */
  trusted: string[];
}

export async function listRoles(): Promise<Role[]> {
  const document = await ask('ListRoles', { MaxItems: String(usersMax) });
  return Promise.all(
    membersOf(document, 'Roles').map(async (role) => {
      const RoleName = textIn(role, 'RoleName');
      const policies = await policiesOf('Role', RoleName);
      return {
        name: RoleName,
        created: Date.parse(textIn(role, 'CreateDate')) / 1000,
        isFree: policies.length === 0 && (await mayRead(textIn(role, 'Arn'))),
        trusted: trustedBy(textIn(role, 'AssumeRolePolicyDocument')),
        policies,
      };
    }),
  );
}

/** Whether jobs may read any object in a role: a built-in one may until it is given a policy. */
async function mayRead(PolicySourceArn: string): Promise<boolean> {
  const input = { PolicySourceArn, 'ActionNames.member.1': 's3:GetObject' };
  const document = await ask('SimulatePrincipalPolicy', input).catch(() => undefined);
  return document !== undefined && textIn(document, 'EvalDecision') === 'allowed';
}

function trustedBy(encoded: string): string[] {
  const { Statement } = JSON.parse(decodeURIComponent(encoded)) as { Statement: { Principal?: unknown }[] };
  return [Statement].flat().flatMap(({ Principal }) =>
    typeof Principal === 'string'
      ? [Principal]
      : Object.values((Principal ?? {}) as object)
          .flat()
          .map(String),
  );
}

export interface Policy {
  name: string;
  arn: string;
  attachments: number;
  version: string;
}

/** Policies that can be attached, Linnet's ready-made roles first. */
export async function listPolicies(): Promise<Policy[]> {
  const document = await ask('ListPolicies', { Scope: 'All', MaxItems: '1000' });
  const policies = membersOf(document, 'Policies').map((policy) => ({
    name: textIn(policy, 'PolicyName'),
    arn: textIn(policy, 'Arn'),
    attachments: Number(textIn(policy, 'AttachmentCount')),
    version: textIn(policy, 'DefaultVersionId'),
  }));
  const rank = ({ arn, name }: Policy): number => (!/::aws:/.test(arn) ? 1 : name.startsWith('Linnet') ? 0 : 2);
  return policies.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en'));
}

/** What a policy says, and what it is for. */
export async function readPolicy({ arn, version }: Policy): Promise<{ text: string; description: string }> {
  const [about, document] = await Promise.all([
    ask('GetPolicy', { PolicyArn: arn }),
    ask('GetPolicyVersion', { PolicyArn: arn, VersionId: version }),
  ]);
  const text = decodeURIComponent(textIn(document, 'Document'));
  return { text: JSON.stringify(JSON.parse(text), undefined, 2), description: textIn(about, 'Description') };
}
