// Ways to more rights than one's own, as a user of Amazon's clients tries them: none of them opens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetUserCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  CreateModelCommand,
  CreatePipelineCommand,
  DescribePipelineCommand,
  ListTagsCommand,
} from '@aws-sdk/client-sagemaker';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
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
  place,
  statement,
  trust,
} from './identity-place.ts';

const sagemakerArn = (rest: string): string => `arn:aws:sagemaker:us-east-1:${accountId}:${rest}`;
const deny = (...given: Parameters<typeof statement>): object => ({ ...statement(...given), Effect: 'Deny' });
const toSageMaker = trust({ Service: 'sagemaker.amazonaws.com' });

test('A user gives SageMaker only roles that there are, and that trust it', async () => {
  const user = await newUser(statement('*'));
  const give = (RoleArn: string, clients = user) =>
    clients.sagemaker.send(new CreateModelCommand({ ModelName: 'm', ExecutionRoleArn: RoleArn, PrimaryContainer: {} }));
  const passes = { message: /The Image of the container must be given/ };
  const refused = (why: RegExp) => ({ name: 'ValidationException', message: why });
  await assert.rejects(give(arn('role/never-made')), refused(/^Could not assume role .*: there is no such role/));
  const trusting = await newRole(toSageMaker);
  await assert.rejects(give(trusting), passes);
  for (const wrong of [
    trusting.replace('role-', 'ROLE-'),
    trusting.replace('role/', 'role/other/'),
    trusting.replace(accountId, '999999999999'),
    trusting.replace('arn:aws:', 'arn:aws-cn:'),
  ])
    await assert.rejects(
      give(wrong),
      refused(/^Could not assume role .*: (the role of that name is|there is no such)/),
    );
  const untrusting = await newRole(trust({ AWS: user.arn }));
  await assert.rejects(give(untrusting), refused(/trust policy does not let sagemaker\.amazonaws\.com act in it/));
  await assert.rejects(give(untrusting, admin as typeof user), refused(/does not let/));
  // Against a confused deputy, as Amazon's documentation and its SDK write them.
  const only = (Condition: object): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole', Condition },
      ],
    });
  const ownAccount = { StringEquals: { 'aws:SourceAccount': accountId } };
  await assert.rejects(give(await newRole(only(ownAccount))), passes);
  const ownArn = { ArnLike: { 'aws:SourceArn': sagemakerArn('*') } };
  await assert.rejects(give(await newRole(only({ ...ownAccount, ...ownArn }))), passes);
  await assert.rejects(give(await newRole(only({ StringLike: { 'aws:SourceArn': 'arn:aws:sagemaker:*' } }))), passes);
  for (const foreign of [
    { StringEquals: { 'aws:SourceAccount': '999999999999' } },
    { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:us-east-1:999999999999:*' } },
  ])
    await assert.rejects(give(await newRole(only(foreign))), refused(/does not let/));
  await assert.rejects(give(arn('role/service-role/LinnetExecutionRole')), passes);
  // The account may: published programs name roles that are in no account here.
  await assert.rejects(give('arn:aws:iam::111122223333:role/Example', admin as typeof user), passes);
  const RoleName = 'short-lived';
  await admin.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: toSageMaker }));
  await admin.iam.send(new DeleteRoleCommand({ RoleName }));
  await assert.rejects(give(arn(`role/${RoleName}`), admin as typeof user), refused(/it was deleted/));
});

test('A step of a pipeline is given only roles that its maker may pass, by the condition on the service too', async () => {
  const RoleArn = await newRole(toSageMaker);
  const toService = { Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } };
  const user = await newUser(statement('sagemaker:*'), statement('iam:PassRole', RoleArn, toService));
  const make = (role: string) =>
    user.sagemaker.send(
      new CreatePipelineCommand({
        PipelineName: 'Passing',
        RoleArn,
        ClientRequestToken: 'c'.repeat(32),
        PipelineDefinition: JSON.stringify({
          Version: '2020-12-01',
          Steps: [
            { Name: 'Model', Type: 'Model', Arguments: { ExecutionRoleArn: role, PrimaryContainer: { Image: 'i' } } },
          ],
        }),
      }),
    );
  await denied(make(arn('role/service-role/LinnetExecutionRole')), /iam:PassRole/);
  await make(RoleArn);
});

