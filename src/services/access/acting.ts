import { type Decision, decide, denialText, type Policy, type Principal, readPolicy } from '../../policies/index.ts';
import type { IdentityOptions } from './account.ts';
import type { Identities } from './identities.ts';
import type { Need } from './need.ts';
import type { Limits } from './policies-of.ts';
import { asksForTags } from './resource-tags.ts';
import { problemOf } from './standing.ts';
import { tagKey, tagOf } from './values.ts';

export interface ActingOptions extends IdentityOptions {
  identities: Pick<Identities, 'standingOf'>;
  nowMs(): number;
}

/** Linnet in a role: for jobs, models and pipelines. */
export interface Acting {
  /** Why the role may not do a thing, in Amazon's words; undefined when it may. Its policies are those of this moment. */
  refusalOf(need: Need, resource?: Resource): Promise<string | undefined>;
}

/** What a policy of the resource says, and its tags, which are looked up only for policies that ask for them. */
export interface Resource {
  policy?: Policy | undefined;
  tags?(): Promise<Readonly<Record<string, string>>>;
}

/** A role that nobody made may do everything but what the policies of buckets deny. */
export function actingIn(role: string, { identities, accountId, nowMs }: ActingOptions): Acting {
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.split('/').at(-1)}/SageMaker`;
  const principal: Principal = { kind: 'session', accountId, arn, roleArn: role, roleId: '', id: '' };
  return {
    async refusalOf({ action, resource, values: own = {} }, { policy, tags } = {}) {
      const standing = await identities.standingOf(role);
      const problem = problemOf(standing, { anybody: true });
      if (problem !== undefined) return couldNotAssume(role, problem);
      const limits: Limits = standing.kind === 'made' ? standing.limits : everything;
      const roleTags = standing.kind === 'made' ? standing.tags : {};
      const policies = [...limits.identity, limits.boundary, policy].filter((one) => one !== undefined);
      const resourceTags = policies.some(asksForTags) ? await tags?.() : undefined;
      const values = (key: string): string | readonly string[] | undefined => {
        const [, prefix, tag] = tagKey.exec(key) ?? [];
        if (tag !== undefined) return tagOf(prefix === 'aws:principaltag' ? roleTags : (resourceTags ?? {}), tag);
        return own[key] ?? common(key, { role, accountId, nowMs: nowMs() });
      };
      const decision: Decision = decide({ principal, action, resource, values }, { ...limits, resource: policy });
      return decision.allowed ? undefined : denialText(decision, { who: arn, action, resource });
    },
  };
}

const everything: Limits = {
  identity: [readPolicy('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity')],
};

/** Amazon's text for a role that SageMaker cannot act in, and the reason. */
export const couldNotAssume = (role: string, why: string): string =>
  `Could not assume role ${role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role: ${why}`;

function common(
  key: string,
  { role, accountId, nowMs }: { role: string; accountId: string; nowMs: number },
): string | undefined {
  switch (key) {
    case 'aws:principalarn':
      return role;
    case 'aws:principalaccount':
    case 'aws:resourceaccount':
    case 's3:resourceaccount':
      return accountId;
    case 'aws:principaltype':
      return 'AssumedRole';
    case 'aws:currenttime':
      return new Date(nowMs).toISOString();
    case 'aws:epochtime':
      return String(Math.floor(nowMs / 1000));
    // Nothing leaves the process on the way.
    case 'aws:securetransport':
      return 'true';
    case 'aws:viaawsservice':
    case 'aws:principalisawsservice':
      return 'false';
    default:
      return undefined;
  }
}
