import type {
  CreateRoleCommandInput,
  DeleteRoleCommandInput,
  GetRoleCommandInput,
  ListRolesCommandInput,
  ListRoleTagsCommandInput,
  Role,
  TagRoleCommandInput,
  UntagRoleCommandInput,
  UpdateAssumeRolePolicyCommandInput,
  UpdateRoleCommandInput,
  UpdateRoleDescriptionCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../gateway/index.ts';
import { entityId } from '../access/account.ts';
import { checkBoundary } from './boundaries.ts';
import type { IamContext } from './context.ts';
import { checkDocument, checkSize, sizeOf } from './documents.ts';
import { addEntity, allOf, edit, entityOf } from './edit.ts';
import { pageOf } from './paging.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchRole, unmodifiable } from './refusals.ts';
import {
  findRole,
  isExecutionRole,
  putRole,
  type RoleBody,
  removeRole,
  roleId,
  roleKind,
  shortRole,
  wholeRole,
} from './role.ts';
import { withoutTags, withTags } from './tags.ts';

const rolesMax = 1_000;
const trustSizeMax = 2_048;
const maxSessionSecondsDefault = 3_600;

export async function createRole(
  context: IamContext,
  { input, nowMs }: Call<CreateRoleCommandInput>,
): Promise<{ Role: Role }> {
  const name = input.RoleName ?? '';
  await checkBoundary(context, input.PermissionsBoundary);
  checkTrust(input.AssumeRolePolicyDocument ?? '');
  const taken = alreadyExists(`Role with name ${name} already exists.`);
  if (isExecutionRole(context, name)) throw taken;
  const body: RoleBody = {
    name,
    path: input.Path ?? '/',
    roleId: entityId('AROA', context.newId()),
    trust: input.AssumeRolePolicyDocument ?? '',
    ...(input.Description === undefined ? {} : { description: input.Description }),
    maxSessionSeconds: input.MaxSessionDuration ?? maxSessionSecondsDefault,
    ...(input.PermissionsBoundary === undefined ? {} : { boundaryArn: input.PermissionsBoundary }),
    tags: withTags([], input.Tags),
    policies: [],
    attached: [],
  };
  if ((await allOf(context.records, roleKind)).length >= rolesMax)
    throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${rolesMax}`);
  const role = { body, createdAtMs: nowMs, version: 'absent' as const };
  await addEntity(context.records, putRole(role, body, nowMs), () => taken);
  return { Role: wholeRole(context, role) };
}

function checkTrust(document: string): void {
  checkDocument(document, 'trust');
  checkSize(sizeOf(document), 'ACLSizePerRole', trustSizeMax);
}

export const getRole = async (context: IamContext, { input }: Call<GetRoleCommandInput>): Promise<{ Role: Role }> => ({
  Role: wholeRole(context, await findRole(context, input.RoleName ?? '')),
});

export async function listRoles(context: IamContext, { input }: Call<ListRolesCommandInput>): Promise<object> {
  const written = (await allOf<RoleBody>(context.records, roleKind)).map(entityOf);
  const execution = await findRole(context, context.roleName);
  const roles = execution.version === 'absent' ? [...written, execution] : written;
  const { items, ...page } = pageOf(
    roles.filter(({ body }) => body.path.startsWith(input.PathPrefix ?? '/')),
    ({ body }) => roleId(body.name),
    input,
  );
  return { Roles: items.map((role) => shortRole(context, role)), ...page };
}

export async function deleteRole(context: IamContext, { input, nowMs }: Call<DeleteRoleCommandInput>): Promise<object> {
  const name = input.RoleName ?? '';
  if (isExecutionRole(context, name)) {
    throw unmodifiable(
      `Cannot perform the operation on the protected role '${name}': it is the one that everybody acts in here`,
    );
  }
  return edit(context.records, async () => {
    const role = await findRole(context, name);
    const { body } = role;
    if (role.version === 'absent') throw noSuchRole(name);
    if (body.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (body.policies.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    return { changes: removeRole(role, nowMs), answer: {} };
  });
}

/** Changes a role and returns it as it then is. */
const change = (
  context: IamContext,
  { input, nowMs }: Call<{ RoleName: string | undefined }>,
  changed: (body: RoleBody) => RoleBody,
): Promise<Role> =>
  edit(context.records, async () => {
    const role = await findRole(context, input.RoleName ?? '');
    const body = changed(role.body);
    return { changes: [putRole(role, body, nowMs)], answer: wholeRole(context, { ...role, body }) };
  });

export async function updateRole(context: IamContext, call: Call<UpdateRoleCommandInput>): Promise<object> {
  const { Description, MaxSessionDuration } = call.input;
  await change(context, call, (body) => ({
    ...body,
    ...(Description === undefined ? {} : { description: Description }),
    maxSessionSeconds: MaxSessionDuration ?? maxSessionSecondsDefault,
  }));
  return {};
}

export const updateRoleDescription = async (
  context: IamContext,
  call: Call<UpdateRoleDescriptionCommandInput>,
): Promise<{ Role: Role }> => ({
  Role: await change(context, call, (body) => ({ ...body, description: call.input.Description ?? '' })),
});

export async function updateAssumeRolePolicy(
  context: IamContext,
  call: Call<UpdateAssumeRolePolicyCommandInput>,
): Promise<object> {
  const trust = call.input.PolicyDocument ?? '';
  checkTrust(trust);
  await change(context, call, (body) => ({ ...body, trust }));
  return {};
}

export async function tagRole(context: IamContext, call: Call<TagRoleCommandInput>): Promise<object> {
  await change(context, call, (body) => ({ ...body, tags: withTags(body.tags, call.input.Tags) }));
  return {};
}

export async function untagRole(context: IamContext, call: Call<UntagRoleCommandInput>): Promise<object> {
  await change(context, call, (body) => ({ ...body, tags: withoutTags(body.tags, call.input.TagKeys) }));
  return {};
}

export async function listRoleTags(context: IamContext, { input }: Call<ListRoleTagsCommandInput>): Promise<object> {
  const { body } = await findRole(context, input.RoleName ?? '');
  const { items, ...page } = pageOf(body.tags, ({ Key }) => Key, input);
  return { Tags: items, ...page };
}

/** No role is in an instance profile: there are no instances. Tools ask before they delete a role. */
export async function listInstanceProfilesForRole(
  context: IamContext,
  { input }: Call<{ RoleName: string }>,
): Promise<object> {
  await findRole(context, input.RoleName);
  return { InstanceProfiles: [], IsTruncated: false };
}
