import type { Template, Values } from '../patterns/pattern.ts';
import type { Operator } from './operators.ts';

/** One key of one operator of the element Condition. */
export interface Condition {
  operator: Operator;
  /** Turns the answer round: StringNotEquals is StringEquals with `negated`. */
  negated: boolean;
  /** Holds, too, when the request does not have the key. */
  ifExists: boolean;
  quantifier: 'all' | 'any' | undefined;
  /** In lower case. */
  key: string;
  expected: readonly Template[];
}

/** Whether a condition holds for a request. A negated one asks that the value is none of those given. */
export function holds(condition: Condition, values: Values): boolean {
  const { operator, quantifier, negated, ifExists, key, expected } = condition;
  const found = values(key);
  const actual = typeof found === 'string' ? [found] : (found ?? []);
  if (operator === 'null')
    return expected.every((one) => one.fill(values)?.toLowerCase() === String(actual.length === 0));
  if (quantifier === 'all') return actual.every((value) => value === '' || matches(condition, value, values));
  if (actual.length === 0) return ifExists || (negated && quantifier === undefined);
  if (quantifier === undefined && negated) return actual.every((value) => matches(condition, value, values));
  if (expected.length === 0) return false;
  return actual.some((value) => matches(condition, value, values));
}

function matches({ operator, negated, expected }: Condition, value: string, values: Values): boolean {
  if (operator === 'null') return false;
  for (const template of expected) {
    const filled = template.fill(values);
    if (filled !== undefined && operator.compare(value, filled)) return !negated;
  }
  return negated;
}
