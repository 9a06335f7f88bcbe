// Users, roles and sessions through Amazon's own clients: what each may do is what its policies say, in every service.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  PutUserPermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  accountId,
  admin,
  arn,
  clientsOf,
  denied,
  document,
  newBucket,
  newRole,
  newUser,
  nextNumber,
  place,
  statement,
  trust,
} from './identity-place.ts';

const list = new ListTrainingJobsCommand({});

test('A new user may do nothing but find out who it is', async () => {
  const user = await newUser();
  const who = await user.sts.send(new GetCallerIdentityCommand({}));
  assert.equal(who.Arn, user.arn);
  assert.equal(who.Account, accountId);
  assert.match(who.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
  await denied(
    user.sagemaker.send(list),
    new RegExp(
      `^User: ${user.arn} is not authorized to perform: sagemaker:ListTrainingJobs because no identity-based policy allows the sagemaker:ListTrainingJobs action$`,
    ),
  );
  await denied(user.s3.send(new ListBucketsCommand({})), /s3:ListAllMyBuckets on resource: "arn:aws:s3:::\*"/);
  await denied(user.iam.send(new ListUsersCommand({})), /iam:ListUsers/);
  await denied(user.cloudwatch.send(new ListMetricsCommand({})), /cloudwatch:ListMetrics/);
  await denied(
    user.runtime.send(new InvokeEndpointCommand({ EndpointName: 'E', Body: 'x' })),
    /sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:123456789012:endpoint\/e /,
  );
  await denied(
    user.logs.send(new GetLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamName: 's' })),
    /log-group:\/aws\/sagemaker\/TrainingJobs:log-stream:s /,
  );
});

test('A policy that is put or deleted holds for the next request', async () => {
  const user = await newUser(statement('sagemaker:List*'));
  await user.sagemaker.send(list);
  await user.put(statement('sagemaker:List*'), { ...statement('sagemaker:ListTrainingJobs'), Effect: 'Deny' });
  await denied(user.sagemaker.send(list), /with an explicit deny in an identity-based policy$/);
  await user.put(statement('sagemaker:*'));
  await user.sagemaker.send(list);
  await admin.iam.send(new DeleteUserPolicyCommand({ UserName: user.UserName, PolicyName: 'own' }));
  await denied(user.sagemaker.send(list));
});

test('A job is allowed by its name, its tags and the role that it is given', async () => {
  const user = await newUser(
    statement('sagemaker:CreateTrainingJob', `arn:aws:sagemaker:*:*:training-job/mine-*`),
    statement('iam:PassRole', arn('role/worker'), {
      Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    }),
  );
  const create = (TrainingJobName: string, role: string, more: object = {}) =>
    user.sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName,
        RoleArn: arn(role),
        AlgorithmSpecification: {
          TrainingImage: '1.dkr.ecr.us-east-1.amazonaws.com/none:1',
          TrainingInputMode: 'File',
        },
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
        OutputDataConfig: { S3OutputPath: 's3://b/o' },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        ...more,
      }),
    );
  await denied(create('theirs', 'role/worker'), /CreateTrainingJob on resource: .*training-job\/theirs /);
  await denied(create('mine-1', 'role/other'), /iam:PassRole on resource: arn:aws:iam::123456789012:role\/other /);
  await denied(create('mine-1', 'role/worker', { Tags: [{ Key: 'a', Value: 'b' }] }), /sagemaker:AddTags/);
  // Allowed: now the service itself looks at the image.
  await assert.rejects(create('mine-1', 'role/worker'), { name: 'ValidationException' });
  await denied(
    user.sagemaker.send(new CreateModelCommand({ ModelName: 'm', ExecutionRoleArn: arn('role/worker') })),
    /sagemaker:CreateModel on resource/,
  );
  await denied(user.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'mine-1' })));
});

