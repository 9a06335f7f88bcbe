import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Call } from '../../gateway/index.ts';
import type { Objects } from '../../store/index.ts';
import { ended } from '../testing/jobs.ts';
import { createWorld, image, trainingJob, type World } from '../testing/world.ts';
import { type IdentityServices, identityServices } from './identity.ts';

const accountId = '123456789012';
const RoleArn = `arn:aws:iam::${accountId}:role/worker`;

/** A world whose jobs act in their roles. */
async function worldWithRoles(t: TestContext) {
  let identity: IdentityServices | undefined;
  let objects: Objects | undefined;
  const world: World = await createWorld(t, { objectsAs: (role) => identity!.objectsAs(objects!, role) });
  objects = world.objects;
  identity = identityServices({
    records: world.records,
    objects,
    accountId,
    roleName: 'LinnetExecutionRole',
    region: 'us-east-1',
    root: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    sealingKey: randomBytes(32),
    drawn: randomBytes,
    newId: randomUUID,
    nowMs: Date.now,
  });
  const iam = async (operation: string, input: object): Promise<unknown> => {
    const table = identity!.tables.find(({ service }) => service === 'iam');
    const call = {
      service: 'iam',
      operation,
      input,
      caller: { accessKeyId: 'AKID', anonymous: false },
      accountId,
      nowMs: 0,
    };
    return table!.operations[operation]!(call as unknown as Call);
  };
  const role = (statements: object[]) =>
    iam('PutRolePolicy', {
      RoleName: 'worker',
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    });
  await world.put({ 's3://data/train/a.csv': '1,2\n', 's3://data/output/x': '' });
  return { world, iam, role };
}

const allow = (Action: string, Resource: string): object => ({ Effect: 'Allow', Action, Resource });

test('A job reads and writes what its role may, and says what it may not', async (t) => {
  const { world, iam, role } = await worldWithRoles(t);
  const run = async (name: string): Promise<{ TrainingJobStatus: string; FailureReason: string }> => {
    await world.call('CreateTrainingJob', trainingJob(name, { RoleArn }));
    return ended(world, name);
  };
  assert.equal(
    (await run('nobody-made-it')).TrainingJobStatus,
    'Completed',
    'a role that nobody made may do everything',
  );
  const trust = { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await iam('CreateRole', {
    RoleName: 'worker',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: trust }),
  });
  const listing = await run('no-rights');
  assert.equal(listing.TrainingJobStatus, 'Failed');
  assert.match(
    listing.FailureReason,
    /AccessDenied: User: arn:aws:sts::123456789012:assumed-role\/worker\/SageMaker is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::data because no identity-based policy allows/,
  );
  await role([allow('s3:ListBucket', 'arn:aws:s3:::data'), allow('s3:GetObject', 'arn:aws:s3:::data/train/*')]);
  const writing = await run('reads-only');
  assert.match(
    writing.FailureReason ?? '',
    /s3:PutObject on resource: arn:aws:s3:::data\/output\/reads-only\/output\/model/,
  );
  await role([allow('s3:ListBucket', 'arn:aws:s3:::data'), allow('s3:*Object', 'arn:aws:s3:::data/*')]);
  const last = await run('all-rights');
  assert.equal(last.TrainingJobStatus, 'Completed', last.FailureReason);
});

test('A model is made only of files that its role may read', async (t) => {
  const { world, iam } = await worldWithRoles(t);
  await world.put({ 's3://data/model.tar.gz': 'x' });
  await iam('CreateRole', {
    RoleName: 'worker',
    AssumeRolePolicyDocument:
      '{"Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}}',
  });
  await assert.rejects(
    world.call('CreateModel', {
      ModelName: 'm',
      ExecutionRoleArn: RoleArn,
      PrimaryContainer: { Image: image, ModelDataUrl: 's3://data/model.tar.gz' },
    }),
    /Could not access model data at s3:\/\/data\/model\.tar\.gz\. AccessDenied: .* s3:GetObject/,
  );
});
