import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
  paginateListRoles,
  paginateSimulatePrincipalPolicy,
  SetDefaultPolicyVersionCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, GetFederationTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { createGateway } from '../../gateway/index.ts';
import { memoryRecords } from '../../store/index.ts';
import { openSecrets } from '../access/secrets.ts';
import { stsService } from '../sts/index.ts';
import { iamService } from './index.ts';

const identity = { accountId: '123456789012', roleName: 'LinnetExecutionRole' };

const secrets = openSecrets(randomBytes(32), randomBytes);

async function clients(t: TestContext): Promise<{ sts: STSClient; iam: IAMClient }> {
  const context = { ...identity, records: memoryRecords(), newId: randomUUID, secrets };
  const gateway = createGateway({
    services: [stsService(context), iamService(context)],
    keyOf: (key) => (key === 'AKID' ? { secret: 'secret' } : undefined),
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
  await assert.rejects(
    sts.send(new GetFederationTokenCommand({ Name: 's1' })),
    /GetFederationToken is an operation of AWS Security Token Service that Linnet does not offer/,
  );
  await assert.rejects(
    iam.send(new CreateLoginProfileCommand({ UserName: 'u', Password: 'p' })),
    /CreateLoginProfile is an operation of AWS Identity and Access Management that Linnet does not offer.*access key/,
  );
});

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const document = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } });
const decoded = (text: string | undefined): unknown => JSON.parse(decodeURIComponent(text ?? ''));
const refused = async (work: Promise<unknown>, name: string, message: RegExp): Promise<void> =>
  assert.rejects(work, (thrown: Error) => {
    assert.deepEqual([thrown.name, message.test(thrown.message)], [name, true], thrown.message);
    return true;
  });

test('A role keeps what it is told, and goes when nothing hangs on it', async (t) => {
  const { iam } = await clients(t);
  const RoleName = 'SageMakerRole';
  const create = () =>
    iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trust,
        Path: '/ml/',
        Description: "It's mine",
        MaxSessionDuration: 7200,
        Tags: [{ Key: 'Team', Value: 'birds' }],
      }),
    );
  const { Role: created } = await create();
  assert.equal(created?.Arn, 'arn:aws:iam::123456789012:role/ml/SageMakerRole');
  await refused(create(), 'EntityAlreadyExistsException', /^Role with name SageMakerRole already exists\.$/);
  const get = async () => (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  assert.deepEqual(await get(), created);
  assert.deepEqual(decoded(created?.AssumeRolePolicyDocument), JSON.parse(trust));
  assert.deepEqual(created?.Tags, [{ Key: 'Team', Value: 'birds' }]);

  const other = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sts:*' }],
  });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: other }));
  await iam.send(new UpdateRoleCommand({ RoleName, Description: 'changed' }));
  await iam.send(
    new TagRoleCommand({
      RoleName,
      Tags: [
        { Key: 'team', Value: 'fish' },
        { Key: 'stage', Value: '' },
      ],
    }),
  );
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['STAGE'] }));
  const changed = await get();
  assert.deepEqual(
    [decoded(changed?.AssumeRolePolicyDocument), changed?.Description, changed?.MaxSessionDuration, changed?.Tags],
    [JSON.parse(other), 'changed', 3600, [{ Key: 'team', Value: 'fish' }]],
  );
  assert.deepEqual((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags, changed?.Tags);

  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: document('s3:*') }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: document('s3:Get*') }));
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames, ['own']);
  const own = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'own' }));
  assert.deepEqual(decoded(own.PolicyDocument), JSON.parse(document('s3:Get*')));
  await refused(
    iam.send(new DeleteRoleCommand({ RoleName })),
    'DeleteConflictException',
    /must delete policies first\.$/,
  );
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'own' }));
  await refused(
    iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'own' })),
    'NoSuchEntityException',
    /^The role policy with name own cannot be found\.$/,
  );
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await refused(iam.send(new DeleteRoleCommand({ RoleName })), 'NoSuchEntityException', /cannot be found\.$/);
});

