import type {
  AttachRolePolicyCommandInput,
  DeleteRolePolicyCommandInput,
  DetachRolePolicyCommandInput,
  GetRolePolicyCommandInput,
  ListAttachedRolePoliciesCommandInput,
  ListRolePoliciesCommandInput,
  PutRolePolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../gateway/index.ts';
import type { IamContext } from './context.ts';
import { checkDocument, encoded, sizeOf } from './documents.ts';
import { edit } from './edit.ts';
import { pageOf } from './paging.ts';
import { findPolicy, isAmazons, nameInArn, pathInArn, putPolicy } from './policy.ts';
import { limitExceeded, noSuchEntity, noSuchPolicy } from './refusals.ts';
import { findRole, putRole, type RoleBody } from './role.ts';

/** The highest that Amazon grants; 10 is where accounts begin, and SDK 3 attaches 11 to its training role. */
const attachedMax = 20;
const inlineSizeMax = 10_240;

/** Attaches a managed policy; one of Amazon's is taken by its name, since Linnet keeps none of their documents. */
export const attachRolePolicy = (
  context: IamContext,
  { input, nowMs }: Call<AttachRolePolicyCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const arn = input.PolicyArn ?? '';
    const role = await findRole(context, input.RoleName ?? '');
    const policy = isAmazons(arn) ? undefined : await findPolicy(context, arn);
    if (role.body.attached.includes(arn)) return { changes: [], answer: {} };
    if (role.body.attached.length >= attachedMax)
      throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${attachedMax}`);
    const changes = [putRole(role, { ...role.body, attached: [...role.body.attached, arn] }, nowMs)];
    if (policy !== undefined) {
      const roles = [...policy.body.roles, role.body.name];
      changes.push(putPolicy(policy, { ...policy.body, roles }, nowMs));
    }
    return { changes, answer: {} };
  });

export const detachRolePolicy = (
  context: IamContext,
  { input, nowMs }: Call<DetachRolePolicyCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const arn = input.PolicyArn ?? '';
    const role = await findRole(context, input.RoleName ?? '');
    if (!role.body.attached.includes(arn)) throw noSuchPolicy(arn);
    const attached = role.body.attached.filter((other) => other !== arn);
    const changes = [putRole(role, { ...role.body, attached }, nowMs)];
    if (!isAmazons(arn)) {
      const policy = await findPolicy(context, arn);
      const roles = policy.body.roles.filter((name) => name !== role.body.name);
      changes.push(putPolicy(policy, { ...policy.body, roles }, nowMs));
    }
    return { changes, answer: {} };
  });

export async function listAttachedRolePolicies(
  context: IamContext,
  { input }: Call<ListAttachedRolePoliciesCommandInput>,
): Promise<object> {
  const { body } = await findRole(context, input.RoleName ?? '');
  const { items, ...page } = pageOf(
    body.attached.filter((arn) => pathInArn(arn).startsWith(input.PathPrefix ?? '/')),
    (arn) => `${nameInArn(arn)} ${arn}`,
    input,
  );
  return { AttachedPolicies: items.map((arn) => ({ PolicyName: nameInArn(arn), PolicyArn: arn })), ...page };
}

/** Puts a policy into the role itself, in the place of one of the same name. */
export const putRolePolicy = (
  context: IamContext,
  { input, nowMs }: Call<PutRolePolicyCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const document = input.PolicyDocument ?? '';
    const name = input.PolicyName ?? '';
    checkDocument(document, 'identity');
    const role = await findRole(context, input.RoleName ?? '');
    const policies = [...role.body.policies.filter((policy) => policy.name !== name), { name, document }];
    if (policies.reduce((sum, policy) => sum + sizeOf(policy.document), 0) > inlineSizeMax)
      throw limitExceeded(`Maximum policy size of ${inlineSizeMax} bytes exceeded for role ${role.body.name}`);
    return { changes: [putRole(role, { ...role.body, policies }, nowMs)], answer: {} };
  });

const inlineOf = (body: RoleBody, name: string): RoleBody['policies'][number] => {
  const found = body.policies.find((policy) => policy.name === name);
  if (found === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
  return found;
};

export async function getRolePolicy(context: IamContext, { input }: Call<GetRolePolicyCommandInput>): Promise<object> {
  const { body } = await findRole(context, input.RoleName ?? '');
  const { name, document } = inlineOf(body, input.PolicyName ?? '');
  return { RoleName: body.name, PolicyName: name, PolicyDocument: encoded(document) };
}

export const deleteRolePolicy = (
  context: IamContext,
  { input, nowMs }: Call<DeleteRolePolicyCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const role = await findRole(context, input.RoleName ?? '');
    const gone = inlineOf(role.body, input.PolicyName ?? '');
    const policies = role.body.policies.filter((policy) => policy !== gone);
    return { changes: [putRole(role, { ...role.body, policies }, nowMs)], answer: {} };
  });

export async function listRolePolicies(
  context: IamContext,
  { input }: Call<ListRolePoliciesCommandInput>,
): Promise<object> {
  const { body } = await findRole(context, input.RoleName ?? '');
  const { items, ...page } = pageOf(body.policies, ({ name }) => name, input);
  return { PolicyNames: items.map(({ name }) => name), ...page };
}
