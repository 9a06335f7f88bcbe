import type { RecordChange } from '../../../store/index.ts';
import type { IamContext, KeyUse } from '../context.ts';
import { allOf, type Entity, entityOf } from '../edit.ts';
import { userRecordId } from './user.ts';

export const accessKeyKind = 'iam-access-key';

export type AccessKeyBody = {
  id: string;
  /** The id of the user's record. */
  user: string;
  active: boolean;
  /** Signatures need the secret itself: it is kept sealed. */
  sealedSecret: string;
  lastUsed?: KeyUse;
};

/** The keys of a user, oldest first. */
export async function keysOf(
  { records }: Pick<IamContext, 'records'>,
  userName: string,
): Promise<Entity<AccessKeyBody>[]> {
  const keys = (await allOf<AccessKeyBody>(records, accessKeyKind)).map(entityOf);
  return keys
    .filter(({ body }) => body.user === userRecordId(userName))
    .sort((left, right) => left.createdAtMs - right.createdAtMs);
}

export const putAccessKey = (
  { createdAtMs, version }: Entity<AccessKeyBody>,
  body: AccessKeyBody,
  nowMs: number,
): RecordChange => ({
  put: { kind: accessKeyKind, id: body.id, createdAtMs, updatedAtMs: nowMs, body },
  expect: version,
});