test("Managed policies are kept with their versions, and Amazon's own are attached by name", async (t) => {
  const { iam } = await clients(t);
  const RoleName = 'worker';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const create = () =>
    iam.send(new CreatePolicyCommand({ PolicyName: 'Read', PolicyDocument: document('s3:GetObject') }));
  const PolicyArn = (await create()).Policy?.Arn ?? '';
  assert.equal(PolicyArn, 'arn:aws:iam::123456789012:policy/Read');
  await refused(create(), 'EntityAlreadyExistsException', /^A policy called Read already exists\./);
  const amazons = 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess';
  for (const arn of [amazons, PolicyArn, PolicyArn])
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: arn }));
  const attached = async () =>
    (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.map(
      ({ PolicyName }) => PolicyName,
    );
  assert.deepEqual(await attached(), ['AmazonSageMakerFullAccess', 'Read']);
  for (const arn of [amazons, PolicyArn]) {
    assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn: arn }))).Policy?.AttachmentCount, 1);
    const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: arn }));
    assert.deepEqual(
      PolicyRoles?.map((role) => role.RoleName),
      [RoleName],
    );
  }
  await refused(
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: `${PolicyArn}Only` })),
    'NoSuchEntityException',
    /^Policy arn:aws:iam::123456789012:policy\/ReadOnly does not exist or is not attachable\.$/,
  );
  await refused(
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/sagemaker/FullAccess' })),
    'NoSuchEntityException',
    /^Policy arn:aws:iam::aws:policy\/sagemaker\/FullAccess does not exist or is not attachable\.$/,
  );

  for (const action of ['s3:List*', 's3:Put*', 's3:Head*', 's3:*'])
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document(action) }));
  await refused(
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document('s3:*') })),
    'LimitExceededException',
    /can have up to 5 versions/,
  );
  const versions = async () =>
    (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions?.map(({ VersionId }) => VersionId).join();
  assert.equal(await versions(), 'v5,v4,v3,v2,v1');
  await refused(
    iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
    'DeleteConflictException',
    /default version/,
  );
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const newest = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
  assert.deepEqual(decoded(newest.PolicyVersion?.Document), JSON.parse(document('s3:*')));

  await refused(iam.send(new DeletePolicyCommand({ PolicyArn })), 'DeleteConflictException', /attached to entities/);
  await refused(iam.send(new DeleteRoleCommand({ RoleName })), 'DeleteConflictException', /detach all policies first/);
  for (const arn of [amazons, PolicyArn]) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: arn }));
  await refused(
    iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    'NoSuchEntityException',
    /was not found\.$/,
  );
  await refused(iam.send(new DeletePolicyCommand({ PolicyArn })), 'DeleteConflictException', /more than one version/);
  for (const VersionId of ['v2', 'v3', 'v4']) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  assert.deepEqual((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies ?? [], []);
  await iam.send(new DeleteRoleCommand({ RoleName }));
});

test('A policy that cannot be one is refused with the reason', async (t) => {
  const { iam } = await clients(t);
  const cases: [string, RegExp][] = [
    ['{', /invalid Json/],
    ['[]', /Syntax errors in policy/],
    ['{"Version":"2012-10-17"}', /Missing required field Statement/],
    [trust.replace('2012-10-17', '2012'), /valid version string/],
    [trust.replace('Allow', 'allow'), /Invalid effect: "allow"/],
    [trust.replace('Principal', 'Who'), /Missing required field Principal/],
    [document('sts:*'), /Missing required field Principal/],
  ];
  for (const [AssumeRolePolicyDocument, reason] of cases) {
    const work = iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument }));
    await refused(work, 'MalformedPolicyDocumentException', reason);
  }
  await refused(
    iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: trust })),
    'MalformedPolicyDocumentException',
    /should not specify a principal/,
  );
  await refused(
    iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: document('s3:'.padEnd(7_000, 'a')) })),
    'LimitExceededException',
    /PolicySize: 6144/,
  );
});

