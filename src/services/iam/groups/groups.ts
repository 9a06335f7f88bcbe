import type {
  AddUserToGroupCommandInput,
  CreateGroupCommandInput,
  DeleteGroupCommandInput,
  GetGroupCommandInput,
  ListGroupsCommandInput,
  ListGroupsForUserCommandInput,
  UpdateGroupCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../../gateway/index.ts';
import { entityId } from '../../access/account.ts';
import type { IamContext } from '../context.ts';
import { addEntity, allOf, edit, entityOf } from '../edit.ts';
import { pageOf } from '../paging.ts';
import { renamedInPolicies } from '../principal-policies.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from '../refusals.ts';
import { findUser, putUser, shortUser, type UserBody, userKind } from '../users/user.ts';
import { findGroup, type GroupBody, groupKind, groupRecordId, putGroup, shownGroup } from './group.ts';

const groupsMax = 300;
const groupsOfUserMax = 10;

export async function createGroup(
  context: IamContext,
  { input, nowMs }: Call<CreateGroupCommandInput>,
): Promise<object> {
  const body: GroupBody = {
    name: input.GroupName ?? '',
    path: input.Path ?? '/',
    groupId: entityId('AGPA', context.newId()),
    policies: [],
    attached: [],
  };
  if ((await allOf(context.records, groupKind)).length >= groupsMax)
    throw limitExceeded(`Cannot exceed quota for GroupsPerAccount: ${groupsMax}`);
  const group = { body, createdAtMs: nowMs, version: 'absent' as const };
  await addEntity(context.records, putGroup(group, body, nowMs), () =>
    alreadyExists(`Group with name ${body.name} already exists.`),
  );
  return { Group: shownGroup(context, group) };
}

const membersOf = async ({ records }: IamContext, name: string) =>
  (await allOf<UserBody>(records, userKind))
    .map(entityOf)
    .filter(({ body }) => body.groups.includes(groupRecordId(name)));

export async function getGroup(context: IamContext, { input }: Call<GetGroupCommandInput>): Promise<object> {
  const group = await findGroup(context, input.GroupName ?? '');
  const { items, ...page } = pageOf(await membersOf(context, group.body.name), ({ body }) => body.name, input);
  return { Group: shownGroup(context, group), Users: items.map((user) => shortUser(context, user)), ...page };
}

export async function listGroups(context: IamContext, { input }: Call<ListGroupsCommandInput>): Promise<object> {
  const groups = (await allOf<GroupBody>(context.records, groupKind)).map(entityOf);
  const { items, ...page } = pageOf(
    groups.filter(({ body }) => body.path.startsWith(input.PathPrefix ?? '/')),
    ({ body }) => groupRecordId(body.name),
    input,
  );
  return { Groups: items.map((group) => shownGroup(context, group)), ...page };
}

export async function listGroupsForUser(
  context: IamContext,
  { input }: Call<ListGroupsForUserCommandInput>,
): Promise<object> {
  const { body } = await findUser(context, input.UserName ?? '');
  const { items, ...page } = pageOf(body.groups, (id) => id, input);
  const groups = await Promise.all(items.map((id) => findGroup(context, id)));
  return { Groups: groups.map((group) => shownGroup(context, group)), ...page };
}

export const deleteGroup = (context: IamContext, { input }: Call<DeleteGroupCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const { body, version } = await findGroup(context, input.GroupName ?? '');
    if ((await membersOf(context, body.name)).length > 0)
      throw deleteConflict('Cannot delete entity, must remove users from group first.');
    if (body.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (body.policies.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    const remove = { kind: groupKind, id: groupRecordId(body.name) };
    return { changes: [version === 'absent' ? { remove } : { remove, expect: version }], answer: {} };
  });

export const updateGroup = (context: IamContext, { input, nowMs }: Call<UpdateGroupCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const group = await findGroup(context, input.GroupName ?? '');
    const body = {
      ...group.body,
      name: input.NewGroupName ?? group.body.name,
      path: input.NewPath ?? group.body.path,
    };
    const [before, after] = [groupRecordId(group.body.name), groupRecordId(body.name)];
    if (before === after) return { changes: [putGroup(group, body, nowMs)], answer: {} };
    if ((await context.records.get(groupKind, after)) !== undefined)
      throw alreadyExists(`Group with name ${body.name} already exists.`);
    const members = await membersOf(context, group.body.name);
    const changes = [
      { remove: { kind: groupKind, id: before }, expect: group.version as number },
      putGroup({ ...group, version: 'absent' }, body, nowMs),
      ...members.map((user) => {
        const groups = user.body.groups.map((id) => (id === before ? after : id));
        return putUser(user, { ...user.body, groups }, nowMs);
      }),
      ...(await renamedInPolicies(context, 'groups', group.body, body.name, nowMs)),
    ];
    return { changes, answer: {} };
  });

export const addUserToGroup = (
  context: IamContext,
  { input, nowMs }: Call<AddUserToGroupCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const group = await findGroup(context, input.GroupName ?? '');
    const user = await findUser(context, input.UserName ?? '');
    const id = groupRecordId(group.body.name);
    if (user.body.groups.includes(id)) return { changes: [], answer: {} };
    if (user.body.groups.length >= groupsOfUserMax)
      throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${groupsOfUserMax}`);
    // The group is written along, so that it cannot be deleted in between.
    const changes = [
      putUser(user, { ...user.body, groups: [...user.body.groups, id] }, nowMs),
      putGroup(group, group.body, nowMs),
    ];
    return { changes, answer: {} };
  });

export const removeUserFromGroup = (
  context: IamContext,
  { input, nowMs }: Call<AddUserToGroupCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const { body } = await findGroup(context, input.GroupName ?? '');
    const user = await findUser(context, input.UserName ?? '');
    const id = groupRecordId(body.name);
    if (!user.body.groups.includes(id)) throw noSuchEntity(`User ${user.body.name} is not in group ${body.name}.`);
    const groups = user.body.groups.filter((other) => other !== id);
    return { changes: [putUser(user, { ...user.body, groups }, nowMs)], answer: {} };
  });
