import { arnFields, globMatches } from '../patterns/glob.ts';
import { addressIn, isRange } from './addresses.ts';

/** How a value of a request is held against one of a policy; `null` asks only whether the key is there. */
export type Operator = Comparison | 'null';

export interface Comparison {
  /** Whether `*` and `?` in the policy's value are wildcards. */
  wild: boolean;
  compare(actual: string, expected: string): boolean;
  /** What is wrong with a value without variables in a policy; undefined when it can be compared. */
  problem?(expected: string): string | undefined;
}

const numberProblem = (text: string): string | undefined =>
  numberOf(text) === undefined ? `"${text}" is not a number` : undefined;
const dateProblem = (text: string): string | undefined =>
  dateOf(text) === undefined
    ? `"${text}" is not a date such as 2026-01-31T00:00:00Z, or seconds since 1970`
    : undefined;

const strings = (compare: Comparison['compare'], wild = false): Comparison => ({ wild, compare });
const numbers = (compare: (actual: number, expected: number) => boolean): Comparison => ({
  wild: false,
  compare: (actual, expected) => compares(numberOf(actual), numberOf(expected), compare),
  problem: numberProblem,
});
const dates = (compare: (actual: number, expected: number) => boolean): Comparison => ({
  wild: false,
  compare: (actual, expected) => compares(dateOf(actual), dateOf(expected), compare),
  problem: dateProblem,
});

const compares = (
  actual: number | undefined,
  expected: number | undefined,
  compare: (actual: number, expected: number) => boolean,
): boolean => actual !== undefined && expected !== undefined && compare(actual, expected);

const equals = strings((actual, expected) => actual === expected);
const equalsIgnoreCase = strings((actual, expected) => actual.toLowerCase() === expected.toLowerCase());
const like = strings((actual, expected) => globMatches(expected, actual), true);
const numericEquals = numbers((actual, expected) => actual === expected);
const dateEquals = dates((actual, expected) => actual === expected);
const arnLike = strings(arnMatches, true);
const ip: Comparison = {
  wild: false,
  compare: addressIn,
  problem: (text) => (isRange(text) ? undefined : `"${text}" is not an IP address or a range such as 192.0.2.0/24`),
};
const bool: Comparison = {
  wild: false,
  compare: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  problem: (text) => (/^(true|false)$/i.test(text) ? undefined : `"${text}" is neither true nor false`),
};
const binary: Comparison = {
  wild: false,
  compare: (actual, expected) => bytesOf(actual) !== undefined && bytesOf(actual) === bytesOf(expected),
  problem: (text) => (bytesOf(text) === undefined ? `"${text}" is not base64` : undefined),
};

/** By their names in policies; those with Not are the same, turned round. */
export const operators: Readonly<Record<string, { operator: Operator; negated: boolean }>> = {
  StringEquals: { operator: equals, negated: false },
  StringNotEquals: { operator: equals, negated: true },
  StringEqualsIgnoreCase: { operator: equalsIgnoreCase, negated: false },
  StringNotEqualsIgnoreCase: { operator: equalsIgnoreCase, negated: true },
  StringLike: { operator: like, negated: false },
  StringNotLike: { operator: like, negated: true },
  NumericEquals: { operator: numericEquals, negated: false },
  NumericNotEquals: { operator: numericEquals, negated: true },
  NumericLessThan: { operator: numbers((actual, expected) => actual < expected), negated: false },
  NumericLessThanEquals: { operator: numbers((actual, expected) => actual <= expected), negated: false },
  NumericGreaterThan: { operator: numbers((actual, expected) => actual > expected), negated: false },
  NumericGreaterThanEquals: { operator: numbers((actual, expected) => actual >= expected), negated: false },
  DateEquals: { operator: dateEquals, negated: false },
  DateNotEquals: { operator: dateEquals, negated: true },
  DateLessThan: { operator: dates((actual, expected) => actual < expected), negated: false },
  DateLessThanEquals: { operator: dates((actual, expected) => actual <= expected), negated: false },
  DateGreaterThan: { operator: dates((actual, expected) => actual > expected), negated: false },
  DateGreaterThanEquals: { operator: dates((actual, expected) => actual >= expected), negated: false },
  Bool: { operator: bool, negated: false },
  BinaryEquals: { operator: binary, negated: false },
  IpAddress: { operator: ip, negated: false },
  NotIpAddress: { operator: ip, negated: true },
  // Amazon gives both names the same meaning.
  ArnEquals: { operator: arnLike, negated: false },
  ArnLike: { operator: arnLike, negated: false },
  ArnNotEquals: { operator: arnLike, negated: true },
  ArnNotLike: { operator: arnLike, negated: true },
  Null: { operator: 'null', negated: false },
};

/** Each of the six fields is held against its own: no wildcard reaches over a colon before the last. */
function arnMatches(actual: string, expected: string): boolean {
  const [[...fields], resource] = arnFields(actual);
  const [[...patterns], last] = arnFields(expected);
  if (resource === undefined || last === undefined) return globMatches(expected, actual);
  return fields.every((field, index) => globMatches(patterns[index] ?? '', field));
}

function numberOf(text: string): number | undefined {
  const value = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** Milliseconds of a date of ISO 8601 (of UTC where it names no zone), or of seconds since 1970. */
function dateOf(text: string): number | undefined {
  if (/^\d{1,12}(\.\d+)?$/.test(text) && text.length !== 4) return Number(text) * 1000;
  const [, day, time, zone] =
    /^(\d{4}(?:-\d{2}(?:-\d{2})?)?)(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const value = Date.parse(
    time === undefined ? day : `${day}${time}${(zone ?? 'Z').replace(/(\d{2})(\d{2})$/, '$1:$2')}`,
  );
  return Number.isNaN(value) ? undefined : value;
}

/** Base64 in one form. */
function bytesOf(text: string): string | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 !== 1 ? text.replace(/=+$/, '') : undefined;
}
