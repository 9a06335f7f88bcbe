import type { Condition } from './conditions/condition.ts';
import type { Pattern, Values } from './patterns/pattern.ts';
import type { PrincipalRule } from './principal.ts';

/** A document as it is evaluated: read, checked and compiled once. */
export interface Policy {
  statements: readonly Statement[];
  /** The condition keys and variables that it looks at, in lower case: a caller need not find out the others. */
  mentions: ReadonlySet<string>;
}

export interface Statement {
  sid: string | undefined;
  effect: 'Allow' | 'Deny';
  actions: OneOf<Pattern>;
  /** Left out in trust policies, whose resource is the role. */
  resources: OneOf<Pattern> | undefined;
  /** Left out in policies of an identity, whose principal is that identity. */
  principals: PrincipalRule | undefined;
  conditions: readonly Condition[];
}

/** The element itself (Action) or its opposite (NotAction). */
export interface OneOf<Item> {
  not: boolean;
  items: readonly Item[];
}

/** Whether a text is one that the element speaks of. */
export function speaksOf(of: OneOf<Pattern>, text: string, values: Values): boolean {
  for (const pattern of of.items) if (pattern.matches(text, values)) return !of.not;
  return of.not;
}
