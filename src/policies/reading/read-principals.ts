import { DataError } from '../../base/index.ts';
import type { AwsPrincipal, PrincipalRule } from '../principal.ts';
import { isObject, textsOf } from './values.ts';

const kinds = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** Reads Principal or NotPrincipal. Throws DataError. */
export function readPrincipals(statement: Record<string, unknown>): PrincipalRule {
  const not = statement.Principal === undefined;
  const given = not ? statement.NotPrincipal : statement.Principal;
  if (given === '*') return { not, anyone: true, aws: [], services: [] };
  if (!isObject(given) || Object.keys(given).length === 0)
    throw new DataError(
      `Invalid principal in policy: ${JSON.stringify(given)} is neither "*" nor an object such as {"AWS": "arn:..."}`,
    );
  for (const kind of Object.keys(given)) {
    if (!kinds.has(kind))
      throw new DataError(`Invalid principal in policy: "${kind}" is none of ${[...kinds].join(', ')}`);
  }
  const names = given.AWS === undefined ? [] : textsOf(given.AWS, 'Principal');
  return {
    not,
    anyone: names.includes('*'),
    aws: names.filter((name) => name !== '*').map(readAws),
    services: given.Service === undefined ? [] : textsOf(given.Service, 'Principal'),
  };
}

function readAws(name: string): AwsPrincipal {
  const [, account] = /^(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?$/.exec(name) ?? [];
  if (account !== undefined) return { kind: 'account', accountId: account };
  const isOne =
    /^arn:aws[\w-]*:(iam::\d{12}:(user|role)\/[^*?]+|sts::\d{12}:(assumed-role|federated-user)\/[^*?]+)$/.test(name) ||
    /^A(IDA|ROA|KIA)[A-Z0-9]{8,124}$/.test(name);
  if (!isOne)
    throw new DataError(
      `Invalid principal in policy: "${name}" is no account and no ARN of a user, role or session; a wildcard stands by itself only`,
    );
  return { kind: 'one', name };
}
