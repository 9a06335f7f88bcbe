// A server with users, roles and sessions, and Amazon's own clients; one for each file of tests that imports it.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { STSClient } from '@aws-sdk/client-sts';
import { processCompute } from '../../src/compute/index.ts';
import { createGateway } from '../../src/gateway/index.ts';
import { identityServices, s3Service, sagemakerServices } from '../../src/services/index.ts';
import { folderObjects, memoryRecords } from '../../src/store/index.ts';

export const accountId = '123456789012';
const root = { accessKeyId: 'AKIDROOT', secretAccessKey: 'secret' };
export const arn = (rest: string): string => `arn:aws:iam::${accountId}:${rest}`;
/** Where the server is, and how far ahead its clock is. */
export const place = { endpoint: '', aheadMs: 0 };
const made: { destroy(): void }[] = [];

export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** The clients of whoever holds a key. */
export function clientsOf(credentials: Keys) {
  const config = { endpoint: place.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const clients = {
    iam: new IAMClient(config),
    sts: new STSClient(config),
    s3: new S3Client(config),
    sagemaker: new SageMakerClient(config),
    runtime: new SageMakerRuntimeClient(config),
    logs: new CloudWatchLogsClient(config),
    cloudwatch: new CloudWatchClient(config),
  };
  made.push(...Object.values(clients));
  return clients;
}

export let admin: ReturnType<typeof clientsOf>;
const closing: (() => unknown)[] = [];

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-identity-'));
  const records = memoryRecords();
  const nowMs = (): number => Date.now() + place.aheadMs;
  const objects = await folderObjects({ folder: join(folder, 'objects'), records, nowMs, newId: randomUUID });
  const identity = identityServices({
    records,
    objects,
    accountId,
    roleName: 'LinnetExecutionRole',
    region: 'us-east-1',
    root,
    sealingKey: randomBytes(32),
    drawn: randomBytes,
    newId: randomUUID,
    nowMs,
  });
  const sagemaker = sagemakerServices({
    records,
    objects,
    objectsAs: (role) => identity.objectsAs(objects, role),
    requireInRole: identity.requireInRole,
    compute: processCompute({}),
    accountId,
    region: 'us-east-1',
    dataFolder: join(folder, 'programs'),
    algorithms: () => [],
    nowMs,
    newId: randomUUID,
    random: () => 0,
    log() {},
    warn() {},
  });
  const s3 = s3Service({
    objects,
    region: 'us-east-1',
    accountId,
    encryption: 'label',
    isEncrypted: false,
    warn() {},
    nowMs,
  });
  const gateway = createGateway({
    services: [s3, ...identity.tables, ...sagemaker.tables],
    keyOf: identity.keyOf,
    authorise: identity.authorise,
    auth: 'strict',
    accountId,
    region: 'us-east-1',
    names: ['localhost'],
    nowMs,
    requestId: randomUUID,
    log: (entry) => assert.equal(entry.error, undefined),
  });
  const server = createServer(gateway.listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  place.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  admin = clientsOf(root);
  closing.push(
    () => server.closeAllConnections(),
    () => void server.close(),
    () => sagemaker.stop(),
    () => objects.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
});

after(async () => {
  for (const client of made) client.destroy();
  for (const close of closing) await close();
});

export const statement = (Action: string | string[], Resource: string | string[] = '*', more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const document = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

let count = 0;
export const nextNumber = (): number => ++count;

/** A new user with policies of its own, and its clients. */
export async function newUser(...statements: object[]) {
  const UserName = `user-${++count}`;
  await admin.iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await admin.iam.send(new CreateAccessKeyCommand({ UserName }));
  const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const put = (...given: object[]) =>
    admin.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document(...given) }));
  if (statements.length > 0) await put(...statements);
  return { UserName, arn: arn(`user/${UserName}`), keys, put, ...clientsOf(keys) };
}

export async function newBucket(...keys: string[]): Promise<string> {
  const Bucket = `bucket-${++count}`;
  await admin.s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys) await admin.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  return Bucket;
}

/** Asserts that a request is refused by a policy, and a pattern of the text. */
export async function denied(sent: Promise<unknown>, message: RegExp = /./): Promise<void> {
  await assert.rejects(sent, (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => {
    assert.match(thrown.name, /^(AccessDenied|AccessDeniedException)$/, `${thrown.name}: ${thrown.message}`);
    assert.match(thrown.message, message);
    return true;
  });
}

export const trust = (principal: object | string, more: object = {}): string =>
  document({ Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:TagSession'], ...more });

export async function newRole(
  AssumeRolePolicyDocument: string,
  PolicyName = 'ReadOnlyAccess',
  more: object = {},
): Promise<string> {
  const RoleName = `role-${++count}`;
  const { Role } = await admin.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));
  const PolicyArn = `arn:aws:iam::aws:policy/${PolicyName}`;
  await admin.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  return Role!.Arn!;
}
