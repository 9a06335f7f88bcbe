import { queryValue, type WireRequest } from '../http/wire-request.ts';

/** What a request says about its sender, none of it proven yet. */
export type Claim = AnonymousClaim | MalformedClaim | ClaimV4 | ClaimV2 | SessionClaim;

interface AnonymousClaim {
  kind: 'anonymous';
}

/** It carries a signature that cannot be read; `service` as far as it is readable. */
interface MalformedClaim {
  kind: 'malformed';
  problem: string;
  service: string | undefined;
}

export interface ClaimV4 {
  kind: 'v4';
  presigned: boolean;
  accessKeyId: string;
  /** Scope. */
  date: string;
  region: string;
  service: string;
  signedHeaders: readonly string[];
  signature: string;
  /** As signed: YYYYMMDDTHHMMSSZ. */
  timestamp: string;
  signedAtMs: number;
  /** Lifetime of a presigned request. */
  expiresSeconds: number | undefined;
}

export interface ClaimV2 {
  kind: 'v2';
  presigned: boolean;
  accessKeyId: string;
  signature: string;
  /** End of a presigned request's life; undefined for the header form. */
  expiresAtSeconds: number | undefined;
}

/** Somebody who signed in to the console. */
export interface Session {
  accessKeyId: string;
  /** The token that came with a temporary key. */
  keyToken: string | undefined;
  region: string;
  endsAtMs: number;
}

/** It came from a page of the console. */
export interface SessionClaim {
  kind: 'session';
  /** As the scope of a signature names it. */
  service: string;
  /** Whether the browser says that a page of this server sent it. */
  ownPage: boolean;
  /** Undefined when nobody is signed in, or no more. */
  session: Session | undefined;
}

const headerPrefixV4 = 'AWS4-HMAC-SHA256';
const expiresSecondsMax = 604_800;

/** Reads the signature's parts from the Authorization header or the query string, whichever there is. */
export function readClaim(request: WireRequest): Claim {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    if (authorization.startsWith(headerPrefixV4))
      return readHeaderV4(request, authorization.slice(headerPrefixV4.length));
    if (authorization.startsWith('AWS ')) return readHeaderV2(authorization.slice(4));
    return malformed('Authorization must be AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature');
  }
  if (request.query.length === 0) return { kind: 'anonymous' };
  if (queryValue(request, 'X-Amz-Algorithm') !== undefined || queryValue(request, 'X-Amz-Signature') !== undefined)
    return readQueryV4(request);
  if (queryValue(request, 'AWSAccessKeyId') !== undefined && queryValue(request, 'Signature') !== undefined)
    return readQueryV2(request);
  return { kind: 'anonymous' };
}

const malformed = (problem: string, service?: string): MalformedClaim => ({ kind: 'malformed', problem, service });

function readHeaderV4(request: WireRequest, text: string): ClaimV4 | MalformedClaim {
  const parts: Record<string, string> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts[part.slice(0, equals).trim()] = part.slice(equals + 1).trim();
  }
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!parts[name])
      return malformed(`Authorization header requires '${name}' parameter`, scopeService(parts.Credential));
  }
  const date = request.headers['x-amz-date'] ?? request.headers.date;
  if (date === undefined) {
    return malformed(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header",
      scopeService(parts.Credential),
    );
  }
  return completeV4({
    credential: parts.Credential!,
    signedHeaders: parts.SignedHeaders!,
    signature: parts.Signature!,
    date,
    expiresSeconds: undefined,
  });
}

