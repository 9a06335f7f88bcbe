import type {
  AccessKey,
  CreateAccessKeyCommandInput,
  DeleteAccessKeyCommandInput,
  GetAccessKeyLastUsedCommandInput,
  ListAccessKeysCommandInput,
  UpdateAccessKeyCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../../gateway/index.ts';
import type { IamContext } from '../context.ts';
import { type Entity, edit } from '../edit.ts';
import { pageOf } from '../paging.ts';
import { limitExceeded, noSuchEntity } from '../refusals.ts';
import { type AccessKeyBody, accessKeyKind, keysOf, putAccessKey } from './access-key.ts';
import { findUser, putUser, type UserBody, userKind, userRecordId } from './user.ts';
import { namedUser } from './users.ts';

const keysMax = 2;

/** Makes a key. Its secret is in this answer only. */
export const createAccessKey = (
  context: IamContext,
  call: Call<CreateAccessKeyCommandInput>,
): Promise<{ AccessKey: AccessKey }> =>
  edit(context.records, async () => {
    const { nowMs } = call;
    const user = await findUser(context, namedUser(call, call.input.UserName));
    if ((await keysOf(context, user.body.name)).length >= keysMax)
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${keysMax}`);
    const { accessKeyId, secretAccessKey } = context.secrets.newKey('AKIA');
    const body: AccessKeyBody = {
      id: accessKeyId,
      user: userRecordId(user.body.name),
      active: true,
      sealedSecret: context.secrets.seal(secretAccessKey),
    };
    const answer = {
      UserName: user.body.name,
      AccessKeyId: accessKeyId,
      Status: 'Active' as const,
      SecretAccessKey: secretAccessKey,
      CreateDate: new Date(nowMs),
    };
    const key = { body, createdAtMs: nowMs, version: 'absent' as const };
    // The user is written along: a third key, made at the same time, then loses and counts again.
    const changes = [putUser(user, user.body, nowMs), putAccessKey(key, body, nowMs)];
    return { changes, answer: { AccessKey: answer } };
  });

export async function listAccessKeys(context: IamContext, call: Call<ListAccessKeysCommandInput>): Promise<object> {
  const { body } = await findUser(context, namedUser(call, call.input.UserName));
  const { items, ...page } = pageOf(await keysOf(context, body.name), (key) => key.body.id, call.input);
  const shown = items.map((key) => ({
    UserName: body.name,
    AccessKeyId: key.body.id,
    Status: key.body.active ? 'Active' : 'Inactive',
    CreateDate: new Date(key.createdAtMs),
  }));
  return { AccessKeyMetadata: shown, ...page };
}

/** Of a key by its id: whose it is, and when it was used last. */
export async function getAccessKeyLastUsed(
  { records, uses }: IamContext,
  { input }: Call<GetAccessKeyLastUsedCommandInput>,
): Promise<object> {
  const id = input.AccessKeyId ?? '';
  const key = (await records.get<AccessKeyBody>(accessKeyKind, id))?.body;
  const user = key === undefined ? undefined : await records.get<UserBody>(userKind, key.user);
  if (key === undefined || user === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  const use = uses?.of(id) ?? key.lastUsed;
  return {
    UserName: user.body.name,
    AccessKeyLastUsed:
      use === undefined
        ? { ServiceName: 'N/A', Region: 'N/A' }
        : { LastUsedDate: new Date(use.atMs), ServiceName: use.service, Region: use.region },
  };
}

async function findKey(
  context: IamContext,
  call: Call<{ UserName?: string | undefined; AccessKeyId: string | undefined }>,
): Promise<Entity<AccessKeyBody>> {
  const { body } = await findUser(context, namedUser(call, call.input.UserName));
  const found = (await keysOf(context, body.name)).find((key) => key.body.id === call.input.AccessKeyId);
  if (found === undefined) throw noSuchEntity(`The Access Key with id ${call.input.AccessKeyId} cannot be found.`);
  return found;
}

export const updateAccessKey = (context: IamContext, call: Call<UpdateAccessKeyCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const key = await findKey(context, call);
    const body = { ...key.body, active: call.input.Status === 'Active' };
    return { changes: [putAccessKey(key, body, call.nowMs)], answer: {} };
  });

export const deleteAccessKey = (context: IamContext, call: Call<DeleteAccessKeyCommandInput>): Promise<object> =>
  edit(context.records, async () => {
    const { body, version } = await findKey(context, call);
    return {
      changes: [{ remove: { kind: accessKeyKind, id: body.id }, expect: version as number }],
      answer: {},
    };
  });
