import type { Role } from '@aws-sdk/client-iam';
import type { RecordChange } from '../../store/index.ts';
import { entityId } from '../access/account.ts';
import type { Bearing } from './bearing.ts';
import type { IamContext } from './context.ts';
import { encoded } from './documents.ts';
import { type Entity, entityOf } from './edit.ts';
import { noSuchRole } from './refusals.ts';
import { shownBoundary } from './shown-boundary.ts';
import type { KeptTag } from './tags.ts';

export const roleKind = 'iam-role';
/** Remembers the names of roles that were deleted: what still names one may not do what a role may that nobody ever made. */
export const formerRoleKind = 'iam-former-role';

export type RoleBody = Bearing & {
  roleId: string;
  /** Who may act in it, as JSON text. */
  trust: string;
  description?: string;
  maxSessionSeconds: number;
  boundaryArn?: string;
  tags: KeptTag[];
};

/** Names keep their case and are unique without it. */
export const roleId = (name: string): string => name.toLowerCase();

/** The creation time of built-in roles: a fixed date keeps answers the same on every machine. */
const firstDayMs = Date.UTC(2026, 0, 1);

/** The role of Amazon's own examples: GetRole returns it although nobody created it, and CreateRole makes a new one. */
const namedInExamples = 'SageMakerRole';

/**
 * A role that nobody has written yet: the one that callers act in, which is always there, or the one that published
 * programs name.
 */
export function builtInRole({ roleName }: Pick<IamContext, 'roleName'>, name: string): RoleBody | undefined {
  const isExecution = isExecutionRole({ roleName }, name);
  if (!isExecution && roleId(name) !== roleId(namedInExamples)) return undefined;
  const ownName = isExecution ? roleName : namedInExamples;
  const trusted = { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' };
  return {
    name: ownName,
    path: isExecution ? '/service-role/' : '/',
    roleId: entityId('AROA', ownName),
    trust: JSON.stringify({ Version: '2012-10-17', Statement: [trusted] }),
    description: isExecution
      ? 'The role that programs run by Linnet act in'
      : "Named in Amazon's examples; nobody created it",
    maxSessionSeconds: 3600,
    tags: [],
    policies: [],
    attached: [],
  };
}

export const isExecutionRole = ({ roleName }: Pick<IamContext, 'roleName'>, name: string): boolean =>
  roleId(name) === roleId(roleName);

/** Throws NoSuchEntity. */
export async function findRole(
  context: Pick<IamContext, 'records' | 'roleName'>,
  name: string,
): Promise<Entity<RoleBody>> {
  const record = await context.records.get<RoleBody>(roleKind, roleId(name));
  if (record !== undefined) return entityOf(record);
  const body = builtInRole(context, name);
  if (body === undefined) throw noSuchRole(name);
  return { body, createdAtMs: firstDayMs, version: 'absent' };
}

/** Deletes a role, and keeps in mind that there was one. */
export const removeRole = ({ body, version }: Entity<RoleBody>, nowMs: number): RecordChange[] => [
  { remove: { kind: roleKind, id: roleId(body.name) }, expect: version as number },
  { put: { kind: formerRoleKind, id: roleId(body.name), createdAtMs: nowMs, updatedAtMs: nowMs, body: {} } },
];

export const putRole = ({ createdAtMs, version }: Entity<RoleBody>, body: RoleBody, nowMs: number): RecordChange => ({
  put: { kind: roleKind, id: roleId(body.name), createdAtMs, updatedAtMs: nowMs, body },
  expect: version,
});

export const roleArn = ({ accountId }: Pick<IamContext, 'accountId'>, { path, name }: RoleBody): string =>
  `arn:aws:iam::${accountId}:role${path}${name}`;

/** A role as ListRoles prints it. */
export const shortRole = (context: IamContext, { body, createdAtMs }: Entity<RoleBody>): Role => ({
  Path: body.path,
  RoleName: body.name,
  RoleId: body.roleId,
  Arn: roleArn(context, body),
  CreateDate: new Date(createdAtMs),
  AssumeRolePolicyDocument: encoded(body.trust),
  Description: body.description,
  MaxSessionDuration: body.maxSessionSeconds,
});

/** A role as GetRole prints it. */
export const wholeRole = (context: IamContext, role: Entity<RoleBody>): Role => {
  const { boundaryArn, tags } = role.body;
  return {
    ...shortRole(context, role),
    PermissionsBoundary: shownBoundary(boundaryArn),
    Tags: tags.length === 0 ? undefined : tags,
  };
};
