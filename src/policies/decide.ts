import { holds } from './conditions/condition.ts';
import type { Values } from './patterns/pattern.ts';
import { type Policy, type Statement, speaksOf } from './policy.ts';
import { type Naming, namingOf, type Principal } from './principal.ts';

/** A request as policies see it. */
export interface Ask {
  principal: Principal;
  /** `s3:GetObject`. */
  action: string;
  /** An ARN, or `*` for an operation that acts on no resource. */
  resource: string;
  values: Values;
}

/** The policies that a request is held against; one that is left out limits nothing and allows nothing. */
export interface PolicySet {
  /** Of the user and its groups, or of the role. */
  identity: readonly Policy[];
  boundary?: Policy | undefined;
  /** Those that the session was made with. Together they allow what one of them does. */
  session?: readonly Policy[] | undefined;
  /** Of what is asked for: a bucket, or the trust policy of a role. */
  resource?: Policy | undefined;
  /** The resource's policy has to grant it, too: nobody acts in a role that does not trust them. */
  mustGrant?: boolean;
}

/** The kind of policies that a decision rests on. */
export type Layer = 'identity' | 'boundary' | 'session' | 'resource';

export type Decision =
  | { allowed: true; by: Layer | 'account' }
  /** `explicit`: a statement says Deny. Else nothing of that layer allows it. */
  | { allowed: false; explicit: boolean; layer: Layer; sid?: string | undefined };

/**
 * Amazon's rules for requests within one account: an explicit Deny anywhere wins; what the resource's policy grants to the user or
 * the session itself stands alone; else the identity's policies, or the resource's to the role, have to allow it, and so have
 * the boundary and the policies of the session, where there are any.
 */
export function decide(ask: Ask, { identity, boundary, session, resource, mustGrant = false }: PolicySet): Decision {
  const lowered = { ...ask, action: ask.action.toLowerCase() };
  const denial =
    deniedBy(lowered, identity, 'identity') ??
    deniedBy(lowered, boundary === undefined ? [] : [boundary], 'boundary') ??
    deniedBy(lowered, session ?? [], 'session') ??
    deniedBy(lowered, resource === undefined ? [] : [resource], 'resource');
  if (denial !== undefined) return denial;
  const granted = resource === undefined ? undefined : grantOf(lowered, resource);
  if (mustGrant && granted === undefined) return lacking('resource');
  if (ask.principal.kind === 'account') return { allowed: true, by: 'account' };
  if (granted === 'itself') return { allowed: true, by: 'resource' };
  if (ask.principal.kind === 'anonymous' || ask.principal.kind === 'service') return lacking('resource');
  const own = allows(lowered, identity);
  if (!own && granted !== 'role') return lacking('identity');
  if (boundary !== undefined && !allows(lowered, [boundary])) return lacking('boundary');
  if (session !== undefined && !allows(lowered, session)) return lacking('session');
  return { allowed: true, by: own ? 'identity' : 'resource' };
}

const lacking = (layer: Layer): Decision => ({ allowed: false, explicit: false, layer });

function deniedBy(ask: Ask, policies: readonly Policy[], layer: Layer): Decision | undefined {
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (statement.effect === 'Deny' && applies(statement, ask) !== undefined)
        return { allowed: false, explicit: true, layer, sid: statement.sid };
    }
  }
  return undefined;
}

function allows(ask: Ask, policies: readonly Policy[]): boolean {
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (statement.effect === 'Allow' && applies(statement, ask) !== undefined) return true;
    }
  }
  return false;
}

/** The most direct way in which a policy of the resource allows it. */
function grantOf(ask: Ask, { statements }: Policy): Naming | undefined {
  let best: Naming | undefined;
  for (const statement of statements) {
    if (statement.effect !== 'Allow') continue;
    const naming = applies(statement, ask);
    if (naming === 'itself') return naming;
    if (naming === 'role' || best === undefined) best = naming ?? best;
  }
  return best;
}

/** How a statement speaks of the request; undefined where it does not. */
function applies(
  { actions, resources, principals, conditions }: Statement,
  { action, resource, principal, values }: Ask,
): Naming | undefined {
  if (!speaksOf(actions, action, values)) return undefined;
  if (resources !== undefined && !speaksOf(resources, resource, values)) return undefined;
  const naming = principals === undefined ? 'itself' : namingOf(principals, principal);
  if (naming === undefined) return undefined;
  for (const condition of conditions) if (!holds(condition, values)) return undefined;
  return naming;
}
