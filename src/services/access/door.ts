import { ServiceError } from '../../base/index.ts';
import type { Call, Holder } from '../../gateway/index.ts';
import { type Decision, decide, type Policy, type Principal, readPolicy } from '../../policies/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import type { KeyUses } from '../iam/context.ts';
import { findRole, roleArn } from '../iam/role.ts';
import { accountHolder, type IdentityOptions } from './account.ts';
import { couldNotAssume } from './acting.ts';
import { bucketPolicies } from './bucket-policies.ts';
import { withPaths } from './iam-paths.ts';
import type { Identities } from './identities.ts';
import type { Need } from './need.ts';
import type { Limits } from './policies-of.ts';
import { refusalOf } from './refusal.ts';
import { asksForTags, resourceTags } from './resource-tags.ts';
import { needsOf } from './rules/index.ts';
import { rolesIn } from './rules/sagemaker.ts';
import { problemOf } from './standing.ts';
import { valuesFor } from './values.ts';

export interface DoorOptions extends IdentityOptions {
  records: Records;
  /** The records of a region, with the tags of its resources. */
  recordsOf(region: string): Records;
  objects: Pick<Objects, 'bucket' | 'head'>;
  identities: Pick<Identities, 'limitsOf' | 'standingOf'>;
  uses: Pick<KeyUses, 'note'>;
}

/** The account itself may always mend a bucket whose policy denies it everything. */
const menders = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

/**
 * The one door that every operation goes through: finds out what it needs, and throws the service's refusal where a policy
 * denies it, or none allows it.
 */
export function openDoor(options: DoorOptions): (call: Call) => Promise<void> {
  const policyOfBucket = bucketPolicies(options.objects);
  const account = accountHolder(options);

  const decideNeed = async (call: Call, need: Need, limits: Limits, holder: Holder | undefined): Promise<Decision> => {
    const principal: Principal = holder?.principal ?? { kind: 'anonymous' };
    const resource = await resourcePolicy(call, need, principal);
    const { identity, boundary } = limits;
    const session = holder?.session?.policies;
    const policies = [
      ...identity,
      ...(boundary === undefined ? [] : [boundary]),
      ...(session ?? []),
      ...(resource === undefined ? [] : [resource]),
    ];
    const tags = policies.some(asksForTags) ? await resourceTags(options, call, need) : undefined;
    return decide(
      { principal, action: need.action, resource: need.resource, values: valuesFor(call, holder, need, tags) },
      { identity, boundary, session, resource, mustGrant: need.action.startsWith('sts:AssumeRole') },
    );
  };

  const resourcePolicy = async (call: Call, need: Need, principal: Principal): Promise<Policy | undefined> => {
    if (need.action === 'sts:AssumeRole' || need.action === 'sts:TagSession') return trustOf(options, need.resource);
    if (call.service !== 's3') return undefined;
    if (principal.kind === 'account' && menders.has(need.action)) return undefined;
    const found = await policyOfBucket(need.resource);
    return found !== undefined && !(principal.kind === 'anonymous' && found.restricted) ? found.policy : undefined;
  };

  /** Throws Amazon's refusal of a role that SageMaker cannot act in. Only the account may give one that nobody made. */
  const requireRole = async (role: string, anybody: boolean): Promise<void> => {
    const problem = problemOf(await options.identities.standingOf(role), { anybody });
    if (problem !== undefined) throw new ServiceError('ValidationException', couldNotAssume(role, problem));
  };

  return async (call) => {
    const { caller } = call;
    const holder = caller.anonymous ? undefined : (caller.holder ?? account);
    const isAccount = holder?.principal.kind === 'account';
    if (holder?.principal.kind === 'user' && holder.session === undefined)
      options.uses.note(caller.accessKeyId, {
        atMs: call.nowMs,
        service: scopeName(call.service),
        region: call.region,
      });
    if (call.service === 'iam' && holder?.session !== undefined && holder.principal.kind !== 'session')
      throw new ServiceError('AccessDenied', noIam, { status: 403 });
    // The account's own key is limited by nothing but the policies of buckets and the trust of roles.
    if (isAccount && call.service !== 's3' && call.operation !== 'AssumeRole') {
      if (call.service === 'sagemaker') for (const role of rolesIn(call.input)) await requireRole(role, true);
      return;
    }
    const limits = holder === undefined ? { identity: [] } : await options.identities.limitsOf(holder);
    for (const need of await withPaths(options, call, needsOf(call))) {
      const decision = await decideNeed(call, need, limits, holder);
      if (!decision.allowed) throw refusalOf(call, holder, need, decision);
      if (need.action === 'iam:PassRole') await requireRole(need.resource, isAccount);
    }
    caller.may = async (action, resource, values) =>
      (await decideNeed(call, { action, resource, values }, limits, holder)).allowed;
  };
}

/** A service as signatures name it. */
const scopeName = (service: Call['service']): string =>
  service === 'cloudwatch' ? 'monitoring' : service.startsWith('sagemaker') ? 'sagemaker' : service;

/** Amazon's rule: else temporary keys would make lasting ones. */
const noIam =
  'Keys of GetSessionToken cannot call IAM: sign with the key that they were made with, or with the keys of a role (AssumeRole)';

/** Who may act in a role: nobody in one that is not there. */
async function trustOf(options: DoorOptions, arn: string): Promise<Policy> {
  const found = await findRole(options, arn.split('/').at(-1) ?? '').catch((thrown: unknown) => {
    if (thrown instanceof ServiceError) return undefined;
    throw thrown;
  });
  return found === undefined || roleArn(options, found.body) !== arn ? nobody : readPolicy(found.body.trust, 'trust');
}

const nobody: Policy = { statements: [], mentions: new Set() };
