import { createHmac, timingSafeEqual } from 'node:crypto';
import { queryValue, type WireRequest } from '../http/wire-request.ts';
import type { ClaimV2 } from './claim.ts';
import { encodingsOf } from './signature-v4.ts';

// AWS Signature Version 2 for S3, as boto3 still uses it for presigned URLs
// (docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html).

/** The query parameters that belong to the signed resource. */
const resourceParameters = new Set([
  'accelerate', 'acl', 'analytics', 'cors', 'defaultObjectAcl', 'delete', 'encryption', 'inventory', 'lifecycle', 'location',
  'logging', 'metrics', 'notification', 'object-lock', 'partNumber', 'policy', 'publicAccessBlock', 'replication',
  'requestPayment', 'response-cache-control', 'response-content-disposition', 'response-content-encoding',
  'response-content-language', 'response-content-type', 'response-expires', 'restore', 'select', 'select-type',
  'storageClass', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website',
]); // biome-ignore format: a table reads better than a column

/** Whether the claim's signature belongs to this request. `bucket` is the one named by the host, if any. */
export function matchesV2(request: WireRequest, claim: ClaimV2, secret: string, bucket: string | undefined): boolean {
  const text = stringToSign(request, claim, bucket);
  const given = Buffer.from(claim.signature, 'base64');
  return encodingsOf(text).some((encoding) => {
    const expected = createHmac('sha1', secret).update(text, encoding).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** A query's text with one character for each byte of its UTF-8, as headers are read. */
const bytewise = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function stringToSign(request: WireRequest, claim: ClaimV2, bucket: string | undefined): string {
  const { headers } = request;
  const ofPresigned = (name: string): string | undefined => {
    const value = claim.presigned ? queryValue(request, name) : undefined;
    return value === undefined ? undefined : bytewise(value);
  };
  const amazon = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('x-amz-')) amazon.set(name, value);
  if (claim.presigned) {
    for (const { name, value } of request.query)
      if (name.toLowerCase().startsWith('x-amz-')) amazon.set(name.toLowerCase(), bytewise(value));
  }
  const date = claim.presigned ? String(claim.expiresAtSeconds) : amazon.has('x-amz-date') ? '' : (headers.date ?? '');
  const lines = [
    request.method,
    headers['content-md5'] ?? ofPresigned('content-md5') ?? '',
    headers['content-type'] ?? ofPresigned('content-type') ?? '',
    date,
    ...[...amazon].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value.trim()}`),
    resourceOf(request, bucket),
  ];
  return lines.join('\n');
}

function resourceOf(request: WireRequest, bucket: string | undefined): string {
  const parts = request.query
    .filter(({ name }) => resourceParameters.has(name))
    .map(({ name, value, rawValue }) => (rawValue === '' ? name : `${name}=${bytewise(value)}`))
    .sort();
  const path = bucket === undefined ? request.rawPath : `/${bucket}${request.rawPath}`;
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}
