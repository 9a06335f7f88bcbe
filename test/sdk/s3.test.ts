// Objects through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();

async function put(bucket: string, key: string, body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) {
  return server.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
}

const get = (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  server.client().send(new GetObjectCommand({ Bucket, Key, ...more }));

const textOf = async (Bucket: string, Key: string): Promise<string> =>
  (await bytesOf(await get(Bucket, Key))).toString();

test('bytes come back as they were put, from buffers, streams and empty', async () => {
  const Bucket = await server.bucket();
  const bytes = randomBytes(3_000_000);
  const pieces = (): Readable =>
    Readable.from(Array.from({ length: 50 }, (_, at) => bytes.subarray(at * 60_000, (at + 1) * 60_000)));
  await put(Bucket, 'buffer', bytes);
  await put(Bucket, 'stream', pieces(), { ContentLength: bytes.length });
  await put(Bucket, 'empty', '');
  for (const key of ['buffer', 'stream']) {
    const found = await get(Bucket, key);
    assert.equal(found.ContentLength, bytes.length);
    assert.equal(found.ETag, `"${createHash('md5').update(bytes).digest('hex')}"`);
    assert.equal(found.ContentType, 'application/octet-stream');
    assert.equal(found.ContentEncoding, undefined);
    assert.equal(found.AcceptRanges, 'bytes');
    assert.ok(Math.abs(Date.now() - (found.LastModified?.getTime() ?? 0)) < 10_000);
    assert.ok((await bytesOf(found)).equals(bytes), key);
  }
  assert.equal((await bytesOf(await get(Bucket, 'empty'))).length, 0);
});

test('keys are any text, taken as they are', async () => {
  const Bucket = await server.bucket();
  const keys = [
    'with space',
    'ü',
    'a+b',
    `q'uote&<>"`,
    'a%2Fb',
    'a//b',
    '/lead',
    'a/',
    'a/../b',
    '.',
    '\u{1f989}',
    'a?b#c',
    'tab\tx',
    'a=b;c,d@e!*()~$',
  ];
  for (const key of keys) await put(Bucket, key, key);
  for (const key of keys) assert.equal(await textOf(Bucket, key), key);
  const listed = await server.client().send(new ListObjectsV2Command({ Bucket }));
  const order = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    order,
  );
});

test('metadata of 2 KB is kept, more is refused', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x', { Metadata: { a: 'x'.repeat(2047) } });
  await refused(put(Bucket, 'k', 'x', { Metadata: { a: 'x'.repeat(2048) } }), 'MetadataTooLarge', { status: 400 });
});

test('Content-MD5 is verified', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'abc', { ContentMD5: createHash('md5').update('abc').digest('base64') });
  const ContentMD5 = createHash('md5').update('abd').digest('base64');
  await refused(put(Bucket, 'k', 'abc', { ContentMD5 }), 'BadDigest', {
    status: 400,
    text: /The Content-MD5 you specified did not match what we received/,
  });
  await refused(put(Bucket, 'k', 'abc', { ContentMD5: 'abc' }), 'InvalidDigest', { status: 400 });
});

test('ranges are what slice would give', async () => {
  const Bucket = await server.bucket();
  const bytes = randomBytes(1000);
  await put(Bucket, 'k', bytes);
  const cases: [string, number, number][] = [
    ['bytes=0-9', 0, 10],
    ['bytes=100-199', 100, 200],
    ['bytes=-10', 990, 1000],
    ['bytes=-5000', 0, 1000],
    ['bytes=990-', 990, 1000],
    ['bytes=990-99999999999999999999', 990, 1000],
    ['bytes=999-999', 999, 1000],
    ['bytes=0-', 0, 1000],
  ];
  for (const [Range, start, end] of cases) {
    const part = await get(Bucket, 'k', { Range });
    assert.equal(part.$metadata.httpStatusCode, 206, Range);
    assert.equal(part.ContentRange, `bytes ${start}-${end - 1}/1000`);
    assert.equal(part.ContentLength, end - start);
    assert.ok((await bytesOf(part)).equals(bytes.subarray(start, end)), Range);
    const head = await server.client().send(new HeadObjectCommand({ Bucket, Key: 'k', Range }));
    assert.deepEqual([head.$metadata.httpStatusCode, head.ContentLength], [206, end - start]);
  }
  for (const Range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])
    await refused(get(Bucket, 'k', { Range }), 'InvalidRange', {
      status: 416,
      text: /The requested range is not satisfiable/,
    });
  await put(Bucket, 'empty', '');
  assert.equal((await get(Bucket, 'empty', { Range: 'bytes=-1' })).$metadata.httpStatusCode, 200);
  for (const Range of ['bytes=0-0', 'bytes=0-', 'bytes=-0'])
    await refused(get(Bucket, 'empty', { Range }), 'InvalidRange', { status: 416 });
  for (const PartNumber of [0, -3, 10_001])
    await refused(get(Bucket, 'none', { PartNumber }), 'InvalidArgument', { status: 400 });
  for (const Range of ['bytes=5-2', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-', 'bytes=a-b']) {
    const whole = await get(Bucket, 'k', { Range });
    assert.deepEqual([whole.$metadata.httpStatusCode, whole.ContentLength], [200, 1000], Range);
    await bytesOf(whole);
  }
});

