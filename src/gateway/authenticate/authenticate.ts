import { queryValue, type WireRequest } from '../http/wire-request.ts';
import type { Caller, Key, Signed } from '../operation.ts';
import { basicTime, type Claim, type ClaimV2, type ClaimV4, type SessionClaim } from './claim.ts';
import { type Family, refuse } from './refusals.ts';
import { matchesV2 } from './signature-v2.ts';
import { type ChunkSigner, matchesV4, scopeOf, signingKey } from './signature-v4.ts';

export interface AuthenticatorOptions {
  keyOf(accessKeyId: string, token: string | undefined): Key | undefined | Promise<Key | undefined>;
  auth: 'strict' | 'open';
  region: string;
  nowMs(): number;
  clockSkewMs: number;
}

/** A claim that passed every check that needs no payload. */
export interface Admission {
  caller: Caller;
  region: string;
  presigned: boolean;
  /** Whether the signature covers a header; never for other signatures than Version 4, or when none is asked for. */
  signs(header: string): boolean;
  /**
   * The last check: that the signature covers this request with this payload hash (hexadecimal SHA-256 or one of
   * the names S3 has for "not hashed"). Throws the family's refusal. Nothing may run before it returns.
   */
  verify(payloadHash: string): void;
  /** For bodies signed chunk by chunk; undefined when chunk signatures cannot be, or need not be, checked. */
  chunkSigner(): ChunkSigner | undefined;
}

/**
 * The gate. Checks key, scope, time and signed headers of a claim and returns what is left to verify.
 * With `auth: 'open'` any readable claim passes. Throws the family's refusal.
 * An anonymous claim passes as an anonymous caller: the service decides what that may do.
 */
export async function admit(
  request: WireRequest,
  claim: Claim,
  side: { family: Family; hostBucket?: string | undefined },
  options: AuthenticatorOptions,
): Promise<Admission> {
  const { family } = side;
  if (claim.kind === 'malformed') {
    throw refuse(family, request.headers.authorization === undefined ? 'malformed-query' : 'malformed', {
      text: claim.problem,
    });
  }
  if (claim.kind === 'anonymous') {
    if (family !== 's3') throw refuse(family, 'missing');
    return {
      caller: { accessKeyId: '', anonymous: true },
      region: options.region,
      presigned: false,
      signs: never,
      verify: () => {},
      chunkSigner: noSigner,
    };
  }
  if (claim.kind === 'session') return admitSession(claim, family, options);
  const place = claim.presigned ? 'query' : 'header';
  const signed: Signed =
    claim.kind === 'v4' ? { place, version: 'V4', atMs: claim.signedAtMs } : { place, version: 'V2' };
  const caller: Caller = { accessKeyId: claim.accessKeyId, anonymous: false, signed };
  const region = claim.kind === 'v4' ? claim.region : options.region;
  if (options.auth === 'open')
    return { caller, region, presigned: claim.presigned, signs: never, verify: () => {}, chunkSigner: noSigner };
  const key = await options.keyOf(claim.accessKeyId, tokenOf(request, claim));
  if (key === undefined) throw refuse(family, 'unknown-key', { details: { AWSAccessKeyId: claim.accessKeyId } });
  if ('refusal' in key) throw refuse(family, key.refusal);
  const { secret } = key;
  caller.holder = key.holder;
  if (claim.kind === 'v2') {
    checkTimeV2(request, claim, family, options);
    const matches = matchesV2(request, claim, secret, side.hostBucket);
    return {
      caller,
      region,
      presigned: claim.presigned,
      signs: never,
      verify: () => requireMatch(matches, claim, family),
      chunkSigner: noSigner,
    };
  }
  checkTimeV4(claim, family, options);
  checkSignedHeaders(request, claim, family);
  return {
    caller,
    region,
    presigned: claim.presigned,
    signs: (header) => claim.signedHeaders.includes(header),
    verify: (payloadHash) => requireMatch(matchesV4(request, claim, secret, payloadHash), claim, family),
    chunkSigner: () => ({
      key: signingKey(secret, claim),
      timestamp: claim.timestamp,
      scope: scopeOf(claim),
      seed: claim.signature,
    }),
  };
}