test('Roles are listed page by page, with the one that everybody acts in', async (t) => {
  const { iam } = await clients(t);
  for (const name of ['b', 'C', 'a'])
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  const names: (string | undefined)[] = [];
  for await (const page of paginateListRoles({ client: iam, pageSize: 1 }, {})) {
    assert.equal(page.Roles?.length, 1);
    names.push(page.Roles?.[0]?.RoleName);
  }
  assert.deepEqual(names, ['a', 'b', 'C', 'LinnetExecutionRole']);
});

test('The role that everybody acts in can be changed, not deleted or created', async (t) => {
  const { iam } = await clients(t);
  const RoleName = identity.roleName;
  await refused(
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust })),
    'EntityAlreadyExistsException',
    /already exists/,
  );
  await iam.send(new UpdateRoleCommand({ RoleName, Description: 'ours' }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual([Role?.Description, Role?.Path], ['ours', '/service-role/']);
  assert.equal((await iam.send(new ListRolesCommand({}))).Roles?.length, 1);
  await refused(iam.send(new DeleteRoleCommand({ RoleName })), 'UnmodifiableEntityException', /protected role/);
});

test("A role that nobody created: Amazon's examples name SageMakerRole", async (t) => {
  const { iam } = await clients(t);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'SageMakerRole' }));
  assert.equal(Role?.Arn, 'arn:aws:iam::123456789012:role/SageMakerRole');
});

test('Simulation answers what policies say; a role that nobody made may do everything', async (t) => {
  const { iam } = await clients(t);
  const PolicySourceArn = 'arn:aws:iam::123456789012:role/service-role/never-created';
  const ActionNames = ['s3:PutObject', 'sagemaker:CreateTrainingJob'];
  const decisions: unknown[] = [];
  for await (const page of paginateSimulatePrincipalPolicy(
    { client: iam, pageSize: 3 },
    { PolicySourceArn, ActionNames, ResourceArns: ['arn:aws:s3:::a/*', 'arn:aws:s3:::b/*'] },
  )) {
    for (const { EvalActionName, EvalResourceName, EvalDecision } of page.EvaluationResults ?? [])
      decisions.push([EvalActionName, EvalResourceName, EvalDecision]);
  }
  assert.deepEqual(decisions, [
    ['s3:PutObject', 'arn:aws:s3:::a/*', 'allowed'],
    ['s3:PutObject', 'arn:aws:s3:::b/*', 'allowed'],
    ['sagemaker:CreateTrainingJob', 'arn:aws:s3:::a/*', 'allowed'],
    ['sagemaker:CreateTrainingJob', 'arn:aws:s3:::b/*', 'allowed'],
  ]);
  const simulate = (more: object) =>
    iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames, ...more }));
  const denial = JSON.stringify({ Statement: { Effect: 'Deny', Action: '*', Resource: '*' } });
  const { EvaluationResults } = await simulate({ PolicyInputList: [denial] });
  assert.deepEqual(new Set(EvaluationResults?.map(({ EvalDecision }) => EvalDecision)), new Set(['explicitDeny']));
  await refused(simulate({ PolicyInputList: ['{'] }), 'InvalidInputException', /invalid Json/);
  await iam.send(new CreateRoleCommand({ RoleName: 'made', AssumeRolePolicyDocument: trust }));
  const made = await simulate({ PolicySourceArn: 'arn:aws:iam::123456789012:role/made' });
  assert.equal(made.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny');
  await refused(
    simulate({ PolicySourceArn: 'arn:aws:iam::999999999999:role/r' }),
    'NoSuchEntityException',
    /cannot be found in 123456789012/,
  );
  await refused(simulate({ ActionNames: ['PutObject'] }), 'InvalidInputException', /PutObject is not of the form/);
});
