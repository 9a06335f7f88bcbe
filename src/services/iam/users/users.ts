import type {
  CreateUserCommandInput,
  DeleteUserCommandInput,
  GetUserCommandInput,
  ListUsersCommandInput,
  ListUserTagsCommandInput,
  TagUserCommandInput,
  UntagUserCommandInput,
  UpdateUserCommandInput,
  User,
} from '@aws-sdk/client-iam';
import type { Call } from '../../../gateway/index.ts';
import { entityId } from '../../access/account.ts';
import { checkBoundary } from '../boundaries.ts';
import type { IamContext } from '../context.ts';
import { addEntity, allOf, edit, entityOf } from '../edit.ts';
import { pageOf } from '../paging.ts';
import { renamedInPolicies } from '../principal-policies.ts';
import { alreadyExists, deleteConflict, invalidInput, limitExceeded } from '../refusals.ts';
import { withoutTags, withTags } from '../tags.ts';
import { keysOf, putAccessKey } from './access-key.ts';
import { findUser, putUser, shortUser, type UserBody, userKind, userRecordId, wholeUser } from './user.ts';

const usersMax = 5_000;

export async function createUser(
  context: IamContext,
  { input, nowMs }: Call<CreateUserCommandInput>,
): Promise<{ User: User }> {
  await checkBoundary(context, input.PermissionsBoundary);
  const body: UserBody = {
    name: input.UserName ?? '',
    path: input.Path ?? '/',
    userId: entityId('AIDA', context.newId()),
    ...(input.PermissionsBoundary === undefined ? {} : { boundaryArn: input.PermissionsBoundary }),
    tags: withTags([], input.Tags),
    groups: [],
    policies: [],
    attached: [],
  };
  if ((await allOf(context.records, userKind)).length >= usersMax)
    throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${usersMax}`);
  const user = { body, createdAtMs: nowMs, version: 'absent' as const };
  await addEntity(context.records, putUser(user, body, nowMs), () => taken(body.name));
  return { User: wholeUser(context, user) };
}

const taken = (name: string) => alreadyExists(`User with name ${name} already exists.`);

/** The user that a request names, or whoever sends it. Throws InvalidInput for a sender that is no user. */
export function namedUser({ caller }: Pick<Call, 'caller'>, name: string | undefined): string {
  const named = name ?? caller.holder?.userName;
  if (named === undefined) throw invalidInput('Must specify userName when calling with non-User credentials');
  return named;
}

export async function getUser(context: IamContext, call: Call<GetUserCommandInput>): Promise<{ User: User }> {
  return { User: wholeUser(context, await findUser(context, namedUser(call, call.input.UserName))) };
}

export async function listUsers(context: IamContext, { input }: Call<ListUsersCommandInput>): Promise<object> {
  const users = (await allOf<UserBody>(context.records, userKind)).map(entityOf);
  const { items, ...page } = pageOf(
    users.filter(({ body }) => body.path.startsWith(input.PathPrefix ?? '/')),
    ({ body }) => userRecordId(body.name),
    input,
  );
  return { Users: items.map((user) => shortUser(context, user)), ...page };
}

export const deleteUser = (context: IamContext, { input }: Call<DeleteUserCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const { body, version } = await findUser(context, input.UserName ?? '');
    if (body.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (body.policies.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    if (body.groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    if ((await keysOf(context, body.name)).length > 0)
      throw deleteConflict('Cannot delete entity, must delete access keys first.');
    const remove = { kind: userKind, id: userRecordId(body.name) };
    return { changes: [version === 'absent' ? { remove } : { remove, expect: version }], answer: {} };
  });

/** Gives a user another name or path. Keys and policies go along. */
export const updateUser = (context: IamContext, { input, nowMs }: Call<UpdateUserCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const user = await findUser(context, input.UserName ?? '');
    const body = { ...user.body, name: input.NewUserName ?? user.body.name, path: input.NewPath ?? user.body.path };
    const [before, after] = [userRecordId(user.body.name), userRecordId(body.name)];
    if (before === after) return { changes: [putUser(user, body, nowMs)], answer: {} };
    if ((await context.records.get(userKind, after)) !== undefined) throw taken(body.name);
    const keys = await keysOf(context, user.body.name);
    const changes = [
      { remove: { kind: userKind, id: before }, expect: user.version as number },
      putUser({ ...user, version: 'absent' }, body, nowMs),
      ...keys.map((key) => putAccessKey(key, { ...key.body, user: after }, nowMs)),
      ...(await renamedInPolicies(context, 'users', user.body, body.name, nowMs)),
    ];
    return { changes, answer: {} };
  });

const changeTags = (
  context: IamContext,
  { input, nowMs }: Call<{ UserName: string | undefined }>,
  changed: (tags: UserBody['tags']) => UserBody['tags'],
): Promise<object> =>
  edit(context.records, async () => {
    const user = await findUser(context, input.UserName ?? '');
    return { changes: [putUser(user, { ...user.body, tags: changed(user.body.tags) }, nowMs)], answer: {} };
  });

export const tagUser = (context: IamContext, call: Call<TagUserCommandInput>): Promise<object> =>
  changeTags(context, call, (tags) => withTags(tags, call.input.Tags));

export const untagUser = (context: IamContext, call: Call<UntagUserCommandInput>): Promise<object> =>
  changeTags(context, call, (tags) => withoutTags(tags, call.input.TagKeys));

export async function listUserTags(context: IamContext, { input }: Call<ListUserTagsCommandInput>): Promise<object> {
  const { body } = await findUser(context, input.UserName ?? '');
  const { items, ...page } = pageOf(body.tags, ({ Key }) => Key, input);
  return { Tags: items, ...page };
}
