import type { Call } from '../../gateway/index.ts';
import type { RecordChange } from '../../store/index.ts';
import { type Bearer, bearers } from './bearer.ts';
import type { Bearing } from './bearing.ts';
import type { IamContext } from './context.ts';
import { checkDocument, encoded, sizeOf } from './documents.ts';
import { edit } from './edit.ts';
import { pageOf } from './paging.ts';
import { findPolicy, isAmazons, nameInArn, pathInArn, putPolicy } from './policy.ts';
import { limitExceeded, noSuchEntity, noSuchPolicy } from './refusals.ts';

// The policies of users, groups and roles: their own, and managed ones that are attached. Each operation exists for all three.

type Run = (context: IamContext, call: Call<any>) => Promise<object>;

/** AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy, and so on. */
export const policyOperations = (): Record<string, Run> =>
  Object.fromEntries(
    bearers.flatMap((bearer) => [
      [`Attach${bearer.title}Policy`, attachPolicy(bearer)],
      [`Detach${bearer.title}Policy`, detachPolicy(bearer)],
      [`ListAttached${bearer.title}Policies`, listAttachedPolicies(bearer)],
      [`Put${bearer.title}Policy`, putOwnPolicy(bearer)],
      [`Get${bearer.title}Policy`, getOwnPolicy(bearer)],
      [`Delete${bearer.title}Policy`, deleteOwnPolicy(bearer)],
      [`List${bearer.title}Policies`, listOwnPolicies(bearer)],
    ]),
  );

const find = (context: IamContext, bearer: Bearer, { input }: Call<any>) =>
  bearer.find(context, input[`${bearer.title}Name`] ?? '');

/** Attaches a managed policy. One of Amazon's that Linnet does not know is kept by its name, and grants nothing. */
const attachPolicy =
  (bearer: Bearer): Run =>
  (context, call) =>
    edit(context.records, async () => {
      const { input, nowMs } = call;
      const entity = await find(context, bearer, call);
      const body: Bearing = entity.body;
      const policy = isAmazons(input.PolicyArn) ? undefined : await findPolicy(context, input.PolicyArn);
      if (body.attached.includes(input.PolicyArn)) return { changes: [], answer: {} };
      if (body.attached.length >= bearer.attachedMax)
        throw limitExceeded(`Cannot exceed quota for PoliciesPer${bearer.title}: ${bearer.attachedMax}`);
      const changes = [bearer.put(entity, { ...body, attached: [...body.attached, input.PolicyArn] }, nowMs)];
      if (policy !== undefined) {
        const names = [...(policy.body[bearer.list] ?? []), body.name];
        changes.push(putPolicy(policy, { ...policy.body, [bearer.list]: names }, nowMs));
      }
      return { changes, answer: {} };
    });

const detachPolicy =
  (bearer: Bearer): Run =>
  (context, call) =>
    edit(context.records, async () => {
      const { input, nowMs } = call;
      const entity = await find(context, bearer, call);
      const body: Bearing = entity.body;
      if (!body.attached.includes(input.PolicyArn)) throw noSuchPolicy(input.PolicyArn);
      const attached = body.attached.filter((other) => other !== input.PolicyArn);
      const changes = [bearer.put(entity, { ...body, attached }, nowMs)];
      if (!isAmazons(input.PolicyArn)) {
        const policy = await findPolicy(context, input.PolicyArn);
        const names = (policy.body[bearer.list] ?? []).filter((name) => name !== body.name);
        changes.push(putPolicy(policy, { ...policy.body, [bearer.list]: names }, nowMs));
      }
      return { changes, answer: {} };
    });

/** The changes of attached policies when their bearer gets another name. */
export async function renamedInPolicies(
  context: IamContext,
  list: 'users' | 'groups',
  { attached, name: before }: Bearing,
  after: string,
  nowMs: number,
): Promise<RecordChange[]> {
  const own = attached.filter((arn) => !isAmazons(arn));
  const policies = await Promise.all(own.map((arn) => findPolicy(context, arn)));
  return policies.map((policy) => {
    const names = (policy.body[list] ?? []).map((name) => (name === before ? after : name));
    return putPolicy(policy, { ...policy.body, [list]: names }, nowMs);
  });
}

const listAttachedPolicies =
  (bearer: Bearer): Run =>
  async (context, call) => {
    const { attached }: Bearing = (await find(context, bearer, call)).body;
    const { items, ...page } = pageOf(
      attached.filter((arn) => pathInArn(arn).startsWith(call.input.PathPrefix ?? '/')),
      (arn) => `${nameInArn(arn)} ${arn}`,
      call.input,
    );
    return { AttachedPolicies: items.map((arn) => ({ PolicyName: nameInArn(arn), PolicyArn: arn })), ...page };
  };

/** Puts a policy into the bearer itself, in the place of one of the same name. */
const putOwnPolicy =
  (bearer: Bearer): Run =>
  (context, call) =>
    edit(context.records, async () => {
      const { PolicyDocument: document, PolicyName: name } = call.input;
      checkDocument(document, 'identity');
      const entity = await find(context, bearer, call);
      const body: Bearing = entity.body;
      const policies = [...body.policies.filter((policy) => policy.name !== name), { name, document }];
      if (policies.reduce((sum, policy) => sum + sizeOf(policy.document), 0) > bearer.inlineSizeMax)
        throw limitExceeded(
          `Maximum policy size of ${bearer.inlineSizeMax} bytes exceeded for ${bearer.title.toLowerCase()} ${body.name}`,
        );
      return { changes: [bearer.put(entity, { ...body, policies }, call.nowMs)], answer: {} };
    });

const ownOf = ({ title }: Bearer, { policies }: Bearing, name: string): Bearing['policies'][number] => {
  const found = policies.find((policy) => policy.name === name);
  if (found === undefined) throw noSuchEntity(`The ${title.toLowerCase()} policy with name ${name} cannot be found.`);
  return found;
};

const getOwnPolicy =
  (bearer: Bearer): Run =>
  async (context, call) => {
    const { body } = await find(context, bearer, call);
    const { name, document } = ownOf(bearer, body, call.input.PolicyName);
    return { [`${bearer.title}Name`]: body.name, PolicyName: name, PolicyDocument: encoded(document) };
  };

const deleteOwnPolicy =
  (bearer: Bearer): Run =>
  (context, call) =>
    edit(context.records, async () => {
      const entity = await find(context, bearer, call);
      const body: Bearing = entity.body;
      const gone = ownOf(bearer, body, call.input.PolicyName);
      const policies = body.policies.filter((policy) => policy !== gone);
      return { changes: [bearer.put(entity, { ...body, policies }, call.nowMs)], answer: {} };
    });

const listOwnPolicies =
  (bearer: Bearer): Run =>
  async (context, call) => {
    const { policies }: Bearing = (await find(context, bearer, call)).body;
    const { items, ...page } = pageOf(policies, ({ name }) => name, call.input);
    return { PolicyNames: items.map(({ name }) => name), ...page };
  };
