import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../base/index.ts';
import { ownNames } from '../http/own-names.ts';
import { decodePercent, parseTarget } from '../http/request-target.ts';
import type { WireRequest } from '../http/wire-request.ts';
import { loadModel } from '../model/service-model.ts';
import { readAddress } from './s3-address.ts';
import { compileRoutes, routeS3 } from './s3-route.ts';

const routes = compileRoutes(loadModel('s3').bindings);

function routed(line: string, headers: Record<string, string> = {}): string {
  const [method = '', target = ''] = line.split(' ');
  const request: WireRequest = {
    method,
    ...parseTarget(target),
    headers,
    host: '127.0.0.1:8470',
    message: undefined as never,
  };
  return routeS3(routes, request, readAddress(undefined, request.rawPath));
}

const lines: readonly [string, string, Record<string, string>?][] = [
  ['GET /', 'ListBuckets'],
  ['GET /?x-id=ListBuckets', 'ListBuckets'],
  ['HEAD /b', 'HeadBucket'],
  ['PUT /b/', 'CreateBucket'],
  ['GET /b', 'ListObjects'],
  ['GET /b?list-type=2&prefix=a', 'ListObjectsV2'],
  ['GET /b?list-type=3', 'ListObjects'],
  ['GET /b?location', 'GetBucketLocation'],
  ['GET /b?location=', 'GetBucketLocation'],
  ['GET /b?uploads', 'ListMultipartUploads'],
  ['POST /b?delete=', 'DeleteObjects'],
  ['GET /b?acl', 'GetBucketAcl'],
  ['GET /b/k', 'GetObject'],
  ['GET /b/k?x-id=GetObject', 'GetObject'],
  ['GET /b/k?uploadId=u', 'ListParts'],
  ['GET /b/k?attributes', 'GetObjectAttributes', { 'x-amz-object-attributes': 'ETag' }],
  ['PUT /b/k', 'PutObject'],
  ['PUT /b/k', 'CopyObject', { 'x-amz-copy-source': 'b/x' }],
  ['PUT /b/k?tagging', 'PutObjectTagging'],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPartCopy', { 'x-amz-copy-source': 'b/x' }],
  ['POST /b/k?uploads', 'CreateMultipartUpload'],
  ['POST /b/k?uploads=', 'CreateMultipartUpload'],
  ['POST /b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload'],
  ['DELETE /b/k', 'DeleteObject'],
  ['DELETE /b', 'DeleteBucket'],
];
for (const [line, operation, headers] of lines) {
  test(`${line}${headers === undefined ? '' : ` with ${Object.keys(headers)}`} is ${operation}`, () => {
    assert.equal(routed(line, headers), operation);
  });
}

test('a method that a resource does not have is refused', () => {
  assert.throws(
    () => routed('POST /b/k'),
    (thrown) => thrown instanceof ServiceError && thrown.code === 'MethodNotAllowed',
  );
});

test('half of a part upload does not overwrite the object', () => {
  assert.throws(() => routed('PUT /b/k?uploadId=u'), /belong together/);
  assert.throws(() => routed('PUT /b/k?partNumber=1'), /belong together/);
});

const addresses: readonly [host: string, path: string, bucket: string | undefined, key: string | undefined][] = [
  ['127.0.0.1:8470', '/b/k', 'b', 'k'],
  ['127.0.0.1', '/', undefined, undefined],
  ['127.0.0.1', '/b/', 'b', undefined],
  ['localhost:8470', '/b/k', 'b', 'k'],
  ['b.localhost:8470', '/k/l', 'b', 'k/l'],
  ['my.bucket.localhost', '/', 'my.bucket', undefined],
  ['b.s3.us-east-1.amazonaws.com', '/k', 'b', 'k'],
  ['b.s3.amazonaws.com', '/k', 'b', 'k'],
  ['s3.eu-west-1.amazonaws.com', '/b/k', 'b', 'k'],
  ['ml.example.com', '/b/k', 'b', 'k'],
  ['b.ml.example.com:443', '/k', 'b', 'k'],
  ['example.com.', '/b/k', 'b', 'k'],
  ['b.example.com', '/k', 'b', 'k'],
  ['sts.us-east-1.amazonaws.com', '/b/k', 'b', 'k'],
  ['[::1]:8470', '/b/k', 'b', 'k'],
  ['127.0.0.1', '/b//a/./../c//', 'b', '/a/./../c//'],
  ['127.0.0.1', '/b/a+b%20c%2Fd%2525', 'b', 'a+b c/d%25'],
  ['127.0.0.1', '/b/%C3%BC', 'b', 'ü'],
];
const names = ownNames(['localhost', 'example.com', 'ML.example.com']);
for (const [host, path, bucket, key] of addresses) {
  test(`${host}${path} is bucket ${bucket}, key ${key}`, () => {
    const address = readAddress(names.read(host)?.bucket, path);
    assert.deepEqual([address.bucket, address.key], [bucket, key]);
  });
}

test('names that are not ours are not known', () => {
  for (const host of [
    'linnet.lan',
    'b.linnet.lan',
    'localhost.evil.com',
    'notexample.com',
    'b.s3-website.us-east-1.amazonaws.com',
    'ec2-1-2-3-4.compute-1.amazonaws.com',
    's3.amazonaws.com.evil.com',
    '127.0.0.1.nip.io',
    'localhost,evil.com',
  ])
    assert.equal(names.read(host), undefined, host);
});

test('any key comes back from a path, and broken escapes are refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => assert.equal(decodePercent(encodeURIComponent(key)), key)),
  );
  for (const path of ['%', '%2', '%zz', '%ff', '%C3', '%ED%A0%80'])
    assert.throws(() => decodePercent(path), ServiceError, path);
});

test('whatever target comes, it is split or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'/?&=%aA0+#.:\u00ff'.split('')) }), (target) => {
      try {
        const { rawPath } = parseTarget(target);
        assert.ok(rawPath.startsWith('/'));
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError, String(thrown));
      }
    }),
  );
});
