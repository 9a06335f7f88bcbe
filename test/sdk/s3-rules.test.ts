// What S3 keeps of an object and what it refuses, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  type ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { refused as refusedBy, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3().send(new GetObjectCommand({ Bucket, Key, ...more }));
const refused = (sent: Promise<unknown>, code: string, status: number, text?: RegExp) =>
  refusedBy(sent, code, { status, ...(text === undefined ? {} : { text }) });

test('names that S3 does not allow are refused', async () => {
  for (const Bucket of ['ab', 'Upper', 'a..b', '-ab', 'ab-', '1.2.3.4', 'a'.repeat(64), 'under_score', 'xn--abc'])
    await refused(s3().send(new CreateBucketCommand({ Bucket })), 'InvalidBucketName', 400);
});

test('every description of an object is kept and told', async () => {
  const Bucket = await server.bucket();
  const Expires = new Date('2030-01-01T00:00:00Z');
  const description = {
    ContentType: 'text/csv',
    CacheControl: 'no-cache',
    ContentDisposition: 'attachment; filename="a.csv"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Metadata: { colour: 'blue', 'with-dash': 'a b' },
  };
  const put1 = await put(Bucket, 'k', 'x', {
    ...description,
    Expires,
    Tagging: 'a=1&b=%2B+%C3%BC',
    ServerSideEncryption: 'AES256',
  });
  assert.equal(put1.ServerSideEncryption, 'AES256');
  const head = await s3().send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  for (const [name, value] of Object.entries(description))
    assert.deepEqual(head[name as keyof typeof head], value, name);
  assert.equal(head.ExpiresString, Expires.toUTCString());
  assert.equal(head.ServerSideEncryption, 'AES256');
  assert.equal((await get(Bucket, 'k')).TagCount, 2);
  const shown = await get(Bucket, 'k', { ResponseContentType: 'text/plain', ResponseContentDisposition: 'inline' });
  assert.deepEqual([shown.ContentType, shown.ContentDisposition], ['text/plain', 'inline']);
  const { TagSet } = await s3().send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(TagSet, [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '+ ü' },
  ]);
});

test('what Linnet would not do is refused instead of ignored', async () => {
  const Bucket = await server.bucket();
  await refused(put(Bucket, 'k', 'x', { ACL: 'public-read' }), 'AccessControlListNotSupported', 400);
  await refused(put(Bucket, 'k', 'x', { ObjectLockMode: 'GOVERNANCE' }), 'InvalidRequest', 400);
  await refused(get(Bucket, 'k', { VersionId: 'abc' }), 'InvalidArgument', 400, /version id/);
  await refused(get(Bucket, 'k', { VersionId: 'a'.repeat(32) }), 'NoSuchVersion', 404);
  await refused(s3().send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'abc' })), 'InvalidArgument', 400);
  await refused(s3().send(new HeadObjectCommand({ Bucket, Key: 'k' })), 'NotFound', 404);
  for (const asked of [{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'x'.repeat(32) }, { StorageClass: 'GLACIER' }])
    await refused(put(Bucket, 'k', 'x', asked), 'NotImplemented', 501);
  await refused(s3().send(new HeadObjectCommand({ Bucket, Key: 'k' })), 'NotFound', 404);
  await put(Bucket, 'k', 'x', { ACL: 'bucket-owner-full-control' });
});

test('a storage class and a redirect are kept as names, and not passed on by copies', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x', { StorageClass: 'STANDARD_IA', WebsiteRedirectLocation: '/other' });
  await put(Bucket, 'plain', 'x', { StorageClass: 'STANDARD' });
  await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
  await s3().send(
    new CopyObjectCommand({ Bucket, Key: 'k2', CopySource: `${Bucket}/plain`, StorageClass: 'GLACIER_IR' }),
  );
  await refused(put(Bucket, 'k2', 'x', { WebsiteRedirectLocation: 'other' }), 'InvalidRedirectLocation', 400);
  const told = async (Key: string) => {
    const { StorageClass, WebsiteRedirectLocation } = await s3().send(new HeadObjectCommand({ Bucket, Key }));
    return [StorageClass, WebsiteRedirectLocation];
  };
  assert.deepEqual(await told('k'), ['STANDARD_IA', '/other']);
  assert.deepEqual(await told('plain'), [undefined, undefined]);
  assert.deepEqual(await told('copy'), [undefined, undefined]);
  assert.deepEqual(await told('k2'), ['GLACIER_IR', undefined]);
  const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ Key, StorageClass }) => [Key, StorageClass]),
    [
      ['copy', 'STANDARD'],
      ['k', 'STANDARD_IA'],
      ['k2', 'GLACIER_IR'],
      ['plain', 'STANDARD'],
    ],
  );
});

