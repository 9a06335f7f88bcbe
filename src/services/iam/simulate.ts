import type { SimulateCustomPolicyCommandInput, SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import { DataError, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import {
  type DocumentKind,
  decide,
  type Policy,
  type PolicySet,
  type Principal,
  readPolicy,
} from '../../policies/index.ts';
import { type Limits, limitsOf } from '../access/policies-of.ts';
import { bearers } from './bearer.ts';
import type { Bearing } from './bearing.ts';
import type { IamContext } from './context.ts';
import { pageOf } from './paging.ts';
import { invalidInput, noSuchEntity } from './refusals.ts';

type Input = Omit<SimulateCustomPolicyCommandInput, 'PolicyInputList'> & {
  PolicyInputList?: readonly string[] | undefined;
  PolicySourceArn?: string | undefined;
};

/** Answers what the policies of a user, group or role say, by the same evaluation that requests go through. */
export async function simulatePrincipalPolicy(
  context: IamContext,
  { input }: Call<SimulatePrincipalPolicyCommandInput>,
): Promise<object> {
  const arn = input.PolicySourceArn ?? '';
  const [, account, kind, name] = /^arn:aws[\w-]*:iam::(\d{12}):(user|group|role)\/(?:.+\/)?([^/]+)$/.exec(arn) ?? [];
  if (name === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  if (account !== context.accountId)
    throw noSuchEntity(`The ${kind} with name ${name} cannot be found in ${context.accountId}.`);
  const bearer = bearers.find(({ title }) => title.toLowerCase() === kind);
  const found = await bearer!.find(context, name).catch((thrown: unknown) => {
    if (kind === 'role' && thrown instanceof ServiceError) return undefined;
    throw thrown;
  });
  // A job may do everything in a role that nobody made.
  if (found === undefined || found.version === 'absent')
    return simulated(context, input as Input, { identity: [allowAll] }, found?.body);
  return simulated(context, input as Input, await limitsOf(context.records, found.body), found.body);
}

const allowAll = readPolicy('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity');

/** The same of policies that stand in the request. */
export const simulateCustomPolicy = async (
  context: IamContext,
  { input }: Call<SimulateCustomPolicyCommandInput>,
): Promise<object> => simulated(context, input as Input, { identity: [] }, undefined);

function simulated(context: IamContext, input: Input, limits: Limits, body: Bearing | undefined): object {
  const actions = input.ActionNames ?? [];
  const wrong = actions.find((action) => !/^[\w-]+:[\w*?-]+$/.test(action));
  if (wrong !== undefined) throw invalidInput(`Invalid Action: ${wrong} is not of the form service:Action.`);
  const boundary = input.PermissionsBoundaryPolicyInputList?.map((text) => parsed(text, 'identity'))[0];
  const policies: PolicySet = {
    identity: [...limits.identity, ...(input.PolicyInputList ?? []).map((text) => parsed(text, 'identity'))],
    boundary: boundary ?? limits.boundary,
    resource: input.ResourcePolicy === undefined ? undefined : parsed(input.ResourcePolicy, 'resource'),
  };
  const principal = principalOf(context, input, body);
  const entries = new Map(
    (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues = [], ContextKeyType = '' }) => [
      ContextKeyName.toLowerCase(),
      ContextKeyType.endsWith('List') ? ContextKeyValues : (ContextKeyValues[0] ?? ''),
    ]),
  );
  const missing = (policy: Policy): string[] => [...policy.mentions].filter((key) => !entries.has(key));
  const MissingContextValues = [...new Set(policies.identity.flatMap(missing))].sort();

  const pairs = actions.flatMap((action) => (input.ResourceArns ?? ['*']).map((resource) => ({ action, resource })));
  const order = new Map(pairs.map((pair, index) => [pair, String(index).padStart(9, '0')]));
  const { items, ...page } = pageOf(pairs, (pair) => order.get(pair)!, { MaxItems: 1_000, ...input });
  const results = items.map(({ action, resource }) => {
    const decision = decide({ principal, action, resource, values: (key) => entries.get(key) }, policies);
    return {
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: decision.allowed ? 'allowed' : decision.explicit ? 'explicitDeny' : 'implicitDeny',
      MatchedStatements: [],
      MissingContextValues,
      ...(policies.boundary === undefined
        ? {}
        : {
            PermissionsBoundaryDecisionDetail: {
              AllowedByPermissionsBoundary: decision.allowed || decision.layer !== 'boundary',
            },
          }),
    };
  });
  return { EvaluationResults: results, ...page };
}

function parsed(text: string, kind: DocumentKind): Policy {
  try {
    return readPolicy(text, kind);
  } catch (thrown) {
    throw thrown instanceof DataError ? invalidInput(thrown.message) : thrown;
  }
}

/** Whom the policy of a resource is held against: CallerArn, else the one whose policies are simulated. */
function principalOf(
  { accountId }: IamContext,
  { CallerArn, PolicySourceArn }: Input,
  body: Bearing | undefined,
): Principal {
  const arn = CallerArn ?? PolicySourceArn ?? `arn:aws:iam::${accountId}:user/${body?.name ?? 'nobody'}`;
  const [, name] = /:role\/(?:.+\/)?([^/]+)$/.exec(arn) ?? [];
  if (name === undefined) return { kind: 'user', accountId, arn, id: '' };
  const session = `arn:aws:sts::${accountId}:assumed-role/${name}/simulated`;
  return { kind: 'session', accountId, arn: session, roleArn: arn, roleId: '', id: '' };
}