test('An ARN of another account or in other letters is held against policies as what it finds', async () => {
  await admin.sagemaker.send(
    new CreatePipelineCommand({
      PipelineName: 'Secret',
      RoleArn: await newRole(toSageMaker),
      ClientRequestToken: 'd'.repeat(32),
      PipelineDefinition: JSON.stringify({
        Version: '2020-12-01',
        Steps: [{ Name: 'F', Type: 'Fail', Arguments: {} }],
      }),
    }),
  );
  const user = await newUser(statement('sagemaker:*'), deny('sagemaker:*', sagemakerArn('pipeline/secret')));
  const names = [
    'Secret',
    sagemakerArn('pipeline/Secret'),
    sagemakerArn('pipeline/SECRET'),
    sagemakerArn('pipeline/secret').replace(accountId, '999999999999'),
    sagemakerArn('pipeline/secret').replace('arn:aws:', 'arn:aws-cn:'),
  ];
  for (const PipelineName of names) {
    await denied(user.sagemaker.send(new DescribePipelineCommand({ PipelineName })), /explicit deny/);
  }
  for (const ResourceArn of names.slice(1)) {
    await denied(user.sagemaker.send(new ListTagsCommand({ ResourceArn })), /explicit deny/);
    await denied(
      user.sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] })),
      /explicit/,
    );
  }
});

test('The tags of the version that is read decide, not those of the latest', async () => {
  const Bucket = await newBucket();
  await admin.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const put = (Tagging: string) => admin.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Tagging, Tagging }));
  const { VersionId } = await put('class=secret');
  const { VersionId: open } = await put('class=open');
  const secret = { Condition: { StringEquals: { 's3:ExistingObjectTag/class': 'secret' } } };
  const user = await newUser(statement('s3:*'), deny('s3:Get*', '*', secret));
  const get = (version?: string) => user.s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: version }));
  await get();
  await get(open);
  await denied(get(VersionId), /s3:GetObjectVersion .*explicit deny/);
});

test('Keys of GetSessionToken make no lasting keys', async () => {
  const user = await newUser(statement('*'));
  for (const clients of [user, admin as typeof user]) {
    const { Credentials: keys } = await clients.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const session = clientsOf({
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
    });
    await denied(session.iam.send(new CreateAccessKeyCommand({ UserName: user.UserName })), /cannot call IAM/);
    await denied(session.iam.send(new GetUserCommand({ UserName: user.UserName })), /cannot call IAM/);
  }
});

test('How a request is signed, and how long ago, is what conditions see', async () => {
  const Bucket = await newBucket('k');
  const old = { Condition: { NumericGreaterThan: { 's3:signatureAge': '60000' } } };
  const presigned = { Condition: { StringNotEquals: { 's3:authType': 'REST-QUERY-STRING' } } };
  const user = await newUser(statement('s3:*'), deny('s3:GetObject', '*', old));
  const url = await getSignedUrl(user.s3, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 3_600 });
  assert.equal((await fetch(url)).status, 200);
  place.aheadMs += 120_000;
  try {
    assert.equal((await fetch(url)).status, 403);
  } finally {
    place.aheadMs -= 120_000;
  }
  await user.put(statement('s3:*'), deny('s3:*', '*', presigned));
  assert.equal((await fetch(url)).status, 200);
  await denied(user.s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), /explicit deny/);
  const form = { Condition: { StringEquals: { 's3:authType': 'POST' } } };
  await user.put(statement('s3:*'), deny('s3:PutObject', '*', form));
  const post = await createPresignedPost(user.s3, { Bucket, Key: 'posted' });
  const body = new FormData();
  for (const [name, value] of Object.entries(post.fields)) body.set(name, value);
  body.set('file', new Blob(['x']));
  assert.equal((await fetch(post.url, { method: 'POST', body })).status, 403);
});

test('RestrictPublicBuckets shuts out strangers of a public policy, and no others', async () => {
  const Bucket = await newBucket('k');
  await admin.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const status = async (): Promise<number> => (await fetch(`${place.endpoint}/${Bucket}/k`)).status;
  const let_ = (Condition: object = {}) =>
    admin.s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: document({
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
          Condition,
        }),
      }),
    );
  await let_();
  assert.equal(await status(), 200);
  await admin.s3.send(
    new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }),
  );
  assert.equal(await status(), 403);
  await let_({ IpAddress: { 'aws:SourceIp': '127.0.0.0/24' } });
  assert.equal(await status(), 200);
  await let_({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } });
  assert.equal(await status(), 403);
});

test('Tags of users and policies stand for the resource in conditions', async () => {
  const kept = await newUser();
  await admin.iam.send(new TagUserCommand({ UserName: kept.UserName, Tags: [{ Key: 'kept', Value: 'yes' }] }));
  const tagged = { Condition: { StringEquals: { 'aws:ResourceTag/kept': 'yes' } } };
  const user = await newUser(statement('iam:*'), deny('iam:CreateAccessKey', '*', tagged));
  await denied(user.iam.send(new CreateAccessKeyCommand({ UserName: kept.UserName })), /explicit deny/);
  const other = await newUser();
  await user.iam.send(new CreateAccessKeyCommand({ UserName: other.UserName }));
});
