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
import { Conflict } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { entityId } from '../sts/index.ts';
import type { IamContext } from './context.ts';
import { checkDocument, checkSize, sizeOf } from './documents.ts';
import { allOf, edit, entityOf } from './edit.ts';
import { pageOf } from './paging.ts';
import {
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
  try {
    await context.records.write([putPolicy(policy, body, nowMs)]);
  } catch (thrown) {
    if (!(thrown instanceof Conflict)) throw thrown;
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
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
    PolicyName: nameInArn(arn),
    PolicyId: entityId('ANPA', arn),
    Arn: arn,
    Path: pathInArn(arn),
    DefaultVersionId: 'v1',
    AttachmentCount: (await rolesWith(context, arn)).length,
    IsAttachable: true,
  };
  return { Policy: policy };
}

async function rolesWith({ records }: IamContext, arn: string): Promise<RoleBody[]> {
  const roles = await allOf<RoleBody>(records, roleKind);
  return roles.map(({ body }) => body).filter(({ attached }) => attached.includes(arn));
}

/** The account's own policies; Linnet keeps no list of Amazon's. */
export async function listPolicies(context: IamContext, { input }: Call<ListPoliciesCommandInput>): Promise<object> {
  const own = input.Scope === 'AWS' ? [] : (await allOf<PolicyBody>(context.records, policyKind)).map(entityOf);
  const { items, ...page } = pageOf(
    own
      .filter(({ body }) => body.path.startsWith(input.PathPrefix ?? '/'))
      .filter(({ body }) => !input.OnlyAttached || body.roles.length > 0)
      .filter(() => input.PolicyUsageFilter !== 'PermissionsBoundary'),
    ({ body }) => policyId(body.name),
    input,
  );
  return { Policies: items.map((policy) => shortPolicy(context, policy)), ...page };
}

export const deletePolicy = (context: IamContext, { input }: Call<DeletePolicyCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const { body, version } = await findPolicy(context, input.PolicyArn ?? '');
    if (body.roles.length > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
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
  const names = isAmazons(arn)
    ? (await rolesWith(context, arn)).map(({ name }) => name)
    : (await findPolicy(context, arn)).body.roles;
  const wanted = input.EntityFilter === undefined || input.EntityFilter === 'Role' ? names : [];
  const { items, ...page } = pageOf(wanted, (name) => name, input);
  const roles = await Promise.all(items.map(async (name) => (await findRole(context, name)).body));
  return {
    PolicyGroups: [],
    PolicyUsers: [],
    PolicyRoles: roles.map(({ name, roleId }) => ({ RoleName: name, RoleId: roleId })),
    ...page,
  };
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
