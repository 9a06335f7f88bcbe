import type { SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import type { Call } from '../../gateway/index.ts';
import type { IamContext } from './context.ts';
import { pageOf } from './paging.ts';
import { invalidInput, noSuchEntity } from './refusals.ts';

/** Inputs that only an evaluation of policies could answer. */
const unanswerable = [
  'PolicyInputList',
  'PermissionsBoundaryPolicyInputList',
  'PolicyExclusionList',
  'ResourcePolicy',
] as const;

/**
 * Answers by the rules that hold today: the holder of the account's key may do everything, and so may the roles of the
 * account, written or not. Nothing else is simulated.
 */
export async function simulatePrincipalPolicy(
  { accountId }: IamContext,
  { input }: Call<SimulatePrincipalPolicyCommandInput>,
): Promise<object> {
  for (const member of unanswerable) {
    if (input[member] !== undefined)
      throw invalidInput(`${member} cannot be simulated: Linnet keeps policies and does not evaluate them yet.`);
  }
  const arn = input.PolicySourceArn ?? '';
  const [, account, kind, name] = /^arn:aws[\w-]*:iam::(\d{12}):(user|group|role)\/(?:.+\/)?([^/]+)$/.exec(arn) ?? [];
  if (name === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  if (account !== accountId) throw noSuchEntity(`The ${kind} with name ${name} cannot be found in ${accountId}.`);
  const actions = input.ActionNames ?? [];
  const wrong = actions.find((action) => !/^[\w-]+:[\w*?-]+$/.test(action));
  if (wrong !== undefined) throw invalidInput(`Invalid Action: ${wrong} is not of the form service:Action.`);

  const pairs = actions.flatMap((action) => (input.ResourceArns ?? ['*']).map((resource) => ({ action, resource })));
  const order = new Map(pairs.map((pair, index) => [pair, String(index).padStart(9, '0')]));
  const { items, ...page } = pageOf(pairs, (pair) => order.get(pair)!, { MaxItems: 1_000, ...input });
  const results = items.map(({ action, resource }) => ({
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: 'allowed',
    MatchedStatements: [],
    MissingContextValues: [],
  }));
  return { EvaluationResults: results, ...page };
}