test('conditions of a read follow RFC 9110', async () => {
  const Bucket = await server.bucket();
  const { ETag } = await put(Bucket, 'k', 'x');
  const { LastModified } = await get(Bucket, 'k');
  assert.ok(ETag !== undefined && LastModified !== undefined);
  const before = new Date(LastModified.getTime() - 5000);
  const after = new Date(LastModified.getTime() + 5000);
  const other = '"0123"';
  const cases: [Partial<GetObjectCommandInput>, number][] = [
    [{ IfMatch: ETag }, 200],
    [{ IfMatch: '*' }, 200],
    [{ IfMatch: `${other}, ${ETag}` }, 200],
    [{ IfMatch: other }, 412],
    [{ IfNoneMatch: other }, 200],
    [{ IfNoneMatch: ETag }, 304],
    [{ IfModifiedSince: before }, 200],
    [{ IfModifiedSince: LastModified }, 304],
    [{ IfUnmodifiedSince: LastModified }, 200],
    [{ IfUnmodifiedSince: before }, 412],
    [{ IfMatch: ETag, IfUnmodifiedSince: before }, 200],
    [{ IfNoneMatch: ETag, IfModifiedSince: before }, 304],
    [{ IfNoneMatch: other, IfModifiedSince: after }, 200],
  ];
  for (const [conditions, status] of cases) {
    const head = () => server.client().send(new HeadObjectCommand({ Bucket, Key: 'k', ...conditions }));
    for (const send of [() => get(Bucket, 'k', conditions), head]) {
      const found = await send().then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (thrown) => thrown.$metadata?.httpStatusCode,
      );
      assert.equal(found, status, JSON.stringify(conditions));
    }
  }
});

test('a conditional put overwrites only what it expects', async () => {
  const Bucket = await server.bucket();
  await refused(put(Bucket, 'k', 'x', { IfMatch: '"0123"' }), 'NoSuchKey', { status: 404 });
  const { ETag } = await put(Bucket, 'k', 'one', { IfNoneMatch: '*' });
  await refused(put(Bucket, 'k', 'two', { IfNoneMatch: '*' }), 'PreconditionFailed', { status: 412 });
  await refused(put(Bucket, 'k', 'two', { IfMatch: '"0123"' }), 'PreconditionFailed', { status: 412 });
  assert.equal(await textOf(Bucket, 'k'), 'one');
  await put(Bucket, 'k', 'two', { IfMatch: ETag });
  assert.equal(await textOf(Bucket, 'k'), 'two');
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4, 5].map((n) => put(Bucket, 'race', String(n), { IfNoneMatch: '*' })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('a copy has the bytes of its source and, as asked, its description or a new one', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  const Key = 'söurce +&/x';
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
  await put(Bucket, Key, 'hello', {
    ContentType: 'text/plain',
    Metadata: { a: 'b' },
    Tagging: 'x=1',
    ChecksumAlgorithm: 'SHA256',
  });
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  assert.equal(copied.CopyObjectResult?.ETag, `"${createHash('md5').update('hello').digest('hex')}"`);
  assert.equal(copied.CopyObjectResult?.ChecksumSHA256, createHash('sha256').update('hello').digest('base64'));
  const Metadata = { a: 'x'.repeat(2048) };
  await refused(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, Metadata })), 'MetadataTooLarge');
  const copy = await get(Bucket, 'copy');
  assert.deepEqual([copy.ContentType, copy.Metadata, copy.TagCount], ['text/plain', { a: 'b' }, 1]);
  assert.equal((await bytesOf(copy)).toString(), 'hello');

  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'anew',
      CopySource: `/${CopySource}`,
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      Metadata: { c: 'd' },
      Tagging: 'y=2',
    }),
  );
  const anew = await s3.send(new HeadObjectCommand({ Bucket, Key: 'anew' }));
  assert.deepEqual([anew.ContentType, anew.Metadata], ['binary/octet-stream', { c: 'd' }]);
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'anew' }));
  assert.deepEqual(TagSet, [{ Key: 'y', Value: '2' }]);

  await refused(s3.send(new CopyObjectCommand({ Bucket, Key, CopySource })), 'InvalidRequest', {
    text: /This copy request is illegal because it is trying to copy an object to itself/,
  });
  await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, MetadataDirective: 'REPLACE', Metadata: { e: 'f' } }));
  assert.deepEqual((await get(Bucket, Key)).Metadata, { e: 'f' });
  assert.equal(await textOf(Bucket, Key), 'hello');
});