test('metadata and keys have limits', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x', { Metadata: { ab: 'c'.repeat(2046) } });
  await refused(put(Bucket, 'k', 'x', { Metadata: { ab: 'c'.repeat(2047) } }), 'MetadataTooLarge', 400);
  await put(Bucket, 'ü'.repeat(512), 'x');
  await refused(put(Bucket, `${'ü'.repeat(512)}a`, 'x'), 'KeyTooLongError', 400);
  await refused(put(Bucket, 'a\0b', 'x'), 'InvalidArgument', 400, /NUL/);
  const listed = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'k', StartAfter: 'a\0' }));
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    ['k'],
  );
  assert.equal((await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'k\0' }))).KeyCount, 0);
});

test('checksums are checked, kept and told for whole reads', async () => {
  const Bucket = await server.bucket();
  for (const name of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as ChecksumAlgorithm[]) {
    const member = `Checksum${name}` as 'ChecksumCRC32';
    for (const Body of [Buffer.from('abc'), Readable.from([Buffer.from('abc')])]) {
      const stored = await put(Bucket, name, Body, { ChecksumAlgorithm: name, ContentLength: 3 });
      assert.ok(stored[member], name);
      const found = await get(Bucket, name, { ChecksumMode: 'ENABLED' });
      assert.equal(found[member], stored[member]);
      assert.equal(found.ChecksumType, 'FULL_OBJECT');
      assert.equal(await found.Body?.transformToString(), 'abc');
    }
    const range = await get(Bucket, name, { ChecksumMode: 'ENABLED', Range: 'bytes=0-1' });
    assert.equal(range[member], undefined);
    assert.equal(await range.Body?.transformToString(), 'ab');
  }
  await refused(
    put(Bucket, 'bad', 'abc', { ChecksumCRC32: 'AAAAAA==' }),
    'BadDigest',
    400,
    /^The CRC32 you specified did not match the calculated checksum\.$/,
  );
  await refused(
    put(Bucket, 'bad', 'abc', { ChecksumSHA1: 'AAAA' }),
    'InvalidRequest',
    400,
    /x-amz-checksum-sha1 header is invalid/,
  );
  await refused(
    put(Bucket, 'bad', 'abc', { ContentMD5: createHash('md5').update('x').digest('base64') }),
    'BadDigest',
    400,
    /^The Content-MD5 you specified did not match what we received\.$/,
  );
  await refused(put(Bucket, 'bad', 'abc', { ContentMD5: 'AAAA' }), 'InvalidDigest', 400);
  await refused(get(Bucket, 'bad'), 'NoSuchKey', 404, /^The specified key does not exist\.$/);
});

test('tags are replaced, read and removed within their limits', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x');
  const tag = (TagSet: { Key: string; Value: string }[]) =>
    s3().send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
  await tag([
    { Key: 'a', Value: 'b' },
    { Key: '__proto__', Value: '' },
  ]);
  const tags = async () => (await s3().send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet;
  assert.deepEqual(await tags(), [
    { Key: 'a', Value: 'b' },
    { Key: '__proto__', Value: '' },
  ]);
  await refused(
    tag([
      { Key: 'a', Value: '' },
      { Key: 'a', Value: '' },
    ]),
    'InvalidTag',
    400,
  );
  for (const wrong of ['user!', 'a*b', 'data%20', '#'])
    await refused(tag([{ Key: wrong, Value: 'x' }]), 'InvalidTag', 400, /TagKey/);
  for (const wrong of ['a,b', 'name?', '(x)', '`'])
    await refused(tag([{ Key: 'x', Value: wrong }]), 'InvalidTag', 400, /TagValue/);
  await refused(put(Bucket, 'k', 'x', { Tagging: 'a=1&a=2' }), 'InvalidArgument', 400, /without tag name duplicates/);
  await refused(tag(Array.from({ length: 11 }, (_, at) => ({ Key: `${at}`, Value: '' }))), 'BadRequest', 400);
  await s3().send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(await tags(), []);
  await refused(s3().send(new GetObjectTaggingCommand({ Bucket, Key: 'none' })), 'NoSuchKey', 404);
});