test('In S3 a bucket is listed by prefix, and objects are read, copied and deleted by key', async () => {
  const Bucket = await newBucket('ann/a', 'bob/b', 'ann/c');
  const user = await newUser(
    statement('s3:ListBucket', `arn:aws:s3:::${Bucket}`, { Condition: { StringLike: { 's3:prefix': 'ann/*' } } }),
    statement(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], `arn:aws:s3:::${Bucket}/ann/*`),
  );
  const { Contents } = await user.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'ann/' }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['ann/a', 'ann/c'],
  );
  await denied(user.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'bob/' })), /s3:ListBucket/);
  await denied(user.s3.send(new ListObjectsV2Command({ Bucket })));
  await user.s3.send(new GetObjectCommand({ Bucket, Key: 'ann/a' }));
  await denied(
    user.s3.send(new GetObjectCommand({ Bucket, Key: 'bob/b' })),
    /s3:GetObject on resource: "arn:aws:s3:::/,
  );
  await denied(
    user.s3.send(new CopyObjectCommand({ Bucket, Key: 'ann/copy', CopySource: `${Bucket}/bob/b` })),
    /s3:GetObject/,
  );
  await user.s3.send(new CopyObjectCommand({ Bucket, Key: 'ann/copy', CopySource: `${Bucket}/ann/a` }));
  await denied(
    user.s3.send(new PutObjectCommand({ Bucket, Key: 'ann/t', Body: 'x', Tagging: 'a=b' })),
    /PutObjectTagging/,
  );
  await denied(user.s3.send(new GetObjectCommand({ Bucket, Key: 'ann/none' })), /Access Denied/);
  const { Deleted, Errors } = await user.s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'bob/b' }, { Key: 'ann/c' }] } }),
  );
  assert.deepEqual(
    [Deleted?.map(({ Key }) => Key), Errors?.map(({ Key, Code }) => [Key, Code])],
    [['ann/c'], [['bob/b', 'AccessDenied']]],
  );
  const url = await getSignedUrl(user.s3, new GetObjectCommand({ Bucket, Key: 'ann/a' }));
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await fetch(await getSignedUrl(user.s3, new GetObjectCommand({ Bucket, Key: 'bob/b' })))).status, 403);
});

test('Groups give their policies to their users, and a boundary limits them', async () => {
  const user = await newUser();
  const { UserName } = user;
  await admin.iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await admin.iam.send(
    new AttachGroupPolicyCommand({ GroupName: 'team', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
  );
  await denied(user.sagemaker.send(list));
  await admin.iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName }));
  await user.sagemaker.send(list);
  await user.s3.send(new ListBucketsCommand({}));
  const { Policy } = await admin.iam.send(
    new CreatePolicyCommand({ PolicyName: 'only-s3', PolicyDocument: document(statement('s3:*')) }),
  );
  const PermissionsBoundary = Policy!.Arn!;
  await admin.iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
  await denied(
    user.sagemaker.send(list),
    /because no permissions boundary allows the sagemaker:ListTrainingJobs action$/,
  );
  await user.s3.send(new ListBucketsCommand({}));
  await assert.rejects(admin.iam.send(new DeletePolicyCommand({ PolicyArn: PermissionsBoundary })), {
    name: 'DeleteConflictException',
  });
  await admin.iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
  await user.sagemaker.send(list);
  await admin.iam.send(new UpdateGroupCommand({ GroupName: 'team', NewGroupName: 'crew' }));
  await user.sagemaker.send(list);
  const { Users } = await admin.iam.send(new GetGroupCommand({ GroupName: 'crew' }));
  assert.deepEqual(
    Users?.map((one) => one.UserName),
    [UserName],
  );
  const { Groups } = await admin.iam.send(new ListGroupsForUserCommand({ UserName }));
  assert.deepEqual(
    Groups?.map(({ GroupName }) => GroupName),
    ['crew'],
  );
  await assert.rejects(admin.iam.send(new DeleteGroupCommand({ GroupName: 'crew' })), {
    name: 'DeleteConflictException',
  });
  await admin.iam.send(new RemoveUserFromGroupCommand({ GroupName: 'crew', UserName }));
  await denied(user.sagemaker.send(list));
});

test('Keys are made, listed, switched off and deleted; a renamed user keeps them', async () => {
  const user = await newUser(statement('sagemaker:List*'), statement('iam:*', `arn:aws:iam::*:user/\${aws:username}`));
  const { UserName, keys } = user;
  const { AccessKeyMetadata } = await user.iam.send(new ListAccessKeysCommand({}));
  assert.deepEqual(
    AccessKeyMetadata?.map((key) => [key.UserName, key.AccessKeyId, key.Status]),
    [[UserName, keys.accessKeyId, 'Active']],
  );
  const second = await user.iam.send(new CreateAccessKeyCommand({}));
  await assert.rejects(user.iam.send(new CreateAccessKeyCommand({})), { name: 'LimitExceededException' });
  await denied(user.iam.send(new CreateAccessKeyCommand({ UserName: 'user-1' })), /user\/user-1 /);
  await admin.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId, Status: 'Inactive' }));
  await assert.rejects(user.sagemaker.send(list), { name: 'UnrecognizedClientException' });
  await admin.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId, Status: 'Active' }));
  await user.sagemaker.send(list);
  await admin.iam.send(new UpdateUserCommand({ UserName, NewUserName: 'renamed', NewPath: '/team/' }));
  await user.sagemaker.send(list);
  assert.equal((await user.sts.send(new GetCallerIdentityCommand({}))).Arn, arn('user/team/renamed'));
  assert.equal((await admin.iam.send(new GetUserCommand({ UserName: 'renamed' }))).User?.Path, '/team/');
  await assert.rejects(admin.iam.send(new DeleteUserCommand({ UserName: 'renamed' })), {
    name: 'DeleteConflictException',
  });
  for (const AccessKeyId of [keys.accessKeyId, second.AccessKey!.AccessKeyId!])
    await admin.iam.send(new DeleteAccessKeyCommand({ UserName: 'renamed', AccessKeyId }));
  await admin.iam.send(new DeleteUserPolicyCommand({ UserName: 'renamed', PolicyName: 'own' }));
  await admin.iam.send(new DeleteUserCommand({ UserName: 'renamed' }));
  await assert.rejects(user.sagemaker.send(list), { name: 'UnrecognizedClientException' });
});