/** A page of the console may do what the key may that signed it in, for as long as there is that key. */
async function admitSession(
  { ownPage, session }: SessionClaim,
  family: Family,
  options: AuthenticatorOptions,
): Promise<Admission> {
  if (!ownPage) throw refuse(family, 'cross-origin', { text: 'Web pages of another origin are not answered' });
  if (session === undefined) throw refuse(family, 'signed-out');
  const { accessKeyId, keyToken, region } = session;
  const caller: Caller = { accessKeyId, anonymous: false };
  if (options.auth === 'strict') {
    const key = await options.keyOf(accessKeyId, keyToken);
    if (key === undefined) throw refuse(family, 'unknown-key', { details: { AWSAccessKeyId: accessKeyId } });
    if ('refusal' in key) throw refuse(family, key.refusal);
    caller.holder = key.holder;
  }
  return { caller, region, presigned: false, signs: never, verify: () => {}, chunkSigner: noSigner };
}

/** The token of a session, where the signature covers it: of presigned requests in the query, else in a header. */
const tokenOf = (request: WireRequest, { kind, presigned }: ClaimV4 | ClaimV2): string | undefined =>
  presigned
    ? (queryValue(request, 'X-Amz-Security-Token') ??
      (kind === 'v2' ? queryValue(request, 'x-amz-security-token') : undefined))
    : request.headers['x-amz-security-token'];

const never = (): boolean => false;
const noSigner = (): undefined => undefined;

function requireMatch(matches: boolean, claim: ClaimV4 | ClaimV2, family: Family): void {
  if (!matches)
    throw refuse(family, 'mismatch', {
      details: { AWSAccessKeyId: claim.accessKeyId, SignatureProvided: claim.signature },
    });
}

function checkTimeV4(claim: ClaimV4, family: Family, { nowMs, clockSkewMs }: AuthenticatorOptions): void {
  const now = nowMs();
  const minutes = clockSkewMs / 60_000;
  const details = () => ({
    RequestTime: claim.timestamp,
    ServerTime: new Date(now).toISOString(),
    MaxAllowedSkewMilliseconds: clockSkewMs,
  });
  if (claim.signedAtMs > now + clockSkewMs) {
    const text = `Signature not yet current: ${claim.timestamp} is still later than ${basicTime(now + clockSkewMs)} (${basicTime(now)} + ${minutes} min.)`;
    throw refuse(family, 'skewed', { text, details: details() });
  }
  if (claim.expiresSeconds !== undefined) {
    const endMs = claim.signedAtMs + claim.expiresSeconds * 1000;
    if (now > endMs) {
      const text = `Signature expired: ${basicTime(endMs)} is now earlier than ${basicTime(now)}`;
      const expired = {
        Expires: new Date(endMs).toISOString(),
        ServerTime: details().ServerTime,
        'X-Amz-Expires': claim.expiresSeconds,
      };
      throw refuse(family, 'expired', { text, details: expired });
    }
    return;
  }
  if (claim.signedAtMs < now - clockSkewMs) {
    const text = `Signature expired: ${claim.timestamp} is now earlier than ${basicTime(now - clockSkewMs)} (${basicTime(now)} - ${minutes} min.)`;
    throw refuse(family, 'skewed', { text, details: details() });
  }
}

function checkTimeV2(
  request: WireRequest,
  claim: ClaimV2,
  family: Family,
  { nowMs, clockSkewMs }: AuthenticatorOptions,
): void {
  const now = nowMs();
  if (claim.expiresAtSeconds !== undefined) {
    if (now <= claim.expiresAtSeconds * 1000) return;
    throw refuse(family, 'expired', {
      details: {
        Expires: new Date(claim.expiresAtSeconds * 1000).toISOString(),
        ServerTime: new Date(now).toISOString(),
      },
    });
  }
  const signedAt = Date.parse(request.headers['x-amz-date'] ?? request.headers.date ?? '');
  if (Number.isNaN(signedAt)) throw refuse(family, 'missing');
  if (Math.abs(now - signedAt) > clockSkewMs)
    throw refuse(family, 'skewed', { details: { ServerTime: new Date(now).toISOString() } });
}

/** Headers that say what a request means must be part of its signature, or anyone between could change them. */
function checkSignedHeaders(request: WireRequest, claim: ClaimV4, family: Family): void {
  const { signedHeaders } = claim;
  const unsigned: string[] = [];
  for (const name in request.headers) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name) && !mayBeUnsigned(name, claim)) unsigned.push(name);
  }
  if (!signedHeaders.includes('host')) unsigned.push('host');
  if (unsigned.length === 0) return;
  throw refuse(family, 'unsigned-header', {
    text: `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    details: { HeadersNotSigned: unsigned.join(', ') },
  });
}

/** A presigned request's payload hash is the query's; CloudFront adds its own id on the way. */
const mayBeUnsigned = (name: string, claim: ClaimV4): boolean =>
  name === 'x-amz-cf-id' || (claim.presigned && name === 'x-amz-content-sha256');