test('a copy is refused when its source is not as expected', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  const { ETag } = await put(Bucket, 'k', 'x');
  const copy = (more: object) =>
    s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/k`, ...more }));
  await refused(copy({ CopySource: `${Bucket}/none` }), 'NoSuchKey', { status: 404 });
  await refused(copy({ CopySource: 'no-such-bucket/k' }), 'NoSuchBucket', { status: 404 });
  await refused(copy({ CopySource: 'nothing' }), 'InvalidArgument', { status: 400 });
  await refused(copy({ CopySource: `${Bucket}/k?versionId=${'a'.repeat(32)}` }), 'NoSuchVersion', { status: 404 });
  await refused(copy({ CopySourceIfMatch: '"0123"' }), 'PreconditionFailed', { status: 412 });
  await refused(copy({ CopySourceIfNoneMatch: ETag }), 'PreconditionFailed', { status: 412 });
  await refused(copy({ CopySourceIfUnmodifiedSince: new Date(0) }), 'PreconditionFailed', { status: 412 });
  await refused(get(Bucket, 'to'), 'NoSuchKey');
  await copy({ CopySourceIfMatch: ETag, IfNoneMatch: '*' });
  await refused(copy({ IfNoneMatch: '*' }), 'PreconditionFailed', { status: 412 });
});

test('objects are removed one by one and many at once', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  for (const key of ['a', 'b', 'c', 'd&<']) await put(Bucket, key, 'x');
  assert.equal((await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).$metadata.httpStatusCode, 204);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await refused(get(Bucket, 'a'), 'NoSuchKey', { status: 404, text: /^The specified key does not exist\.$/ });
  const long = 'x'.repeat(1025);
  const batch = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: [{ Key: 'b' }, { Key: 'none' }, { Key: long }, { Key: 'd&<' }] },
    }),
  );
  assert.deepEqual(batch.Deleted?.map(({ Key }) => Key).sort(), ['b', 'd&<', 'none']);
  assert.deepEqual(
    batch.Errors?.map(({ Key, Code }) => [Key, Code]),
    [[long, 'KeyTooLongError']],
  );
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'c' }], Quiet: true } }));
  assert.deepEqual([quiet.Deleted, quiet.Errors], [undefined, undefined]);
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  await refused(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [] } })), 'MalformedXML', {
    status: 400,
  });
});

test('attributes of an object are told as asked', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'hello', { ChecksumAlgorithm: 'SHA1' });
  const all = await server.client().send(
    new GetObjectAttributesCommand({
      Bucket,
      Key: 'k',
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
    }),
  );
  assert.deepEqual(
    [all.ETag, all.ObjectSize, all.StorageClass],
    [createHash('md5').update('hello').digest('hex'), 5, 'STANDARD'],
  );
  assert.equal(all.Checksum?.ChecksumSHA1, createHash('sha1').update('hello').digest('base64'));
  const some = await server
    .client()
    .send(new GetObjectAttributesCommand({ Bucket, Key: 'k', ObjectAttributes: ['ObjectSize'] }));
  assert.deepEqual([some.ObjectSize, some.ETag, some.Checksum], [5, undefined, undefined]);
});

test('presigned addresses put and get without credentials', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  const upload = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'a b/ü', ContentType: 'text/plain' }));
  const sent = await fetch(upload, { method: 'PUT', body: 'presigned', headers: { 'content-type': 'text/plain' } });
  assert.equal(sent.status, 200, await sent.text());
  const download = await getSignedUrl(
    s3,
    new GetObjectCommand({
      Bucket,
      Key: 'a b/ü',
      ResponseContentType: 'text/html',
      ResponseContentDisposition: 'attachment',
    }),
  );
  const found = await fetch(download);
  assert.equal(await found.text(), 'presigned');
  assert.equal(found.headers.get('content-type'), 'text/html');
  assert.equal(found.headers.get('content-disposition'), 'attachment');
  const part = await fetch(download, { headers: { range: 'bytes=3-5' } });
  assert.deepEqual([part.status, await part.text()], [206, 'sig']);
  assert.equal((await fetch(`${download}x`)).status, 403);
});

test('a broken upload leaves nothing, visible or not', async () => {
  const Bucket = await server.bucket();
  const files = server.blobCount();
  const address = await getSignedUrl(server.client(), new PutObjectCommand({ Bucket, Key: 'k' }));
  const torn = request(address, { method: 'PUT', headers: { 'content-length': 5_000_000 } }).on('error', () => {});
  // Bodies below 512 KB have no file before they are whole.
  torn.write(randomBytes(3_000_000));
  while (server.blobCount() === files) await new Promise((resolve) => setTimeout(resolve, 5));
  torn.destroy();
  while (server.blobCount() > files) await new Promise((resolve) => setTimeout(resolve, 5));
  await refused(get(Bucket, 'k'), 'NoSuchKey');
});
