import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  AttachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createGateway } from '../../gateway/index.ts';
import { stsService } from '../sts/index.ts';
import { iamService } from './index.ts';

const identity = { accountId: '123456789012', roleName: 'LinnetExecutionRole' };

async function clients(t: TestContext): Promise<{ sts: STSClient; iam: IAMClient }> {
  const gateway = createGateway({
    services: [stsService(identity), iamService(identity)],
    secretOf: (key) => (key === 'AKID' ? 'secret' : undefined),
    auth: 'strict',
    accountId: identity.accountId,
    region: 'us-east-1',
    names: [],
    nowMs: Date.now,
    requestId: () => 'request',
    log: () => {},
  });
  const server = createServer(gateway.listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const config = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 };
  const sts = new STSClient(config);
  const iam = new IAMClient(config);
  t.after(() => {
    sts.destroy();
    iam.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { sts, iam };
}

test('what get_execution_role() does ends at a role: identity, role name, GetRole', async (t) => {
  const { sts, iam } = await clients(t);
  const caller = await sts.send(new GetCallerIdentityCommand({}));
  assert.equal(caller.Account, '123456789012');
  assert.equal(caller.Arn, 'arn:aws:sts::123456789012:assumed-role/LinnetExecutionRole/linnet');
  const [, RoleName] = caller.Arn?.split('/') ?? [];
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.equal(Role?.Arn, 'arn:aws:iam::123456789012:role/service-role/LinnetExecutionRole');
  assert.equal(Role?.Path, '/service-role/');
  assert.ok(caller.UserId?.startsWith(`${Role?.RoleId}:`));
  assert.equal(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Version, '2012-10-17');
  assert.ok(Role?.CreateDate instanceof Date);
});

test('another role does not exist, and a name that cannot be one is told why', async (t) => {
  const { iam } = await clients(t);
  await assert.rejects(
    iam.send(new GetRoleCommand({ RoleName: 'Other' })),
    (thrown) => thrown instanceof NoSuchEntityException && thrown.$metadata.httpStatusCode === 404,
  );
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'a b' })), {
    name: 'ValidationError',
    message:
      /^1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
  });
});

test('the role is listed under its path only', async (t) => {
  const { iam } = await clients(t);
  assert.equal((await iam.send(new ListRolesCommand({}))).Roles?.length, 1);
  assert.equal((await iam.send(new ListRolesCommand({ PathPrefix: '/service-role/' }))).Roles?.length, 1);
  assert.deepEqual((await iam.send(new ListRolesCommand({ PathPrefix: '/other/' }))).Roles ?? [], []);
});

test('what Linnet does not offer is refused by name', async (t) => {
  const { sts, iam } = await clients(t);
  const role = 'arn:aws:iam::123456789012:role/r';
  await assert.rejects(
    sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 's1' })),
    /AssumeRole is an operation of AWS Security Token Service that Linnet does not offer/,
  );
  await assert.rejects(
    iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: role })),
    /AttachRolePolicy is an operation of AWS Identity and Access Management that Linnet does not offer/,
  );
});
