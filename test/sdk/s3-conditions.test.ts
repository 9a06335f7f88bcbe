// Preconditions of writes, removals and ranges, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, Body: string, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const other = '"0123"';

test('If-Range gives a range of the object it names, and the whole of any other', async () => {
  const Bucket = await server.bucket();
  const { ETag } = await put(Bucket, 'k', '0123456789');
  const { LastModified } = await s3().send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  const time = LastModified!.toUTCString();
  const earlier = new Date(LastModified!.getTime() - 1000).toUTCString();
  const cases: [string, boolean][] = [
    [ETag!, true],
    [time, true],
    [other, false],
    [`W/${ETag}`, false],
    [earlier, false],
    [new Date(LastModified!.getTime() + 1000).toUTCString(), false],
    ['nonsense', false],
  ];
  for (const [condition, holds] of cases) {
    const own = server.clientSending({ 'If-Range': condition });
    const get = (Range: string) => own.send(new GetObjectCommand({ Bucket, Key: 'k', Range }));
    const found = await get('bytes=2-4');
    assert.deepEqual(
      [found.$metadata.httpStatusCode, await found.Body?.transformToString()],
      holds ? [206, '234'] : [200, '0123456789'],
      condition,
    );
    const head = await own.send(new HeadObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }));
    assert.equal(head.ContentLength, holds ? 3 : 10);
    if (holds) await refused(get('bytes=20-'), 'InvalidRange', { status: 416 });
    else assert.equal((await get('bytes=20-')).ContentLength, 10);
  }
});

test('conditions come before ranges, and a tag before the date beside it', async () => {
  const Bucket = await server.bucket();
  const { ETag } = await put(Bucket, 'k', '0123456789', { CacheControl: 'max-age=60' });
  const get = (more: object) => s3().send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=20-', ...more }));
  const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  await refused(get({ IfMatch: other }), 'PreconditionFailed', { status: 412 });
  await refused(get({ IfMatch: ETag, IfUnmodifiedSince: past }), 'InvalidRange', { status: 416 });
  await refused(get({ IfNoneMatch: other, IfModifiedSince: future }), 'InvalidRange', { status: 416 });
  await refused(get({ IfMatch: ETag, IfNoneMatch: ETag }), 'Unknown', { status: 304 });
  await refused(get({ IfMatch: other, IfNoneMatch: ETag }), 'PreconditionFailed', { status: 412 });
  // A weak tag serves a cache, but no condition that wants the very same bytes (RFC 9110, 13.1.1 and 13.1.2).
  await refused(get({ IfMatch: `W/${ETag}` }), 'PreconditionFailed', { status: 412 });
  const cached = await refused(get({ IfNoneMatch: `W/${ETag}` }), 'Unknown', { status: 304 });
  assert.deepEqual([cached.$response?.headers.etag, cached.$response?.headers['cache-control']], [ETag, 'max-age=60']);
});

test('writes overwrite only what they expect: puts, copies and completions', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  await put(Bucket, 'source', 'x');
  const copy = (more: object) =>
    s3().send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }));
  const complete = async (more: object) => {
    const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const { ETag } = await s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return s3().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...more }));
  };
  for (const write of [(more: object) => put(Bucket, Key, 'y', more), copy, complete]) {
    await s3().send(new DeleteObjectCommand({ Bucket, Key }));
    for (const IfMatch of [other, '*']) await refused(write({ IfMatch }), 'NoSuchKey', { status: 404 });
    await write({ IfNoneMatch: '*' });
    await refused(write({ IfNoneMatch: '*' }), 'PreconditionFailed', { status: 412 });
    const { ETag } = await s3().send(new HeadObjectCommand({ Bucket, Key }));
    for (const IfMatch of [other, `W/${ETag}`])
      await refused(write({ IfMatch }), 'PreconditionFailed', { status: 412 });
    await write({ IfMatch: ETag });
    await write({ IfMatch: ETag?.replaceAll('"', '') });
    await write({ IfMatch: '*' });
    await refused(write({ IfNoneMatch: ETag }), 'NotImplemented', { status: 501 });
    await refused(write({ IfMatch: ETag, IfNoneMatch: '*' }), 'NotImplemented', { status: 501 });
  }
});

test('a removal can expect what it removes', async () => {
  const Bucket = await server.bucket();
  const remove = (Key: string, IfMatch: string | undefined) =>
    s3().send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
  const { ETag } = await put(Bucket, 'k', 'x');
  await refused(remove('k', other), 'PreconditionFailed', { status: 412 });
  await remove('k', ETag);
  await refused(remove('k', ETag), 'NoSuchKey', { status: 404 });
  await refused(remove('k', '*'), 'NoSuchKey', { status: 404 });
  await remove('k', undefined);
  await put(Bucket, 'k', 'x');
  await remove('k', '*');
  for (const Key of ['a', 'b', 'c', 'd']) await put(Bucket, Key, 'x');
  const Objects = [
    { Key: 'a', ETag },
    { Key: 'b', ETag: other },
    { Key: 'c', Size: 1 },
    { Key: 'd', LastModifiedTime: new Date() },
    { Key: 'none', ETag },
  ];
  const batch = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.deepEqual(batch.Deleted, [{ Key: 'a' }]);
  assert.deepEqual(
    batch.Errors?.map(({ Key, Code }) => [Key, Code]),
    [
      ['b', 'PreconditionFailed'],
      ['c', 'NotImplemented'],
      ['d', 'NotImplemented'],
      ['none', 'NoSuchKey'],
    ],
  );
});

test('a condition that S3 has not is refused by writes and removals, not ignored', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x');
  const since = server.clientSending({ 'If-Unmodified-Since': new Date(0).toUTCString() });
  await refused(since.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y' })), 'NotImplemented', {
    status: 501,
    text: /if-unmodified-since/,
  });
  await refused(since.send(new DeleteObjectCommand({ Bucket, Key: 'k' })), 'NotImplemented', { status: 501 });
  const unlike = server.clientSending({ 'If-None-Match': '*' });
  await refused(unlike.send(new DeleteObjectCommand({ Bucket, Key: 'k' })), 'NotImplemented', { status: 501 });
});

test('conditions of a copy are about its source, for objects and for parts', async () => {
  const Bucket = await server.bucket();
  const Key = 'to';
  const { ETag } = await put(Bucket, 'k', 'x');
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const CopySource = `${Bucket}/k`;
  const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  const cases: [object, boolean][] = [
    [{ CopySourceIfMatch: ETag }, true],
    [{ CopySourceIfMatch: other }, false],
    [{ CopySourceIfNoneMatch: other }, true],
    [{ CopySourceIfNoneMatch: ETag }, false],
    [{ CopySourceIfModifiedSince: past }, true],
    [{ CopySourceIfModifiedSince: future }, false],
    [{ CopySourceIfUnmodifiedSince: future }, true],
    [{ CopySourceIfUnmodifiedSince: past }, false],
    [{ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past }, true],
    [{ CopySourceIfNoneMatch: ETag, CopySourceIfModifiedSince: past }, false],
  ];
  for (const [conditions, holds] of cases) {
    const object = () => s3().send(new CopyObjectCommand({ Bucket, Key, CopySource, ...conditions }));
    const part = () =>
      s3().send(new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 1, CopySource, ...conditions }));
    for (const send of [object, part]) {
      if (holds) await send();
      else await refused(send(), 'PreconditionFailed', { status: 412 });
    }
  }
});
