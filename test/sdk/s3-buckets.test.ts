// Buckets through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { accountId, bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();

async function put(bucket: string, key: string, body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) {
  return server.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
}

const get = (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  server.client().send(new GetObjectCommand({ Bucket, Key, ...more }));

const _textOf = async (Bucket: string, Key: string): Promise<string> =>
  (await bytesOf(await get(Bucket, Key))).toString();

test('a bucket is made, found, listed and removed', async () => {
  const s3 = server.client({ region: 'eu-west-1' });
  const Bucket = 'a-bucket-of-mine';
  const made = await s3.send(new CreateBucketCommand({ Bucket }));
  assert.deepEqual([made.Location, made.BucketArn], [`/${Bucket}`, `arn:aws:s3:::${Bucket}`]);
  assert.equal(
    (await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: accountId }))).BucketRegion,
    'eu-west-1',
  );
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, 'eu-west-1');
  assert.deepEqual((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  const { Buckets, Owner } = await s3.send(new ListBucketsCommand({}));
  assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/);
  assert.ok(Buckets?.some(({ Name, CreationDate }) => Name === Bucket && CreationDate instanceof Date));
  await refused(s3.send(new CreateBucketCommand({ Bucket })), 'BucketAlreadyOwnedByYou', { status: 409 });
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await refused(s3.send(new HeadBucketCommand({ Bucket })), 'NotFound', { status: 404 });
  await refused(s3.send(new DeleteBucketCommand({ Bucket })), 'NoSuchBucket', { status: 404 });
});

test('in us-east-1 a bucket may be made twice by its owner', async () => {
  const Bucket = await server.bucket();
  await server.client().send(new CreateBucketCommand({ Bucket }));
  assert.equal((await server.client().send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined);
});

test('a bucket with objects in it cannot be removed', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'k', 'x');
  await refused(server.client().send(new DeleteBucketCommand({ Bucket })), 'BucketNotEmpty', { status: 409 });
  await server.client().send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await server.client().send(new DeleteBucketCommand({ Bucket }));
});

test('a bucket of another owner than expected is refused', async () => {
  const Bucket = await server.bucket();
  const ExpectedBucketOwner = '999999999999';
  const s3 = server.client();
  for (const send of [
    () => s3.send(new GetObjectCommand({ Bucket, Key: 'k', ExpectedBucketOwner })),
    () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ExpectedBucketOwner })),
    () => s3.send(new ListObjectsV2Command({ Bucket, ExpectedBucketOwner })),
  ])
    await refused(send(), 'AccessDenied', { status: 403 });
});

test('what a bucket has not been given is told by its own code, and what cannot be given is refused', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  await refused(s3.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy', { status: 404 });
  await refused(s3.send(new GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration', { status: 404 });
  await refused(s3.send(new GetBucketEncryptionCommand({ Bucket })), 'ServerSideEncryptionConfigurationNotFoundError');
  await refused(s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} })), 'NotImplemented', {
    text: /PutBucketWebsite/,
  });
});

test('buckets are listed page by page, by prefix and region', async () => {
  const s3 = server.client();
  const names = ['page-c', 'page-a', 'page-b'];
  for (const Bucket of names) await s3.send(new CreateBucketCommand({ Bucket }));
  const seen: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListBucketsCommand({
        Prefix: 'page-',
        MaxBuckets: 2,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    assert.ok((page.Buckets?.length ?? 0) <= 2);
    seen.push(...(page.Buckets ?? []).map(({ Name }) => Name));
    token = page.ContinuationToken;
  } while (token !== undefined);
  assert.deepEqual(seen, ['page-a', 'page-b', 'page-c']);
  const elsewhere = await s3.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' }));
  assert.ok(elsewhere.Buckets?.every(({ BucketRegion }) => BucketRegion === 'eu-west-1') ?? true);
});

test('tags of a bucket are kept until they are removed', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  await refused(s3.send(new GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet', { status: 404 });
  const TagSet = [
    { Key: 'team', Value: 'blue' },
    { Key: 'empty', Value: '' },
  ];
  const { $metadata } = await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  assert.equal($metadata.httpStatusCode, 204);
  assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, TagSet);
  const twice = { TagSet: [...TagSet, { Key: 'team', Value: 'red' }] };
  await refused(s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: twice })), 'InvalidTag', { status: 400 });
  const other = 'tagged-from-birth';
  await s3.send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration: { Tags: TagSet } }));
  assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket: other }))).TagSet, TagSet);
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  await refused(s3.send(new GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet');
});

test('what a bucket cannot be is refused when it is made', async () => {
  const s3 = server.client();
  const Bucket = 'never-made';
  const acl = { Bucket, ACL: 'public-read' } as const;
  await refused(s3.send(new CreateBucketCommand(acl)), 'InvalidBucketAclWithObjectOwnership', { status: 400 });
  await refused(
    s3.send(new CreateBucketCommand({ ...acl, ObjectOwnership: 'ObjectWriter' })),
    'InvalidBucketAclWithBlockPublicAccessError',
    { status: 400 },
  );
  await refused(s3.send(new HeadBucketCommand({ Bucket })), 'NotFound');
});

test('a bucket is made where its constraint says, and a constraint that cannot be is refused', async () => {
  const us = server.client();
  const eu = server.client({ region: 'eu-west-1' });
  const make = (s3: typeof us, Bucket: string, LocationConstraint: string) =>
    s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as BucketLocationConstraint },
      }),
    );
  const placeOf = async (Bucket: string) =>
    (await us.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
  await make(us, 'from-afar', 'eu-central-1');
  assert.equal(await placeOf('from-afar'), 'eu-central-1');
  await make(us, 'in-the-old-world', 'EU');
  assert.equal(await placeOf('in-the-old-world'), 'eu-west-1');
  await make(eu, 'at-home', 'eu-west-1');
  for (const wrong of ['nowhere', 'us-east-1', 'eu-west-1a', 'EU-WEST-1'])
    await refused(make(us, 'never', wrong), 'InvalidLocationConstraint', { status: 400 });
  await refused(make(eu, 'never', 'us-west-2'), 'IllegalLocationConstraintException', { text: /us-west-2/ });
  // This SDK names the region by itself; boto3 sends no body.
  eu.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as object, { body: '' });
      return next(args);
    },
    { step: 'build', priority: 'high' },
  );
  await refused(eu.send(new CreateBucketCommand({ Bucket: 'never' })), 'IllegalLocationConstraintException', {
    text: /unspecified/,
  });
  await refused(us.send(new HeadBucketCommand({ Bucket: 'never' })), 'NotFound');
});

test('tags that begin with aws: are refused wherever tags are given', async () => {
  const Bucket = await server.bucket();
  const s3 = server.client();
  const TagSet = [{ Key: 'aws:cloudformation:stack-name', Value: 'x' }];
  const wanted = { status: 400, text: /aws:/ };
  await refused(s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } })), 'InvalidTag', wanted);
  await refused(
    s3.send(new CreateBucketCommand({ Bucket: 'never', CreateBucketConfiguration: { Tags: TagSet } })),
    'InvalidTag',
    wanted,
  );
  await refused(put(Bucket, 'k', 'x', { Tagging: 'AWS%3Aa=b' }), 'InvalidTag', wanted);
  await put(Bucket, 'k', 'x', { Tagging: 'awsome=b' });
  await refused(s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } })), 'InvalidTag', wanted);
});
