import type { User } from '@aws-sdk/client-iam';
import type { RecordChange } from '../../../store/index.ts';
import type { Bearing } from '../bearing.ts';
import type { IamContext } from '../context.ts';
import { type Entity, entityOf } from '../edit.ts';
import { noSuchEntity } from '../refusals.ts';
import { shownBoundary } from '../shown-boundary.ts';
import type { KeptTag } from '../tags.ts';

export const userKind = 'iam-user';

export type UserBody = Bearing & {
  userId: string;
  boundaryArn?: string;
  tags: KeptTag[];
  /** Ids of the groups' records. */
  groups: string[];
};

/** Names keep their case and are unique without it. */
export const userRecordId = (name: string): string => name.toLowerCase();

/** Throws NoSuchEntity. */
export async function findUser({ records }: Pick<IamContext, 'records'>, name: string): Promise<Entity<UserBody>> {
  const record = await records.get<UserBody>(userKind, userRecordId(name));
  if (record === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return entityOf(record);
}

export const putUser = ({ createdAtMs, version }: Entity<UserBody>, body: UserBody, nowMs: number): RecordChange => ({
  put: { kind: userKind, id: userRecordId(body.name), createdAtMs, updatedAtMs: nowMs, body },
  expect: version,
});

export const userArn = (accountId: string, { path, name }: Pick<UserBody, 'path' | 'name'>): string =>
  `arn:aws:iam::${accountId}:user${path}${name}`;

/** A user as ListUsers prints it. */
export const shortUser = ({ accountId }: IamContext, { body, createdAtMs }: Entity<UserBody>): User => ({
  Path: body.path,
  UserName: body.name,
  UserId: body.userId,
  Arn: userArn(accountId, body),
  CreateDate: new Date(createdAtMs),
});

/** A user as GetUser prints it. */
export const wholeUser = (context: IamContext, user: Entity<UserBody>): User => ({
  ...shortUser(context, user),
  PermissionsBoundary: shownBoundary(user.body.boundaryArn),
  Tags: user.body.tags.length === 0 ? undefined : user.body.tags,
});
