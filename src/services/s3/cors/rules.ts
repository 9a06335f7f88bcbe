import type { CORSRule } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { CrossOrigin, PageRequest } from '../../../gateway/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { resolved, type S3Options } from '../context.ts';
import { keptSetting } from '../settings/kept.ts';

/** Rules are asked for with every request of a page, and change seldom. */
const known = new WeakMap<object, readonly CORSRule[]>();

/** The rules by which pages of other origins may use a bucket; none where nobody set any. */
export function corsRulesOf(bucket: Bucket): readonly CORSRule[] {
  const { attributes } = bucket;
  let rules = known.get(attributes);
  if (rules === undefined) {
    rules = keptSetting<CORSRule[]>(bucket, 'cors') ?? [];
    known.set(attributes, rules);
  }
  return rules;
}

/** What pages of other origins may do with the buckets: see the gateway's CrossOrigin. */
export const crossOrigin = ({ objects }: Pick<S3Options, 'objects'>): CrossOrigin => {
  const rulesFor = async (name: string): Promise<readonly CORSRule[]> => {
    const bucket = /^[A-Za-z0-9._-]{1,255}$/.test(name) ? await objects.bucket(resolved(name)) : undefined;
    return bucket === undefined ? [] : corsRulesOf(bucket);
  };
  return {
    async answer(bucket, request) {
      const rule = (await rulesFor(bucket)).find((each) => allows(each, request));
      return rule === undefined ? undefined : headersOf(rule, request);
    },

    async preflight(bucket, request) {
      const rules = await rulesFor(bucket);
      if (rules.length === 0) throw forbidden('CORSResponse: CORS is not enabled for this bucket.', request);
      const rule = rules.find((each) => allows(each, request));
      if (rule === undefined)
        throw forbidden(
          "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
          request,
        );
      return headersOf(rule, request);
    },
  };
};

const forbidden = (message: string, { method }: PageRequest): ServiceError =>
  new ServiceError('AccessForbidden', message, { status: 403, details: { Method: method, ResourceType: 'BUCKET' } });

const allows = (rule: CORSRule, { origin, method, headers }: PageRequest): boolean =>
  (rule.AllowedMethods ?? []).includes(method) &&
  (rule.AllowedOrigins ?? []).some((pattern) => matches(pattern, origin)) &&
  headers.every((name) => (rule.AllowedHeaders ?? []).some((pattern) => matches(pattern.toLowerCase(), name)));

/** A pattern has at most one star, which stands for any text. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function headersOf(rule: CORSRule, { origin, headers }: PageRequest): Record<string, string> {
  const { AllowedMethods = [], AllowedOrigins = [], ExposeHeaders = [], MaxAgeSeconds } = rule;
  const isForAll = AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isForAll ? '*' : origin,
    ...(isForAll ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': AllowedMethods.join(', '),
    ...(headers.length === 0 ? {} : { 'access-control-allow-headers': headers.join(', ') }),
    ...(ExposeHeaders.length === 0 ? {} : { 'access-control-expose-headers': ExposeHeaders.join(', ') }),
    ...(MaxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(MaxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
