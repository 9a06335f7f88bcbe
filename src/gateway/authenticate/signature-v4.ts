import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { decodePercent, encodePercent } from '../http/request-target.ts';
import type { WireRequest } from '../http/wire-request.ts';
import type { ClaimV4 } from './claim.ts';

// AWS Signature Version 4, as docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html describes it.

export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex');
const hmac = (key: Uint8Array | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const keysMax = 256;
const keys = new Map<string, Buffer>();

/** The day's key of a secret for a region and service. The last few are kept: deriving one takes four HMACs. */
export function signingKey(secret: string, scope: { date: string; region: string; service: string }): Buffer {
  const name = `${scope.date}/${scope.region}/${scope.service}/${secret}`;
  let key = keys.get(name);
  if (key === undefined) {
    key = hmac(hmac(hmac(hmac(`AWS4${secret}`, scope.date), scope.region), scope.service), 'aws4_request');
    if (keys.size >= keysMax) keys.delete(keys.keys().next().value!);
    keys.set(name, key);
  }
  return key;
}

export const scopeOf = (claim: ClaimV4): string => `${claim.date}/${claim.region}/${claim.service}/aws4_request`;

/** Whether two lower-case hexadecimal strings are the same, in a time that does not reveal where they differ. */
export const sameHex = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left, 'latin1'), Buffer.from(right, 'latin1'));

/**
 * Whether the claim's signature belongs to this request, secret and payload hash.
 *
 * Clients disagree on how to write a path or query that could be escaped in more than one way: some sign it as sent,
 * some as AWS would write it, and some sign a header's UTF-8 text while sending other bytes. Each reading stands for
 * the same request, so each is tried; nearly all requests match the first.
 */
export function matchesV4(request: WireRequest, claim: ClaimV4, secret: string, payloadHash: string): boolean {
  const key = signingKey(secret, claim);
  const prefix = `AWS4-HMAC-SHA256\n${claim.timestamp}\n${scopeOf(claim)}\n`;
  const headers = canonicalHeaders(request, claim.signedHeaders);
  for (const path of canonicalPaths(request.rawPath, claim.service === 's3')) {
    for (const query of canonicalQueries(request)) {
      const canonical = `${request.method}\n${path}\n${query}\n${headers}\n${claim.signedHeaders.join(';')}\n${payloadHash}`;
      for (const encoding of encodingsOf(canonical)) {
        const digest = sha256Hex(encoding === 'utf8' ? canonical : Buffer.from(canonical, encoding));
        const signature = createHmac('sha256', key)
          .update(prefix + digest)
          .digest('hex');
        if (sameHex(signature, claim.signature)) return true;
      }
    }
  }
  return false;
}

/** White space that is not one blank. */
const otherSpace = /\s\s|[^\S ]/;

function canonicalHeaders(request: WireRequest, names: readonly string[]): string {
  let text = '';
  for (const name of names) {
    const value = request.headers[name] ?? '';
    text += `${name}:${otherSpace.test(value) ? value.replace(/\s+/g, ' ') : value}\n`;
  }
  return text;
}

/** S3 signs the path as it is, encoded once. All others normalise it and encode it a second time. */
function canonicalPaths(rawPath: string, s3: boolean): string[] {
  if (s3) {
    const encoded = decodePercent(rawPath).split('/').map(encodePercent).join('/');
    return encoded === rawPath ? [rawPath] : [rawPath, encoded];
  }
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(encodePercent(segment));
  }
  const trailing = segments.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return [`/${segments.join('/')}${trailing}`];
}

function canonicalQueries(request: WireRequest): string[] {
  if (request.query.length === 0) return [''];
  const pairs = request.query.filter((pair) => pair.name !== 'X-Amz-Signature');
  const join = (texts: [string, string][]): string =>
    texts
      .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
  const encoded = join(pairs.map((pair) => [encodePercent(pair.name), encodePercent(pair.value)]));
  const raw = join(pairs.map((pair) => [pair.rawName, pair.rawValue]));
  return raw === encoded ? [encoded] : [encoded, raw];
}

/** Header bytes were read as Latin-1: that gives the bytes sent. UTF-8 gives what a client signs that sends Latin-1. */
export const encodingsOf = (canonical: string): readonly ('latin1' | 'utf8')[] =>
  /[\u0080-\uffff]/.test(canonical) ? ['latin1', 'utf8'] : asAscii;
const asAscii = ['utf8'] as const;

/** The signer of a streamed body's parts, after the request itself. */
export interface ChunkSigner {
  key: Buffer;
  timestamp: string;
  scope: string;
  /** Signature of the request: the first chunk's predecessor. */
  seed: string;
}

/** Signature of one chunk of an aws-chunked body. `digest` is the SHA-256 of its data. */
export const chunkSignature = (signer: ChunkSigner, previous: string, digest: string): string =>
  hmac(
    signer.key,
    `AWS4-HMAC-SHA256-PAYLOAD\n${signer.timestamp}\n${signer.scope}\n${previous}\n${emptySha256}\n${digest}`,
  ).toString('hex');

/** Signature over the trailing headers, each `name:value` and a line feed. */
export const trailerSignature = (signer: ChunkSigner, previous: string, digest: string): string =>
  hmac(signer.key, `AWS4-HMAC-SHA256-TRAILER\n${signer.timestamp}\n${signer.scope}\n${previous}\n${digest}`).toString(
    'hex',
  );
