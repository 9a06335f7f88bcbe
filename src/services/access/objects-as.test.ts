import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Call } from '../../gateway/index.ts';
import type { Objects } from '../../store/index.ts';
import { archiveOf } from '../testing/archive.ts';
import { ended } from '../testing/jobs.ts';
import { channel, createWorld, image, trainingJob, type World } from '../testing/world.ts';
import { type IdentityServices, identityServices } from './identity.ts';

const accountId = '123456789012';
const RoleArn = `arn:aws:iam::${accountId}:role/worker`;

/** A world whose jobs act in their roles. */
async function worldWithRoles(t: TestContext) {
  let identity: IdentityServices | undefined;
  let objects: Objects | undefined;
  const world: World = await createWorld(t, {
    objectsAs: (role) => identity!.objectsAs(objects!, role),
    requireInRole: (role, request) => identity!.requireInRole(role, request),
  });
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
  const make = () =>
    iam('CreateRole', {
      RoleName: 'worker',
      AssumeRolePolicyDocument: trusting({ Service: 'sagemaker.amazonaws.com' }),
    });
  await world.put({ 's3://data/train/a.csv': '1,2\n', 's3://data/output/x': '' });
  const as = (name: string): Objects => identity!.objectsAs(world.objects, name);
  return { world, as, iam, role, make };
}

const trusting = (Principal: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } });

const allow = (Action: string, Resource: string): object => ({ Effect: 'Allow', Action, Resource });

