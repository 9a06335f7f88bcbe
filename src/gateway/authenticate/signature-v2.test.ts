import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget } from '../http/request-target.ts';
import type { WireRequest } from '../http/wire-request.ts';
import { type ClaimV2, readClaim } from './claim.ts';
import { matchesV2 } from './signature-v2.ts';

// The examples of the S3 User Guide, "Signing and authenticating REST requests".
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

function matches(method: string, target: string, headers: Record<string, string>, bucket?: string): boolean {
  const wire: WireRequest = { method, ...parseTarget(target), headers, host: '', message: undefined as never };
  const claim = readClaim(wire);
  assert.equal(claim.kind, 'v2');
  return matchesV2(wire, claim as ClaimV2, secret, bucket);
}

test("AWS's example of a GET by the bucket's host name matches", () => {
  const headers = {
    date: 'Tue, 27 Mar 2007 19:36:42 +0000',
    authorization: 'AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=',
  };
  assert.equal(matches('GET', '/photos/puppy.jpg', headers, 'awsexamplebucket1'), true);
  assert.equal(matches('GET', '/photos/puppy.jpg', headers, 'another'), false);
  assert.equal(matches('DELETE', '/photos/puppy.jpg', headers, 'awsexamplebucket1'), false);
});

test("AWS's example of a PUT matches, its type included", () => {
  const headers = {
    'content-type': 'image/jpeg',
    date: 'Tue, 27 Mar 2007 21:15:45 +0000',
    authorization: 'AWS AKIAIOSFODNN7EXAMPLE:iqRzw+ileNPu1fhspnRs8nOjjIA=',
  };
  assert.equal(matches('PUT', '/photos/puppy.jpg', headers, 'awsexamplebucket1'), true);
  assert.equal(
    matches('PUT', '/photos/puppy.jpg', { ...headers, 'content-type': 'image/png' }, 'awsexamplebucket1'),
    false,
  );
});

test('a presigned URL as boto3 1.44.5 makes it matches, path style with a sub-resource', () => {
  // generate_presigned_url('get_object', Bucket='bucket', Key='ü/ö x', ResponseContentType='text/x'), 2026-11-23
  const target =
    '/bucket/%C3%BC/%C3%B6%20x?response-content-type=text%2Fx&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=4WbLuUptRalSGSkJELuHoQakc%2B4%3D&Expires=1795400000';
  assert.equal(matches('GET', target, {}), true);
  assert.equal(matches('GET', target.replace('text%2Fx', 'text%2Fy'), {}), false);
  assert.equal(matches('GET', target.replace('1795400000', '1795400001'), {}), false);
});

test('a header beyond ASCII matches, as botocore 1.43.11 signs it, whether its bytes are UTF-8 or Latin-1', () => {
  const date = 'Tue, 27 Mar 2007 21:15:45 +0000';
  const sent = (text: string, encoding: 'utf8' | 'latin1', signature: string) => ({
    date,
    // What Node makes of the bytes.
    'x-amz-meta-name': Buffer.from(text, encoding).toString('latin1'),
    authorization: `AWS AKIAIOSFODNN7EXAMPLE:${signature}`,
  });
  assert.equal(matches('PUT', '/bucket/k', sent('Grüße €', 'utf8', '+jjD3QBEkOiEGRx0NHqe2SB0tbc=')), true);
  assert.equal(matches('PUT', '/bucket/k', sent('Grüße', 'latin1', 'BNqrV7hxjM4EDtzxM9u9g+SWdkY=')), true);
  assert.equal(matches('PUT', '/bucket/k', sent('Grüsse €', 'utf8', '+jjD3QBEkOiEGRx0NHqe2SB0tbc=')), false);
});

test('a presigned URL whose query goes beyond Latin-1 matches', () => {
  const target =
    '/bucket/k?response-content-disposition=attachment%3B%20filename%3D%22%E2%82%AC.txt%22&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=aZo6U9mCMylegShj1%2FXIXk%2FslR0%3D&Expires=1795400000';
  assert.equal(matches('GET', target, {}), true);
});
