import type { Group } from '@aws-sdk/client-iam';
import type { RecordChange } from '../../../store/index.ts';
import type { Bearing } from '../bearing.ts';
import type { IamContext } from '../context.ts';
import { type Entity, entityOf } from '../edit.ts';
import { noSuchEntity } from '../refusals.ts';

export const groupKind = 'iam-group';

export type GroupBody = Bearing & { groupId: string };

/** Names keep their case and are unique without it. */
export const groupRecordId = (name: string): string => name.toLowerCase();

/** Throws NoSuchEntity. */
export async function findGroup({ records }: Pick<IamContext, 'records'>, name: string): Promise<Entity<GroupBody>> {
  const record = await records.get<GroupBody>(groupKind, groupRecordId(name));
  if (record === undefined) throw noSuchEntity(`The group with name ${name} cannot be found.`);
  return entityOf(record);
}

export const putGroup = (
  { createdAtMs, version }: Entity<GroupBody>,
  body: GroupBody,
  nowMs: number,
): RecordChange => ({
  put: { kind: groupKind, id: groupRecordId(body.name), createdAtMs, updatedAtMs: nowMs, body },
  expect: version,
});

/** A group as IAM prints it. */
export const shownGroup = ({ accountId }: IamContext, { body, createdAtMs }: Entity<GroupBody>): Group => ({
  Path: body.path,
  GroupName: body.name,
  GroupId: body.groupId,
  Arn: `arn:aws:iam::${accountId}:group${body.path}${body.name}`,
  CreateDate: new Date(createdAtMs),
});
