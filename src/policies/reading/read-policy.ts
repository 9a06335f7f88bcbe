import { DataError, messageOf } from '../../base/index.ts';
import type { Condition } from '../conditions/condition.ts';
import { actionPattern, type Pattern, resourcePattern } from '../patterns/pattern.ts';
import type { OneOf, Policy, Statement } from '../policy.ts';
import { readConditions } from './read-conditions.ts';
import { readPrincipals } from './read-principals.ts';
import { isObject, textsOf } from './values.ts';

/** What a policy is attached to decides which elements it has: the permissions of an identity, who may act in a role, a resource. */
export type DocumentKind = 'identity' | 'trust' | 'resource';

const versions: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];
const members = new Set(['Version', 'Id', 'Statement']);
const elements = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
]);

/** Reads and checks a document. Throws DataError, which begins with Amazon's words where it has any, and names the place. */
export function readPolicy(text: string, kind: DocumentKind): Policy {
  const document = parse(text);
  for (const name of Object.keys(document)) {
    if (!members.has(name)) throw new DataError(`Syntax errors in policy: "${name}" is no element of a policy`);
  }
  if (!versions.includes(document.Version))
    throw new DataError(
      `The policy must contain a valid version string: "2012-10-17" or "2008-10-17", not ${JSON.stringify(document.Version)}`,
    );
  const { Statement: given } = document;
  const list = Array.isArray(given) ? given : [given];
  if (given === undefined || list.length === 0) throw new DataError('Missing required field Statement');
  const options = { kind, variables: document.Version === '2012-10-17' };
  const sids = new Set<string>();
  const statements = list.map((statement: unknown, index) =>
    at(`Statement ${index + 1}`, () => {
      const read = readStatement(statement, options);
      if (read.sid !== undefined && sids.has(read.sid))
        throw new DataError(`Statement IDs (SID) in a single policy must be unique: "${read.sid}" is there twice`);
      if (read.sid !== undefined) sids.add(read.sid);
      return read;
    }),
  );
  return { statements, mentions: mentionsOf(statements) };
}

function parse(text: string): Record<string, unknown> {
  if (/\p{Surrogate}|\\u[dD][89a-fA-F]/u.test(text) && /\p{Surrogate}/u.test(unescaped(text)))
    throw new DataError('This policy contains invalid Json: half a surrogate pair is no character');
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`This policy contains invalid Json: ${messageOf(cause)}`);
  }
  if (!isObject(policy)) throw new DataError('Syntax errors in policy: it is no JSON object');
  return policy;
}

const unescaped = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Adds the place to what is thrown. */
function at<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    throw new DataError(`${thrown.message} (${place})`);
  }
}

interface Options {
  kind: DocumentKind;
  variables: boolean;
}

function readStatement(statement: unknown, options: Options): Statement {
  if (!isObject(statement)) throw new DataError('Syntax errors in policy: a statement is a JSON object');
  const { Sid, Effect } = statement;
  if (Sid !== undefined && (typeof Sid !== 'string' || (options.kind === 'identity' && !/^[A-Za-z0-9]*$/.test(Sid))))
    throw new DataError(`Statement IDs (SID) must be alpha-numeric, not ${JSON.stringify(Sid)}`);
  if (Effect === undefined) throw new DataError('Missing required field Effect');
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new DataError(`Invalid effect: ${JSON.stringify(Effect)}`);
  const actions = readActions(statement, options.kind);
  checkPrincipal(statement, options.kind);
  const resources = options.kind === 'trust' ? undefined : readResources(statement, options);
  // Last, since a misspelt element is better named by what is missing.
  for (const name of Object.keys(statement)) {
    if (!elements.has(name)) throw new DataError(`Syntax errors in policy: "${name}" is no element of a statement`);
  }
  return {
    sid: Sid === '' ? undefined : (Sid as string | undefined),
    effect: Effect,
    actions,
    principals: options.kind === 'identity' ? undefined : readPrincipals(statement),
    resources,
    conditions: readConditions(statement.Condition, options),
  };
}

/** The element or its opposite. Throws when both are there. */
function eitherOf(statement: Record<string, unknown>, name: string): { not: boolean; value: unknown } | undefined {
  const [value, opposite] = [statement[name], statement[`Not${name}`]];
  if (value !== undefined && opposite !== undefined)
    throw new DataError(`Syntax errors in policy: a statement has ${name} or Not${name}, not both`);
  if (value !== undefined) return { not: false, value };
  return opposite === undefined ? undefined : { not: true, value: opposite };
}

function readActions(statement: Record<string, unknown>, kind: DocumentKind): OneOf<Pattern> {
  const given = eitherOf(statement, 'Action');
  if (given === undefined)
    throw new DataError(kind === 'trust' ? 'Missing required field Action' : 'Policy statement must contain actions.');
  const texts = textsOf(given.value, 'Action');
  for (const text of texts) {
    if (text !== '*' && !/^[\w*?-]+:[\w*?-]+$/.test(text))
      throw new DataError(
        `Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: "${text}" is not of the form service:Action`,
      );
  }
  return { not: given.not, items: texts.map(actionPattern) };
}

function checkPrincipal(statement: Record<string, unknown>, kind: DocumentKind): void {
  const given = eitherOf(statement, 'Principal');
  if (kind === 'identity' && given !== undefined)
    throw new DataError('Policy document should not specify a principal.');
  if (kind !== 'identity' && given === undefined) throw new DataError('Missing required field Principal');
  if (kind === 'trust' && (statement.Resource ?? statement.NotResource) !== undefined)
    throw new DataError('Has prohibited field Resource');
}

function readResources(statement: Record<string, unknown>, { kind, variables }: Options): OneOf<Pattern> {
  const given = eitherOf(statement, 'Resource');
  if (given === undefined)
    throw new DataError(
      kind === 'resource' ? 'Missing required field Resource' : 'Policy statement must contain resources.',
    );
  const texts = textsOf(given.value, 'Resource');
  for (const text of texts) {
    if (text !== '*' && !/^arn:[\w*?-]+:/.test(text))
      throw new DataError(`Resource ${text} must be in ARN format or "*".`);
  }
  return { not: given.not, items: texts.map((text) => resourcePattern(text, { variables })) };
}

function mentionsOf(statements: readonly Statement[]): Set<string> {
  const mentions = new Set<string>();
  const all = (patterns: readonly { variables: readonly string[] }[] | undefined): void => {
    for (const { variables } of patterns ?? []) for (const key of variables) mentions.add(key);
  };
  for (const { resources, conditions } of statements) {
    all(resources?.items);
    for (const { key, expected } of conditions as readonly Condition[]) {
      mentions.add(key);
      all(expected);
    }
  }
  return mentions;
}