test('A key says when, for which service and in which region it was used last', async () => {
  const user = await newUser(statement('sagemaker:*'));
  const { accessKeyId: AccessKeyId } = user.keys;
  const lastUsed = async () => {
    const { UserName, AccessKeyLastUsed } = await admin.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    assert.equal(UserName, user.UserName);
    return AccessKeyLastUsed!;
  };
  assert.deepEqual(await lastUsed(), { ServiceName: 'N/A', Region: 'N/A' });
  await user.sagemaker.send(list);
  const use = await lastUsed();
  assert.deepEqual([use.ServiceName, use.Region], ['sagemaker', 'us-east-1']);
  assert.ok(Math.abs(use.LastUsedDate!.getTime() - Date.now()) < 60_000);
  await denied(user.s3.send(new ListBucketsCommand({})));
  assert.equal((await lastUsed()).ServiceName, 's3');
  await assert.rejects(admin.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIA0000000000000000' })), {
    name: 'NoSuchEntityException',
  });
});

test('A role is assumed by whom it trusts, for a while, and a session policy limits it', async () => {
  const user = await newUser();
  const RoleArn = await newRole(trust({ AWS: user.arn }));
  const assume = async (clients: { sts: STSClient }, more: object = {}) => {
    const { Credentials: made, AssumedRoleUser } = await clients.sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'work', ...more }),
    );
    const keys = {
      accessKeyId: made!.AccessKeyId!,
      secretAccessKey: made!.SecretAccessKey!,
      sessionToken: made!.SessionToken!,
    };
    return { keys, AssumedRoleUser, ...clientsOf(keys) };
  };
  const session = await assume(user);
  const name = RoleArn.split('/').at(-1);
  assert.equal(session.AssumedRoleUser?.Arn, `arn:aws:sts::${accountId}:assumed-role/${name}/work`);
  assert.equal((await session.sts.send(new GetCallerIdentityCommand({}))).Arn, session.AssumedRoleUser?.Arn);
  await session.sagemaker.send(list);
  await denied(
    session.s3.send(new CreateBucketCommand({ Bucket: 'no-way' })),
    new RegExp(`^User: arn:aws:sts::${accountId}:assumed-role/${name}/work is not authorized`),
  );
  const other = await newUser(statement('sts:AssumeRole'));
  await denied(assume(other), /sts:AssumeRole on resource: .*because no resource-based policy allows/);
  await denied(assume(admin), /sts:AssumeRole/);
  const limited = await assume(user, { Policy: document(statement('s3:*')) });
  await limited.s3.send(new ListBucketsCommand({}));
  await denied(limited.sagemaker.send(list), /because no session policy allows/);
  const managed = await assume(user, { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonSageMakerReadOnly' }] });
  await managed.sagemaker.send(list);
  await denied(managed.s3.send(new ListBucketsCommand({})));
  await assert.rejects(assume(user, { Policy: '{' }), { name: 'MalformedPolicyDocumentException' });
  await assert.rejects(assume(user, { DurationSeconds: 7200 }), /DurationSeconds exceeds the MaxSessionDuration/);
  await assert.rejects(assume(user, { SerialNumber: 'arn:aws:iam::1:mfa/x' }), /SerialNumber is not offered/);

  const forged = [
    { ...session.keys, sessionToken: `${session.keys.sessionToken.slice(0, -4)}AAAA` },
    { ...session.keys, sessionToken: limited.keys.sessionToken },
    { accessKeyId: session.keys.accessKeyId, secretAccessKey: session.keys.secretAccessKey },
    { ...session.keys, secretAccessKey: 'x' },
  ];
  for (const keys of forged) await assert.rejects(clientsOf(keys).sagemaker.send(list), /invalid|does not match/);
  const url = await getSignedUrl(session.s3, new ListBucketsCommand({}));
  assert.equal((await fetch(url)).status, 200);
  place.aheadMs += 3_600_001;
  try {
    const late = new SageMakerClient({
      endpoint: place.endpoint,
      region: 'us-east-1',
      credentials: session.keys,
      systemClockOffset: place.aheadMs,
    });
    await assert.rejects(late.send(list), { name: 'ExpiredTokenException' });
    late.destroy();
  } finally {
    place.aheadMs -= 3_600_001;
  }
});

