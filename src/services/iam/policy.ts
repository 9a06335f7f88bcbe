import type { Policy } from '@aws-sdk/client-iam';
import type { RecordChange } from '../../store/index.ts';
import type { IamContext } from './context.ts';
import { type Entity, entityOf } from './edit.ts';
import { invalidInput, noSuchEntity } from './refusals.ts';
import type { KeptTag } from './tags.ts';

export const policyKind = 'iam-policy';

export type PolicyBody = {
  name: string;
  path: string;
  policyId: string;
  description?: string;
  /** Oldest first; numbers are never used again. */
  versions: { number: number; document: string; createdMs: number }[];
  defaultNumber: number;
  lastNumber: number;
  /** Names of those it is attached to. */
  roles: string[];
  users?: string[];
  groups?: string[];
  updatedMs: number;
  tags: KeptTag[];
};

/** Names keep their case and are unique without it, whatever the path. */
export const policyId = (name: string): string => name.toLowerCase();

const arnPattern = /^arn:aws[\w-]*:iam::(\d{12}|aws):policy(\/(?:.+\/)?)([\w+=,.@-]{1,128})$/;

/** Throws InvalidInput for a text that is not a policy's ARN. */
function partsOf(arn: string): { account: string; path: string; name: string } {
  const [, account, path, name] = arnPattern.exec(arn) ?? [];
  if (account === undefined || path === undefined || name === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  return { account, path, name };
}

export const nameInArn = (arn: string): string => partsOf(arn).name;
export const pathInArn = (arn: string): string => partsOf(arn).path;

/**
 * Whether an ARN is of a policy that Amazon manages, in every account. There are more than a thousand, and new ones every week,
 * so that any name is taken below the paths that Amazon uses. Throws NoSuchEntity below another.
 */
export function isAmazons(arn: string): boolean {
  const { account, path } = partsOf(arn);
  if (account !== 'aws') return false;
  if (!amazonsPaths.includes(path)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return true;
}

const amazonsPaths = ['/', '/service-role/', '/job-function/', '/aws-service-role/', '/root-task/'];

export const policyArn = ({ accountId }: Pick<IamContext, 'accountId'>, { path, name }: PolicyBody): string =>
  `arn:aws:iam::${accountId}:policy${path}${name}`;

/** One of the account's own policies. Throws NoSuchEntity. */
export async function findPolicy(
  context: Pick<IamContext, 'records' | 'accountId'>,
  arn: string,
): Promise<Entity<PolicyBody>> {
  const record = await context.records.get<PolicyBody>(policyKind, policyId(nameInArn(arn)));
  if (record === undefined || policyArn(context, record.body) !== arn)
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return entityOf(record);
}

export const putPolicy = (
  { createdAtMs, version }: Entity<PolicyBody>,
  body: PolicyBody,
  nowMs: number,
): RecordChange => ({
  put: { kind: policyKind, id: policyId(body.name), createdAtMs, updatedAtMs: nowMs, body },
  expect: version,
});

/** The names of all that it is attached to. */
export const bearersOf = ({ roles, users = [], groups = [] }: PolicyBody): string[] => [...roles, ...users, ...groups];

/** A policy as ListPolicies prints it. */
export const shortPolicy = (context: IamContext, { body, createdAtMs }: Entity<PolicyBody>): Policy => ({
  PolicyName: body.name,
  PolicyId: body.policyId,
  Arn: policyArn(context, body),
  Path: body.path,
  DefaultVersionId: `v${body.defaultNumber}`,
  AttachmentCount: bearersOf(body).length,
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  CreateDate: new Date(createdAtMs),
  UpdateDate: new Date(body.updatedMs),
});

/** A policy as GetPolicy prints it. */
export const wholePolicy = (context: IamContext, policy: Entity<PolicyBody>): Policy => ({
  ...shortPolicy(context, policy),
  Description: policy.body.description,
  Tags: policy.body.tags,
});