function readQueryV4(request: WireRequest): ClaimV4 | MalformedClaim {
  const of = (name: string): string => queryValue(request, name) ?? '';
  const service = scopeService(of('X-Amz-Credential'));
  if (of('X-Amz-Algorithm') !== headerPrefixV4)
    return malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', service);
  for (const name of ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature']) {
    // STS leaves X-Amz-Expires out of a request that is presigned for it.
    if (of(name) === '' && !(name === 'X-Amz-Expires' && service !== 's3'))
      return malformed(`Query-string authentication requires the ${name} parameter`, service);
  }
  const expires = of('X-Amz-Expires') === '' ? '900' : of('X-Amz-Expires');
  if (!/^\d{1,9}$/.test(expires) || Number(expires) > expiresSecondsMax) {
    return malformed(
      `X-Amz-Expires must be a number of seconds between 0 and ${expiresSecondsMax}; it is "${expires}"`,
      service,
    );
  }
  return completeV4({
    credential: of('X-Amz-Credential'),
    signedHeaders: of('X-Amz-SignedHeaders'),
    signature: of('X-Amz-Signature'),
    date: of('X-Amz-Date'),
    expiresSeconds: Number(expires),
  });
}

function completeV4(parts: {
  credential: string;
  signedHeaders: string;
  signature: string;
  date: string;
  expiresSeconds: number | undefined;
}): ClaimV4 | MalformedClaim {
  const service = scopeService(parts.credential);
  // The key may hold slashes; the scope is the last four parts.
  const scope = /^(.{1,256})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/.exec(parts.credential);
  if (scope === null)
    return malformed('Credential must be <access key>/<yyyymmdd>/<region>/<service>/aws4_request', service);
  if (!/^[0-9a-f]{64}$/.test(parts.signature))
    return malformed('Signature must be 64 hexadecimal digits in lower case', service);
  const time = readTime(parts.date);
  if (time === undefined) return malformed('The date must be in the form yyyymmddThhmmssZ', service);
  if (!time.timestamp.startsWith(scope[2]!)) {
    return malformed(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope[2]}' != '${time.timestamp.slice(0, 8)}'`,
      service,
    );
  }
  const signedHeaders = parts.signedHeaders.toLowerCase().split(';');
  if (signedHeaders.length > 200)
    return malformed(`SignedHeaders names ${signedHeaders.length} headers; at most 200 are accepted`, service);
  return {
    kind: 'v4',
    presigned: parts.expiresSeconds !== undefined,
    accessKeyId: scope[1]!,
    date: scope[2]!,
    region: scope[3]!,
    service: scope[4]!,
    signedHeaders,
    signature: parts.signature,
    timestamp: time.timestamp,
    signedAtMs: time.ms,
    expiresSeconds: parts.expiresSeconds,
  };
}

function readHeaderV2(text: string): ClaimV2 | MalformedClaim {
  const colon = text.lastIndexOf(':');
  if (colon < 1) return malformed('Authorization must be AWS <access key>:<signature>', 's3');
  return {
    kind: 'v2',
    presigned: false,
    accessKeyId: text.slice(0, colon).trim(),
    signature: text.slice(colon + 1).trim(),
    expiresAtSeconds: undefined,
  };
}

function readQueryV2(request: WireRequest): ClaimV2 | MalformedClaim {
  const expires = queryValue(request, 'Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires)) return malformed(`Expires must be seconds since 1970; it is "${expires}"`, 's3');
  return {
    kind: 'v2',
    presigned: true,
    accessKeyId: queryValue(request, 'AWSAccessKeyId')!,
    signature: queryValue(request, 'Signature')!,
    expiresAtSeconds: Number(expires),
  };
}

const scopeService = (credential: string | undefined): string | undefined => {
  const parts = credential?.split('/');
  return parts === undefined || parts.length < 5 ? undefined : parts.at(-2);
};

function readTime(text: string): { timestamp: string; ms: number } | undefined {
  if (/^\d{8}T\d{6}Z$/.test(text)) {
    const part = (from: number, to: number): number => Number(text.slice(from, to));
    const ms = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(9, 11), part(11, 13), part(13, 15));
    return { timestamp: text, ms };
  }
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : { timestamp: basicTime(ms), ms };
}

/** A time as signatures write it: YYYYMMDDTHHMMSSZ. */
export const basicTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