test('A role that trusts the account leaves it to the policies of the user', async () => {
  const RoleArn = await newRole(trust({ AWS: accountId }), 'AdministratorAccess');
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 's1' });
  await denied(
    (await newUser()).sts.send(assume),
    /because no identity-based policy allows the sts:AssumeRole action$/,
  );
  await (await newUser(statement('sts:AssumeRole', RoleArn))).sts.send(assume);
  await admin.sts.send(assume);
  const withId = await newRole(trust('*', { Condition: { StringEquals: { 'sts:ExternalId': 'xyz' } } }));
  const user = await newUser();
  await denied(user.sts.send(new AssumeRoleCommand({ RoleArn: withId, RoleSessionName: 's1' })));
  await user.sts.send(new AssumeRoleCommand({ RoleArn: withId, RoleSessionName: 's1', ExternalId: 'xyz' }));
});

test('Tags of sessions stand for the principal in conditions', async () => {
  const Bucket = await newBucket('red/a', 'blue/b');
  const RoleArn = await newRole(trust('*'), 'IAMUserChangePassword', {
    Tags: [{ Key: 'team', Value: 'blue' }],
  });
  const { Policy } = await admin.iam.send(
    new CreatePolicyCommand({
      PolicyName: `tagged-${nextNumber()}`,
      PolicyDocument: document(statement('s3:GetObject', `arn:aws:s3:::${Bucket}/\${aws:PrincipalTag/team}/*`)),
    }),
  );
  await admin.iam.send(new AttachRolePolicyCommand({ RoleName: RoleArn.split('/').at(-1)!, PolicyArn: Policy!.Arn! }));
  const read = async (Key: string, Tags?: { Key: string; Value: string }[]): Promise<unknown> => {
    const user = await newUser();
    const { Credentials: keys } = await user.sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 's1', ...(Tags && { Tags }) }),
    );
    const { s3 } = clientsOf({
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
    });
    return s3.send(new GetObjectCommand({ Bucket, Key }));
  };
  await read('blue/b');
  await denied(read('red/a'));
  await read('red/a', [{ Key: 'Team', Value: 'red' }]);
});

test('A session of a user has the rights of the user, and makes no further ones', async () => {
  const user = await newUser(statement('sagemaker:List*'));
  const { Credentials: keys } = await user.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const session = clientsOf({
    accessKeyId: keys!.AccessKeyId!,
    secretAccessKey: keys!.SecretAccessKey!,
    sessionToken: keys!.SessionToken!,
  });
  assert.equal((await session.sts.send(new GetCallerIdentityCommand({}))).Arn, user.arn);
  await session.sagemaker.send(list);
  await denied(session.s3.send(new ListBucketsCommand({})));
  await denied(session.sts.send(new GetSessionTokenCommand({})), /Cannot call GetSessionToken/);
});

test('Ready-made roles may do what they are named after', async () => {
  const Bucket = await newBucket('data.csv');
  const get = new GetObjectCommand({ Bucket, Key: 'data.csv' });
  const put = new PutObjectCommand({ Bucket, Key: 'new', Body: 'x' });
  const invoke = new InvokeEndpointCommand({ EndpointName: 'none', Body: 'x' });
  const users = new ListUsersCommand({});
  /** Which of reading and writing objects, listing jobs, invoking, and listing users each may do. */
  const expected: Record<string, string> = {
    LinnetAdmin: 'get put list invoke users',
    LinnetDataSteward: 'get put list',
    LinnetTrainer: 'get put list',
    LinnetDeployer: 'get list invoke',
    LinnetInvoker: 'invoke',
    LinnetAuditor: 'list users',
  };
  for (const [name, rights] of Object.entries(expected)) {
    const user = await newUser();
    await admin.iam.send(
      new AttachUserPolicyCommand({ UserName: user.UserName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
    );
    const tries: [string, () => Promise<unknown>][] = [
      ['get', () => user.s3.send(get)],
      ['put', () => user.s3.send(put)],
      ['list', () => user.sagemaker.send(list)],
      ['invoke', () => user.runtime.send(invoke)],
      ['users', () => user.iam.send(users)],
    ];
    const may: string[] = [];
    for (const [right, send] of tries) {
      const thrown = await send().then(
        () => undefined,
        (cause: Error) => cause,
      );
      if (thrown === undefined || !/^AccessDenied/.test(thrown.name)) may.push(right);
    }
    assert.equal(may.join(' '), rights, name);
  }
});
