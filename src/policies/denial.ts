import type { Decision, Layer } from './decide.ts';

export type Denied = Extract<Decision, { allowed: false }>;

const titles: Readonly<Record<Layer, readonly [one: string, allowing: string]>> = {
  identity: ['an identity-based policy', 'identity-based policy'],
  boundary: ['a permissions boundary', 'permissions boundary'],
  session: ['a session policy', 'session policy'],
  resource: ['a resource-based policy', 'resource-based policy'],
};

/** Amazon's text for a request that was denied. */
export function denialText(
  { explicit, layer }: Denied,
  { who, action, resource }: { who: string; action: string; resource: string },
): string {
  const [one, allowing] = titles[layer];
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const why = explicit ? `with an explicit deny in ${one}` : `because no ${allowing} allows the ${action} action`;
  return `User: ${who} is not authorized to perform: ${action}${on} ${why}`;
}
