// A folder that is seen as a bucket, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { accountId, bytesOf, refused, s3Server } from './s3-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'linnet-shown-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'in/deep'), { recursive: true });
for (const key of ['a.csv', 'in/1', 'in/2', 'in/deep/3']) writeFileSync(join(folder, key), `bytes of ${key}`);

const server = s3Server({ shown: { shown: folder } });
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const Bucket = 'shown';

test('a folder is listed and read as a bucket of the account', async () => {
  const { Buckets } = await s3().send(new ListBucketsCommand({}));
  assert.ok(Buckets?.some(({ Name }) => Name === Bucket));
  await s3().send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: accountId }));
  const top = await s3().send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  assert.deepEqual(
    [top.Contents?.map(({ Key }) => Key), top.CommonPrefixes?.map(({ Prefix }) => Prefix)],
    [['a.csv'], ['in/']],
  );
  const below = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'in/', Delimiter: '/', MaxKeys: 2 }));
  assert.deepEqual([below.Contents?.length, below.IsTruncated], [2, true]);
  assert.equal((await s3().send(new ListObjectVersionsCommand({ Bucket }))).Versions?.length, 4);
  const read = await s3().send(new GetObjectCommand({ Bucket, Key: 'in/1', Range: 'bytes=0-4' }));
  assert.equal((await bytesOf(read)).toString(), 'bytes');
  const { ETag } = read;
  const unchanged = s3().send(new GetObjectCommand({ Bucket, Key: 'in/1', IfNoneMatch: ETag }));
  await refused(unchanged, 'Unknown', { status: 304 });
  await refused(s3().send(new GetObjectCommand({ Bucket, Key: '../x' })), 'NoSuchKey');
  assert.equal((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  const own = await server.bucket();
  await s3().send(new CopyObjectCommand({ Bucket: own, Key: 'k', CopySource: `${Bucket}/in/deep/3` }));
  const copied = await s3().send(new GetObjectCommand({ Bucket: own, Key: 'k' }));
  assert.equal((await bytesOf(copied)).toString(), 'bytes of in/deep/3');
});

test('every write into it is refused by name', async () => {
  const Key = 'a.csv';
  const writes = [
    new PutObjectCommand({ Bucket, Key, Body: 'x' }),
    new DeleteObjectCommand({ Bucket, Key }),
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }),
    new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }),
    new CreateMultipartUploadCommand({ Bucket, Key }),
    new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [] } }),
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    new PutBucketPolicyCommand({ Bucket, Policy: '{}' }),
    new DeleteBucketCommand({ Bucket }),
  ];
  for (const write of writes)
    await refused(s3().send(write as PutObjectCommand), 'AccessDenied', { status: 403, text: /shows a folder/ });
});
