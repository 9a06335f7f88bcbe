// Bucket policies and the public access block, through the published SDK and requests without a signature.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());

const policyOf = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Bucket: string, Action: string | string[], more: object = {}): object => ({
  ...{ Effect: 'Allow', Principal: '*', Action, Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/open/*`] },
  ...more,
});
const putPolicy = (Bucket: string, Policy: string) => s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
const unblock = (Bucket: string) => s3().send(new DeletePublicAccessBlockCommand({ Bucket }));
const plain = (path: string, init: RequestInit = {}) => fetch(`${server.endpoint}/${path}`, init);

test('a policy comes back as it was put, until it is removed', async () => {
  const Bucket = await server.bucket();
  const read = () => s3().send(new GetBucketPolicyCommand({ Bucket }));
  await refused(read(), 'NoSuchBucketPolicy', { status: 404 });
  await refused(s3().send(new GetBucketPolicyStatusCommand({ Bucket })), 'NoSuchBucketPolicy', { status: 404 });
  const policy = `${policyOf(allow(Bucket, 's3:GetObject', { Principal: { AWS: 'arn:aws:iam::123456789012:root' } }))}\n`;
  await putPolicy(Bucket, policy);
  assert.equal((await read()).Policy, policy);
  const { PolicyStatus } = await s3().send(new GetBucketPolicyStatusCommand({ Bucket }));
  assert.equal(PolicyStatus?.IsPublic, false);
  await s3().send(new DeleteBucketPolicyCommand({ Bucket }));
  await refused(read(), 'NoSuchBucketPolicy');
  for (const [wrong, text] of [
    ['{', /Json/],
    ['{}', /Statement/],
    [policyOf(allow('other', 's3:GetObject')), /resource/],
    [policyOf(allow(Bucket, 'iam:GetUser')), /action/],
    [policyOf({ ...allow(Bucket, 's3:GetObject'), Principal: undefined }), /rincipal/],
    [policyOf(allow(Bucket, 's3:GetObject', { Sid: 'x'.repeat(21_000) })), /size/],
    [policyOf(allow(Bucket, 's3:GetObjects')), /invalid action: s3:GetObjects is no action of S3/],
    [policyOf(allow(Bucket, `s3:${'*?'.repeat(4_000)}`)), /invalid action/],
    [
      policyOf(allow(Bucket, ['s3:GetObject', 's3:ListBucket'], { Resource: `arn:aws:s3:::${Bucket}/*` })),
      /Action does not apply to any resource\(s\) in statement: s3:ListBucket: it acts on the bucket/,
    ],
    [policyOf(allow(Bucket, 's3:Get*Object', { Resource: `arn:aws:s3:::${Bucket}` })), /it acts on objects, such as/],
  ] as const)
    await refused(putPolicy(Bucket, wrong), 'MalformedPolicy', { status: 400, text });
});

test('nobody is let in by a public policy while the block is on', async () => {
  const Bucket = await server.bucket();
  await s3().send(new PutObjectCommand({ Bucket, Key: 'open/k', Body: 'x' }));
  const policy = policyOf(allow(Bucket, ['s3:GetObject', 's3:ListBucket']));
  await refused(putPolicy(Bucket, policy), 'AccessDenied', { status: 403, text: /BlockPublicPolicy/ });
  // What is narrowed to some is not public.
  const narrow = { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
  await putPolicy(Bucket, policyOf(allow(Bucket, 's3:GetObject', narrow)));
  await unblock(Bucket);
  await putPolicy(Bucket, policy);
  const { PolicyStatus } = await s3().send(new GetBucketPolicyStatusCommand({ Bucket }));
  assert.equal(PolicyStatus?.IsPublic, true);
  assert.equal(await (await plain(`${Bucket}/open/k`)).text(), 'x');
  const block = { RestrictPublicBuckets: true };
  await s3().send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }));
  assert.equal((await plain(`${Bucket}/open/k`)).status, 403);
});

test('requests without a signature may do what the policy lets everybody do, and nothing else', async () => {
  const Bucket = await server.bucket();
  await s3().send(new PutObjectCommand({ Bucket, Key: 'open/k', Body: 'x' }));
  await s3().send(new PutObjectCommand({ Bucket, Key: 'closed', Body: 'x' }));
  assert.equal((await plain(`${Bucket}/open/k`)).status, 403);
  await unblock(Bucket);
  await putPolicy(
    Bucket,
    policyOf(allow(Bucket, ['s3:GetObject', 's3:ListBucket', 's3:PutObject', 's3:DeleteObject'])),
  );
  assert.equal((await plain(`${Bucket}/open/k`)).status, 200);
  assert.equal((await plain(`${Bucket}/closed`)).status, 403);
  assert.match(await (await plain(`${Bucket}?list-type=2`)).text(), /open\/k/);
  assert.equal((await plain(`${Bucket}/open/new`, { method: 'PUT', body: 'sent' })).status, 200);
  assert.equal((await plain(`${Bucket}/closed`, { method: 'PUT', body: 'sent' })).status, 403);
  const read = await s3().send(new GetObjectCommand({ Bucket, Key: 'open/new' }));
  assert.equal((await bytesOf(read)).toString(), 'sent');
  assert.equal((await plain(`${Bucket}/open/new`, { method: 'DELETE' })).status, 204);
  assert.equal((await plain(`${Bucket}/open/k?tagging`, { method: 'PUT', body: '<Tagging/>' })).status, 403);
  assert.equal((await plain(`${Bucket}?policy`)).status, 403);
  assert.equal((await plain(`${Bucket}?delete`, { method: 'POST', body: '<Delete/>' })).status, 403);
});

test('a denial holds for the account itself, but for mending the policy', async () => {
  const Bucket = await server.bucket();
  const deny = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  };
  await putPolicy(Bucket, policyOf(deny));
  await refused(s3().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })), 'AccessDenied', { status: 403 });
  await s3().send(new DeleteBucketPolicyCommand({ Bucket }));
  await s3().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
});
