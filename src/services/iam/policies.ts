import type {
  CreatePolicyCommandInput,
  DeletePolicyCommandInput,
  GetPolicyCommandInput,
  ListEntitiesForPolicyCommandInput,
  ListPoliciesCommandInput,
  ListPolicyTagsCommandInput,
  Policy,
  TagPolicyCommandInput,
  UntagPolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../gateway/index.ts';
import { entityId } from '../access/account.ts';
import type { Bearing } from './bearing.ts';
import type { IamContext } from './context.ts';
import { checkDocument, checkSize, sizeOf } from './documents.ts';
import { addEntity, allOf, edit, entityOf } from './edit.ts';
import { findGroup, groupKind } from './groups/group.ts';
import { managedPolicies, managedPolicy } from './managed/managed.ts';
import { pageOf } from './paging.ts';
import {
  bearersOf,
  findPolicy,
  isAmazons,
  nameInArn,
  type PolicyBody,
  pathInArn,
  policyId,
  policyKind,
  putPolicy,
  shortPolicy,
  wholePolicy,
} from './policy.ts';
import { alreadyExists, deleteConflict, limitExceeded } from './refusals.ts';
import { findRole, type RoleBody, roleKind } from './role.ts';
import { withoutTags, withTags } from './tags.ts';
import { findUser, type UserBody, userKind } from './users/user.ts';

const policiesMax = 1_500;
export const policySizeMax = 6_144;

export async function createPolicy(
  context: IamContext,
  { input, nowMs }: Call<CreatePolicyCommandInput>,
): Promise<{ Policy: Policy }> {
  const name = input.PolicyName ?? '';
  const document = input.PolicyDocument ?? '';
  checkDocument(document, 'identity');
  checkSize(sizeOf(document), 'PolicySize', policySizeMax);
  const body: PolicyBody = {
    name,
    path: input.Path ?? '/',
    policyId: entityId('ANPA', context.newId()),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    versions: [{ number: 1, document, createdMs: nowMs }],
    defaultNumber: 1,
    lastNumber: 1,
    roles: [],
    updatedMs: nowMs,
    tags: withTags([], input.Tags),
  };
  if ((await allOf(context.records, policyKind)).length >= policiesMax)
    throw limitExceeded(`Cannot exceed quota for PoliciesPerAccount: ${policiesMax}`);
  const policy = { body, createdAtMs: nowMs, version: 'absent' as const };
  await addEntity(context.records, putPolicy(policy, body, nowMs), () =>
    alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`),
  );
  return { Policy: wholePolicy(context, policy) };
}

/** For a policy that Amazon manages: the parts of its ARN, and how often it is attached here. */
export async function getPolicy(
  context: IamContext,
  { input }: Call<GetPolicyCommandInput>,
): Promise<{ Policy: Policy }> {
  const arn = input.PolicyArn ?? '';
  if (!isAmazons(arn)) return { Policy: wholePolicy(context, await findPolicy(context, arn)) };
  const policy = {
    ...shownManaged(arn),
    Description: managedPolicy(arn)?.description,
    AttachmentCount: (await Promise.all(bearerKinds.map((kind) => namesWith(context, kind, arn)))).flat().length,
  };
  return { Policy: policy };
}

const bearerKinds = [roleKind, userKind, groupKind];

/** The names of those of a kind that have a policy attached. */
async function namesWith({ records }: IamContext, kind: string, arn: string): Promise<string[]> {
  const bearers = await allOf<Bearing>(records, kind);
  return bearers
    .map(({ body }) => body)
    .filter(({ attached }) => attached.includes(arn))
    .map(({ name }) => name);
}

/** The account's own policies, and of those that everybody has the ones that Linnet knows. */
export async function listPolicies(context: IamContext, { input }: Call<ListPoliciesCommandInput>): Promise<object> {
  const { Scope = 'All', PathPrefix = '/' } = input;
  const own = Scope === 'AWS' ? [] : (await allOf<PolicyBody>(context.records, policyKind)).map(entityOf);
  const shown = own
    .filter(({ body }) => !input.OnlyAttached || bearersOf(body).length > 0)
    .map((policy) => shortPolicy(context, policy));
  const managed = Scope === 'Local' || input.OnlyAttached ? [] : managedPolicies.map(({ arn }) => shownManaged(arn));
  const { items, ...page } = pageOf(
    [...shown, ...managed]
      .filter(({ Path }) => Path?.startsWith(PathPrefix))
      .filter(() => input.PolicyUsageFilter !== 'PermissionsBoundary'),
    ({ Arn, PolicyName }) => `${policyId(PolicyName ?? '')} ${Arn}`,
    input,
  );
  return { Policies: items, ...page };
}

/** A policy of everybody's, by the parts of its ARN. */
const shownManaged = (arn: string): Policy => ({
  PolicyName: nameInArn(arn),
  PolicyId: entityId('ANPA', arn),
  Arn: arn,
  Path: pathInArn(arn),
  DefaultVersionId: 'v1',
  IsAttachable: true,
});

export const deletePolicy = (context: IamContext, { input }: Call<DeletePolicyCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const { body, version } = await findPolicy(context, input.PolicyArn ?? '');
    if (bearersOf(body).length > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
    if (await isBoundary(context, input.PolicyArn ?? ''))
      throw deleteConflict('Cannot delete a policy that is set as a permissions boundary.');
    if (body.versions.length > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    const remove = { kind: policyKind, id: policyId(body.name) };
    return { changes: [version === 'absent' ? { remove } : { remove, expect: version }], answer: {} };
  });

export async function listEntitiesForPolicy(
  context: IamContext,
  { input }: Call<ListEntitiesForPolicyCommandInput>,
): Promise<object> {
  const arn = input.PolicyArn ?? '';
  if (!isAmazons(arn)) await findPolicy(context, arn);
  const wanted = (filter: string): boolean => input.EntityFilter === undefined || input.EntityFilter === filter;
  const namesOf = async (kind: string, filter: string) =>
    wanted(filter) ? (await namesWith(context, kind, arn)).map((name) => ({ kind, name })) : [];
  const all = await Promise.all([namesOf(roleKind, 'Role'), namesOf(userKind, 'User'), namesOf(groupKind, 'Group')]);
  const { items, ...page } = pageOf(all.flat(), ({ kind, name }) => `${kind} ${name}`, input);
  const ofKind = (wantedKind: string): string[] =>
    items.filter(({ kind }) => kind === wantedKind).map(({ name }) => name);
  return {
    PolicyGroups: await Promise.all(
      ofKind(groupKind).map(async (name) => ({
        GroupName: name,
        GroupId: (await findGroup(context, name)).body.groupId,
      })),
    ),
    PolicyUsers: await Promise.all(
      ofKind(userKind).map(async (name) => ({ UserName: name, UserId: (await findUser(context, name)).body.userId })),
    ),
    PolicyRoles: await Promise.all(
      ofKind(roleKind).map(async (name) => ({ RoleName: name, RoleId: (await findRole(context, name)).body.roleId })),
    ),
    ...page,
  };
}

async function isBoundary({ records }: IamContext, arn: string): Promise<boolean> {
  const [users, roles] = await Promise.all([allOf<UserBody>(records, userKind), allOf<RoleBody>(records, roleKind)]);
  return [...users, ...roles].some(({ body }) => body.boundaryArn === arn);
}

const changeTags = (
  context: IamContext,
  { input, nowMs }: Call<{ PolicyArn: string | undefined }>,
  changed: (tags: PolicyBody['tags']) => PolicyBody['tags'],
): Promise<object> =>
  edit(context.records, async () => {
    const policy = await findPolicy(context, input.PolicyArn ?? '');
    const body = { ...policy.body, tags: changed(policy.body.tags) };
    return { changes: [putPolicy(policy, body, nowMs)], answer: {} };
  });

export const tagPolicy = (context: IamContext, call: Call<TagPolicyCommandInput>): Promise<object> =>
  changeTags(context, call, (tags) => withTags(tags, call.input.Tags));

export const untagPolicy = (context: IamContext, call: Call<UntagPolicyCommandInput>): Promise<object> =>
  changeTags(context, call, (tags) => withoutTags(tags, call.input.TagKeys));

export async function listPolicyTags(
  context: IamContext,
  { input }: Call<ListPolicyTagsCommandInput>,
): Promise<object> {
  const { body } = await findPolicy(context, input.PolicyArn ?? '');
  const { items, ...page } = pageOf(body.tags, ({ Key }) => Key, input);
  return { Tags: items, ...page };
}
