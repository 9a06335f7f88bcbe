import { ServiceError } from '../../base/index.ts';

/** What a policy allows of the file's size. */
export interface SizeRange {
  min: number;
  max: number;
}

/** Fields that no condition has to name. */
const free = /^(policy|signature|x-amz-signature|awsaccesskeyid|file|x-ignore-.*)$/;

/** A condition as it is checked, and as its document has it. */
interface Condition {
  operator: 'eq' | 'starts-with';
  field: string;
  value: string;
  written: unknown;
}

interface Policy {
  endsAtMs: number;
  conditions: readonly Condition[];
  size: SizeRange;
}

/**
 * Holds a form against the policy that its uploader signed (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html):
 * every condition is true, and every field has one. Throws InvalidPolicyDocument (400) or AccessDenied (403).
 */
export function requirePolicy(
  encoded: string,
  fields: ReadonlyMap<string, string>,
  { bucket, nowMs }: { bucket: string; nowMs: number },
): SizeRange {
  const { endsAtMs, conditions, size } = readPolicy(encoded);
  if (endsAtMs <= nowMs) throw denied('Policy expired.');
  const given = new Map([...fields, ['bucket', bucket]]);
  for (const condition of conditions)
    if (!holds(condition, given.get(condition.field)))
      throw denied(`Policy Condition failed: ${JSON.stringify(condition.written)}`);
  const named = new Set(conditions.map(({ field }) => field));
  const extra = [...given.keys()].filter((name) => !named.has(name) && !free.test(name));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return size;
}

function holds({ operator, field, value }: Condition, given: string | undefined): boolean {
  if (given === undefined) return false;
  if (operator === 'eq') return given === value;
  // Several types are a list, each of which has to begin so.
  return field === 'content-type'
    ? given.split(',').every((type) => type.trim().startsWith(value))
    : given.startsWith(value);
}

function readPolicy(encoded: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (!isObject(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  const endsAtMs = typeof expiration === 'string' && isoTime.test(expiration) ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(endsAtMs)) throw invalid(`Invalid 'expiration' value: '${String(expiration)}'`);
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  const size: SizeRange = { min: 0, max: Number.POSITIVE_INFINITY };
  return { endsAtMs, size, conditions: conditions.flatMap((written) => readCondition(written, size)) };
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/;

function readCondition(written: unknown, size: SizeRange): Condition[] {
  if (Array.isArray(written)) return readList(written, size);
  const entries = isObject(written) ? Object.entries(written) : [];
  const [entry, second] = entries;
  if (entry === undefined || second !== undefined || typeof entry[1] !== 'string')
    throw invalid(
      `Invalid Simple-Condition: a simple condition has exactly one name and a string: ${JSON.stringify(written)}`,
    );
  const [field, value] = entry;
  return [{ operator: 'eq', field: field.toLowerCase(), value, written: ['eq', `$${field}`, value] }];
}

function readList(written: readonly unknown[], size: SizeRange): Condition[] {
  const [operator, first, second, more] = written;
  const name = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (name === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)];
    if (written.length !== 3 || !isSize(min) || !isSize(max))
      throw invalid(`Invalid Condition: content-length-range takes two numbers of bytes: ${JSON.stringify(written)}`);
    size.min = Math.max(size.min, min);
    size.max = Math.min(size.max, max);
    return [];
  }
  if (name !== 'eq' && name !== 'starts-with')
    throw invalid(`Invalid Condition: unknown operation '${String(operator)}'`);
  if (typeof first !== 'string' || !first.startsWith('$') || typeof second !== 'string' || more !== undefined)
    throw invalid(
      `Invalid Condition: ${name} takes a field that begins with $ and a string: ${JSON.stringify(written)}`,
    );
  return [{ operator: name, field: first.slice(1).toLowerCase(), value: second, written }];
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (text: string): ServiceError =>
  new ServiceError('InvalidPolicyDocument', `Invalid Policy: ${text}`, { status: 400 });

const denied = (text: string): ServiceError =>
  new ServiceError('AccessDenied', `Invalid according to Policy: ${text}`, { status: 403 });