test('A job reads and writes what its role may, and says what it may not', async (t) => {
  const { world, role, make } = await worldWithRoles(t);
  const run = async (name: string): Promise<{ TrainingJobStatus: string; FailureReason: string }> => {
    await world.call('CreateTrainingJob', trainingJob(name, { RoleArn }));
    return ended(world, name);
  };
  assert.equal(
    (await run('nobody-made-it')).TrainingJobStatus,
    'Completed',
    'a role that nobody made may do everything',
  );
  await make();
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

test('Creating a job tells nothing of objects that its role may not see', async (t) => {
  const { world, role, make } = await worldWithRoles(t);
  await make();
  const create = (name: string, uri: string) =>
    world.call('CreateTrainingJob', trainingJob(name, { RoleArn, InputDataConfig: [channel('train', uri)] }));
  await create('there', 's3://data/train/');
  await create('not-there', 's3://data/none/');
  for (const name of ['there', 'not-there'])
    assert.match((await ended(world, name)).FailureReason, /s3:ListBucket on resource: arn:aws:s3:::data/);
  await role([allow('s3:ListBucket', '*')]);
  await assert.rejects(create('absent', 's3://data/none/'), /No S3 objects found under S3 URL "s3:\/\/data\/none\/"/);
});

test('A model is made only of files that its role may read', async (t) => {
  const { world, make } = await worldWithRoles(t);
  await world.put({ 's3://data/model.tar.gz': 'x' });
  await make();
  await assert.rejects(
    world.call('CreateModel', {
      ModelName: 'm',
      ExecutionRoleArn: RoleArn,
      PrimaryContainer: { Image: image, ModelDataUrl: 's3://data/model.tar.gz' },
    }),
    /Could not access model data at s3:\/\/data\/model\.tar\.gz\. AccessDenied: .* s3:GetObject/,
  );
});

test('A role that was deleted, is written differently or does not trust SageMaker opens nothing', async (t) => {
  const { world, iam, make } = await worldWithRoles(t);
  const reasonIn = async (name: string, role: string): Promise<string> => {
    await world.call('CreateTrainingJob', trainingJob(name, { RoleArn: role }));
    return (await ended(world, name)).FailureReason;
  };
  await make();
  for (const [index, wrong] of [
    RoleArn.replace('worker', 'Worker'),
    RoleArn.replace('role/', 'role/team/'),
    RoleArn.replace('123', '999'),
  ].entries())
    assert.match(
      await reasonIn(`wrong-${index}`, wrong),
      /Could not assume role .*: the role of that name is arn:aws:iam/,
    );
  await iam('UpdateAssumeRolePolicy', { RoleName: 'worker', PolicyDocument: trusting({ AWS: accountId }) });
  assert.match(
    await reasonIn('untrusting', RoleArn),
    /Could not assume role .* does not let sagemaker\.amazonaws\.com act in it/,
  );
  await iam('DeleteRole', { RoleName: 'worker' });
  assert.match(await reasonIn('deleted', RoleArn), /Could not assume role .*: it was deleted/);
});

test('The tags of an object decide whether a role reads it, and bucket policies hold for roles that nobody made', async (t) => {
  const { world, as, role, make } = await worldWithRoles(t);
  const read = async (key: string): Promise<boolean> => (await as(RoleArn).head('data', key)) !== undefined;
  await world.objects.updateAttributes('data', 'train/a.csv', ({ attributes }) => ({
    ...attributes,
    tags: { class: 'secret' },
  }));
  await make();
  await role([
    allow('s3:*', '*'),
    {
      Effect: 'Deny',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 's3:ExistingObjectTag/class': 'secret' } },
    },
  ]);
  assert.equal(await read('output/x'), true);
  await assert.rejects(
    read('train/a.csv'),
    /s3:GetObject on resource: arn:aws:s3:::data\/train\/a\.csv with an explicit deny/,
  );
  const policy = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/output/*' };
  await world.objects.updateBucket('data', (bucket) => ({
    ...bucket,
    attributes: { ...bucket.attributes, policy: JSON.stringify({ Version: '2012-10-17', Statement: policy }) },
  }));
  const unmade = as(`arn:aws:iam::${accountId}:role/unmade`);
  await assert.rejects(unmade.head('data', 'output/x'), /explicit deny in a resource-based policy/);
  assert.ok(await unmade.head('data', 'train/a.csv'));
});

test('An endpoint loads its models and captures its traffic in the role of its model', async (t) => {
  const { world, role, make } = await worldWithRoles(t);
  await world.put({ 's3://data/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }), 's3://captured/x': '' });
  await make();
  await role([allow('s3:GetObject', '*')]);
  await world.call('CreateModel', {
    ModelName: 'one',
    ExecutionRoleArn: RoleArn,
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://data/one.tar.gz' },
  });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'one',
    ProductionVariants: [
      { VariantName: 'All', ModelName: 'one', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
    ],
    DataCaptureConfig: {
      EnableCapture: true,
      InitialSamplingPercentage: 100,
      DestinationS3Uri: 's3://captured/below',
      CaptureOptions: [{ CaptureMode: 'Input' }],
    },
  });
  const started = async (EndpointName: string): Promise<{ EndpointStatus: string; FailureReason?: string }> => {
    await world.call('CreateEndpoint', { EndpointName, EndpointConfigName: 'one' });
    return world.call('DescribeEndpoint', { EndpointName }, { fromWaiter: true });
  };
  await role([allow('s3:ListBucket', '*')]);
  const failed = await started('without');
  assert.equal(failed.EndpointStatus, 'Failed');
  assert.match(
    failed.FailureReason ?? '',
    /AccessDenied: .*role\/worker\/SageMaker is not authorized to perform: s3:GetObject/,
  );
  await role([allow('s3:GetObject', '*')]);
  assert.equal((await started('with')).EndpointStatus, 'InService');
  const invoke = () =>
    world.call('InvokeEndpoint', { EndpointName: 'with', Body: Buffer.from('1,2'), ContentType: 'text/csv' });
  await invoke();
  await world.restart();
  const captured = async (): Promise<number> => (await world.objects.list('captured', { prefix: 'below/' })).length;
  assert.equal(await captured(), 0);
  assert.match(world.warnings.join('\n'), /cannot be stored at s3:\/\/captured.*s3:PutObject/);
  await role([allow('s3:*', '*')]);
  await world.call('DescribeEndpoint', { EndpointName: 'with' }, { fromWaiter: true });
  await invoke();
  await world.restart();
  assert.equal(await captured(), 1);
});

test('A step of a pipeline does what the role of the pipeline may', async (t) => {
  const { world, role, make } = await worldWithRoles(t);
  await make();
  const arguments_ = trainingJob('ignored', { RoleArn }) as Record<string, unknown>;
  const { TrainingJobName: _, ...Arguments } = arguments_;
  const definition = { Version: '2020-12-01', Steps: [{ Name: 'Train', Type: 'Training', Arguments }] };
  await world.call('CreatePipeline', {
    PipelineName: 'Line',
    RoleArn,
    PipelineDefinition: JSON.stringify(definition),
    ClientRequestToken: 'c'.repeat(32),
  });
  let runs = 0;
  const run = async (): Promise<string> => {
    const { PipelineExecutionArn } = await world.call('StartPipelineExecution', {
      PipelineName: 'Line',
      ClientRequestToken: `${++runs}`.padStart(32, 'r'),
    });
    for (;;) {
      const { PipelineExecutionStatus } = await world.call(
        'DescribePipelineExecution',
        { PipelineExecutionArn },
        { fromWaiter: true },
      );
      if (PipelineExecutionStatus !== 'Executing') break;
    }
    const { PipelineExecutionSteps } = await world.call('ListPipelineExecutionSteps', { PipelineExecutionArn });
    return PipelineExecutionSteps[0].FailureReason ?? PipelineExecutionSteps[0].StepStatus;
  };
  const s3 = allow('s3:*', '*');
  await role([s3]);
  assert.match(
    await run(),
    /^ClientError: Failed to invoke sagemaker:CreateTrainingJob\. Error Details: User: .*assumed-role\/worker\/SageMaker is not authorized to perform: sagemaker:CreateTrainingJob on resource: /,
  );
  const own = allow('sagemaker:*', '*');
  await role([s3, own]);
  assert.match(await run(), /iam:PassRole on resource: arn:aws:iam::123456789012:role\/worker/);
  await role([s3, own, allow('iam:PassRole', RoleArn)]);
  assert.equal(await run(), 'Succeeded');
});
