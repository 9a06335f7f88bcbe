import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();

/** A client for the server under a name, whose every name below leads to this machine. */
const clientOf = (name: string): S3Client => {
  const lookup = (_: string, options: { all?: boolean }, done: (...answer: unknown[]) => void): void =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const { port } = new URL(server.endpoint);
  return server.client({
    endpoint: `http://${name}:${port}`,
    forcePathStyle: false,
    requestHandler: { httpAgent: new Agent({ lookup: lookup as never }) },
  });
};

test('The SDK addresses buckets in front of a name that the server knows', async () => {
  const client = clientOf('linnet.test');
  await client.send(new CreateBucketCommand({ Bucket: 'by-name' }));
  await client.send(new PutObjectCommand({ Bucket: 'by-name', Key: 'a/b', Body: 'hello' }));
  const got = await client.send(new GetObjectCommand({ Bucket: 'by-name', Key: 'a/b' }));
  assert.equal(String(await bytesOf(got)), 'hello');
  const listed = await client.send(new ListObjectsV2Command({ Bucket: 'by-name' }));
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    ['a/b'],
  );
  await client.send(new HeadBucketCommand({ Bucket: 'by-name' }));
  const buckets = await client.send(new ListBucketsCommand({}));
  assert.ok(buckets.Buckets?.some(({ Name }) => Name === 'by-name'));
  const uppercase = clientOf('LINNET.test');
  assert.equal((await uppercase.send(new ListObjectsV2Command({ Bucket: 'by-name' }))).KeyCount, 1);
});

test('A name that the server does not know gets an error that names the option, and nothing is done', async () => {
  const client = clientOf('linnet.lan');
  const before = (await server.client().send(new ListBucketsCommand({}))).Buckets?.length;
  const options = { status: 421, text: /linnet\.lan.*--domain/ };
  await refused(client.send(new ListBucketsCommand({})), 'UnknownHost', options);
  await refused(client.send(new CreateBucketCommand({ Bucket: 'nowhere' })), 'UnknownHost', options);
  await refused(client.send(new ListObjectsV2Command({ Bucket: 'nowhere' })), 'UnknownHost', options);
  await refused(client.send(new PutObjectCommand({ Bucket: 'nowhere', Key: 'k', Body: 'x' })), 'UnknownHost', options);
  await refused(client.send(new CreateMultipartUploadCommand({ Bucket: 'nowhere', Key: 'k' })), 'UnknownHost', options);
  await assert.rejects(
    client.send(new HeadBucketCommand({ Bucket: 'nowhere' })),
    (thrown: { $metadata?: { httpStatusCode?: number } }) => thrown.$metadata?.httpStatusCode === 421,
  );
  assert.equal((await server.client().send(new ListBucketsCommand({}))).Buckets?.length, before);
});
