import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { DataError, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { readPolicy } from '../../policies/index.ts';
import { managedPolicy } from '../iam/managed/managed.ts';
import { findPolicy, isAmazons } from '../iam/policy.ts';
import { findRole, roleId } from '../iam/role.ts';
import type { StsContext } from './context.ts';
import { newSession } from './session-token.ts';

const secondsDefault = 3_600;
/** Amazon's limit where a role is assumed from another. */
const chainedSecondsMax = 3_600;
const policiesMax = 10;
const tagsMax = 50;
/** Together with the key that the token carries it must fit into a header. */
const packedSizeMax = 2_048;

const invalid = (message: string): ServiceError => new ServiceError('ValidationError', message, { status: 400 });

/**
 * Temporary keys of a role. Whether the caller may act in it was decided before, by the role's trust policy and the
 * caller's own policies.
 */
export async function assumeRole(
  context: StsContext,
  { input, caller, nowMs }: Call<AssumeRoleCommandInput>,
): Promise<Omit<AssumeRoleCommandOutput, '$metadata'>> {
  for (const member of ['SerialNumber', 'TokenCode', 'ProvidedContexts', 'SourceIdentity'] as const) {
    if (input[member] !== undefined)
      throw invalid(
        `${member} is not offered by Linnet: leave it out. Conditions of the trust policy can ask for sts:ExternalId`,
      );
  }
  const name = (input.RoleArn ?? '').split('/').at(-1) ?? '';
  const { body } = await findRole(context, name);
  const chained = caller.holder?.principal.kind === 'session';
  const secondsMax = chained ? Math.min(chainedSecondsMax, body.maxSessionSeconds) : body.maxSessionSeconds;
  const seconds = input.DurationSeconds ?? Math.min(secondsDefault, secondsMax);
  if (seconds > secondsMax)
    throw invalid(
      chained
        ? `The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining: it is ${seconds}`
        : `The requested DurationSeconds exceeds the MaxSessionDuration set for this role: ${seconds} is more than ${secondsMax}`,
    );
  const policies = await checkPolicies(context, input);
  const tags = checkTags(input);
  const sessionName = input.RoleSessionName ?? '';
  const Credentials = newSession(context.secrets, {
    kind: 'role',
    name: roleId(body.name),
    id: body.roleId,
    sessionName,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + seconds * 1000,
    ...policies,
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  });
  return {
    Credentials,
    AssumedRoleUser: {
      AssumedRoleId: `${body.roleId}:${sessionName}`,
      Arn: `arn:aws:sts::${context.accountId}:assumed-role/${body.name}/${sessionName}`,
    },
    ...(input.Policy === undefined ? {} : { PackedPolicySize: Math.ceil((100 * input.Policy.length) / packedSizeMax) }),
  };
}

/** The policies that limit the session. Throws MalformedPolicyDocument, PackedPolicyTooLarge or ValidationError. */
async function checkPolicies(
  context: StsContext,
  { Policy, PolicyArns = [] }: AssumeRoleCommandInput,
): Promise<{ policies?: string[]; policyArns?: string[] }> {
  if (PolicyArns.length > policiesMax)
    throw invalid(`A session may have ${policiesMax} managed policies; ${PolicyArns.length} are named`);
  const policyArns = PolicyArns.map(({ arn = '' }) => arn);
  for (const arn of policyArns) {
    if (isAmazons(arn)) {
      if (managedPolicy(arn) === undefined)
        throw invalid(`Linnet does not know what the policy ${arn} says; name one that it has`);
    } else await findPolicy(context, arn);
  }
  if (Policy !== undefined) {
    try {
      readPolicy(Policy, 'identity');
    } catch (thrown) {
      if (!(thrown instanceof DataError)) throw thrown;
      throw new ServiceError('MalformedPolicyDocument', thrown.message, { status: 400 });
    }
    if (Policy.length > packedSizeMax)
      throw new ServiceError(
        'PackedPolicyTooLarge',
        `Packed size of session policy consumes ${Math.ceil((100 * Policy.length) / packedSizeMax)}% of allotted space.`,
        { status: 400 },
      );
  }
  if (Policy === undefined && policyArns.length === 0) return {};
  return { policies: Policy === undefined ? [] : [Policy], policyArns };
}

function checkTags({ Tags = [] }: AssumeRoleCommandInput): Record<string, string> {
  if (Tags.length > tagsMax) throw invalid(`A session may have ${tagsMax} tags; ${Tags.length} are given`);
  const tags: Record<string, string> = {};
  for (const { Key = '', Value = '' } of Tags) {
    if (Object.keys(tags).some((key) => key.toLowerCase() === Key.toLowerCase()))
      throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    tags[Key] = Value;
  }
  return tags;
}
