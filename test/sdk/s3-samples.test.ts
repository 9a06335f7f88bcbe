// The public sample buckets through the published SDK for JavaScript, with and without credentials.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { seedSamples } from '../../src/services/index.ts';
import { bytesOf, refused, s3Server, samplesFolder } from './s3-server.ts';

const server = s3Server();
const Key = 'datasets/tabular/breast_cancer/wdbc.csv';
const buckets = [
  'sagemaker-sample-files',
  'sagemaker-example-files-prod-us-east-1',
  'sagemaker-example-files-prod-eu-central-1',
];

/** A client that does not sign. */
const nobody = (): S3Client => server.client({ signer: { sign: async (request) => request } });

test('the samples can be read under all their names, signed or not', async () => {
  const wdbc = readFileSync(join(samplesFolder, Key));
  for (const s3 of [server.client(), nobody()]) {
    for (const Bucket of buckets) {
      await s3.send(new HeadBucketCommand({ Bucket }));
      assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, wdbc.length);
      const found = await s3.send(new GetObjectCommand({ Bucket, Key }));
      assert.equal(found.ETag, `"${createHash('md5').update(wdbc).digest('hex')}"`);
      assert.ok((await bytesOf(found)).equals(wdbc));
      const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'datasets/tabular/' }));
      assert.equal(listed.Name, Bucket);
      assert.deepEqual(
        listed.Contents?.map(({ Key }) => Key),
        [Key],
      );
    }
  }
  const { LocationConstraint } = await server.client().send(new GetBucketLocationCommand({ Bucket: buckets[2] }));
  assert.equal(LocationConstraint, 'eu-central-1');
});

test('the samples belong to somebody else: not listed, not to be written to, not to be made', async () => {
  const s3 = server.client();
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  assert.deepEqual(Buckets?.filter(({ Name }) => Name?.startsWith('sagemaker-')) ?? [], []);
  for (const Bucket of buckets) {
    for (const send of [
      () => s3.send(new PutObjectCommand({ Bucket, Key: 'mine', Body: 'x' })),
      () => s3.send(new CopyObjectCommand({ Bucket, Key: 'mine', CopySource: `${Bucket}/${Key}` })),
      () => s3.send(new DeleteObjectCommand({ Bucket, Key })),
      () => s3.send(new CreateMultipartUploadCommand({ Bucket, Key })),
      () => s3.send(new DeleteBucketCommand({ Bucket })),
    ])
      await refused(send(), 'AccessDenied', { status: 403 });
    await refused(s3.send(new CreateBucketCommand({ Bucket })), 'BucketAlreadyExists', { status: 409 });
  }
});

test('a sample can be copied into a bucket of one’s own', async () => {
  const Bucket = await server.bucket();
  await server.client().send(new CopyObjectCommand({ Bucket, Key: 'wdbc.csv', CopySource: `${buckets[1]}/${Key}` }));
  const copy = await server.client().send(new GetObjectCommand({ Bucket, Key: 'wdbc.csv' }));
  assert.ok((await bytesOf(copy)).equals(readFileSync(join(samplesFolder, Key))));
});

test('nobody unknown reads or writes anything else', async () => {
  const Bucket = await server.bucket();
  await server.client().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  for (const send of [
    () => nobody().send(new GetObjectCommand({ Bucket, Key: 'k' })),
    () => nobody().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y' })),
    () => nobody().send(new ListObjectsV2Command({ Bucket })),
    () => nobody().send(new ListBucketsCommand({})),
    () => nobody().send(new DeleteObjectCommand({ Bucket: buckets[0], Key })),
  ])
    await refused(send(), 'AccessDenied', { status: 403 });
});

test('seeding again changes nothing, and mends what differs', async () => {
  const [Bucket = ''] = buckets;
  const before = await server.objects.head(Bucket, Key);
  await seedSamples(server.objects, { folder: samplesFolder, region: 'us-east-1' });
  assert.deepEqual(await server.objects.head(Bucket, Key), before);
  const broken = Buffer.alloc(before?.sizeBytes ?? 0);
  await server.objects.put(
    { bucket: Bucket, key: Key },
    (async function* () {
      yield broken;
    })(),
  );
  await seedSamples(server.objects, { folder: samplesFolder, region: 'us-east-1' });
  assert.equal((await server.objects.head(Bucket, Key))?.etag, before?.etag);
});
