import { messageOf } from '../../base/index.ts';
import { limitExceeded, malformed } from './refusals.ts';

/** A trust policy (who may act in a role), or a policy of permissions. */
export type DocumentKind = 'trust' | 'identity';

const versions: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];

/** Checks a policy as far as its grammar goes; Linnet keeps policies and does not evaluate them. Throws MalformedPolicyDocument. */
export function checkDocument(text: string, kind: DocumentKind): void {
  const policy = parse(text);
  if (!versions.includes(policy.Version)) throw malformed('The policy must contain a valid version string.');
  const { Statement } = policy;
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  if (Statement === undefined || statements.length === 0) throw malformed('Missing required field Statement');
  for (const statement of statements) {
    if (!isObject(statement)) throw malformed('Syntax errors in policy.');
    checkStatement(statement, kind);
  }
}

function parse(text: string): Record<string, unknown> {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw malformed(`This policy contains invalid Json: ${messageOf(cause)}`);
  }
  if (!isObject(policy)) throw malformed('Syntax errors in policy.');
  return policy;
}

function checkStatement(statement: Record<string, unknown>, kind: DocumentKind): void {
  const { Effect } = statement;
  const has = (name: string): boolean => statement[name] !== undefined || statement[`Not${name}`] !== undefined;
  if (Effect === undefined) throw malformed('Missing required field Effect');
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Invalid effect: ${JSON.stringify(Effect)}`);
  if (!has('Action'))
    throw malformed(kind === 'trust' ? 'Missing required field Action' : 'Policy statement must contain actions.');
  if (kind === 'trust') {
    if (!has('Principal')) throw malformed('Missing required field Principal');
    if (has('Resource')) throw malformed('Has prohibited field Resource');
  } else {
    if (has('Principal')) throw malformed('Policy document should not specify a principal.');
    if (!has('Resource')) throw malformed('Policy statement must contain resources.');
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Characters of a policy as IAM's quotas count them: white space is free. */
export const sizeOf = (text: string): number => text.replace(/\s/g, '').length;

/** Throws LimitExceeded. */
export function checkSize(size: number, quota: string, max: number): void {
  if (size > max) throw limitExceeded(`Cannot exceed quota for ${quota}: ${max}`);
}

/** IAM answers policies URL-encoded. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
