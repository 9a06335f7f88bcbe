import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, role, type World } from '../../testing/world.ts';

/** A host of 2 processors and 8 GiB each. */
async function worldWithHost(t: TestContext, { instances = 2 } = {}): Promise<World> {
  const world = await createWorld(t);
  for (const name of ['one', 'two', 'broken']) {
    await world.put({ [`s3://models/${name}.tar.gz`]: await archiveOf({ 'model_algo-1': name }) });
    await world.call('CreateModel', {
      ModelName: name,
      PrimaryContainer: { Image: image, ModelDataUrl: `s3://models/${name}.tar.gz` },
    });
  }
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'host',
    ExecutionRoleArn: role,
    ProductionVariants: [{ VariantName: 'All', InstanceType: 'ml.m5.large', InitialInstanceCount: instances }],
  });
  await world.call('CreateEndpoint', { EndpointName: 'Host', EndpointConfigName: 'host' });
  const { EndpointStatus } = await world.call('DescribeEndpoint', { EndpointName: 'host' }, { fromWaiter: true });
  assert.equal(EndpointStatus, 'InService');
  return world;
}

const needs = (MinMemoryRequiredInMb: number, NumberOfCpuCoresRequired = 0.25) => ({
  ComputeResourceRequirements: { MinMemoryRequiredInMb, NumberOfCpuCoresRequired },
});
const create = (world: World, name: string, Specification: object, more: object = {}) =>
  world.call('CreateInferenceComponent', {
    InferenceComponentName: name,
    EndpointName: 'host',
    VariantName: 'All',
    Specification: { ...needs(1024), ...Specification },
    RuntimeConfig: { CopyCount: 1 },
    ...more,
  });
const describe = (world: World, InferenceComponentName: string) =>
  world.call('DescribeInferenceComponent', { InferenceComponentName });
async function settled(world: World, name: string): Promise<any> {
  for (;;) {
    const found = await describe(world, name);
    if (!['Creating', 'Updating', 'Deleting'].includes(found.InferenceComponentStatus)) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
async function gone(world: World, name: string): Promise<void> {
  await world.call('DeleteInferenceComponent', { InferenceComponentName: name });
  for (;;) {
    const answer = await describe(world, name).catch((thrown: Error) => thrown.message);
    if (typeof answer === 'string') return assert.match(answer, /Could not find inference component/);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const invoke = async (world: World, InferenceComponentName: string | undefined, body = 'x'): Promise<string> => {
  const input = { EndpointName: 'host', InferenceComponentName, Body: Buffer.from(body) };
  const { Body } = await world.call('InvokeEndpoint', input);
  return JSON.parse(Body).model;
};

test('Components share an endpoint: each answers by its name, with copies of its own', async (t) => {
  const world = await worldWithHost(t);
  assert.equal(world.services.isReady(), true);
  const { ProductionVariants } = await world.call('DescribeEndpoint', { EndpointName: 'host' });
  assert.deepEqual([ProductionVariants[0].CurrentInstanceCount, ProductionVariants[0].DeployedImages], [2, undefined]);
  await assert.rejects(invoke(world, undefined), /Inference Component Name header is required for endpoints/);
  const { InferenceComponentArn } = await create(
    world,
    'First',
    { ModelName: 'one' },
    { RuntimeConfig: { CopyCount: 2 }, Tags: [{ Key: 'team', Value: 'a' }] },
  );
  assert.equal(InferenceComponentArn, 'arn:aws:sagemaker:us-east-1:123456789012:inference-component/first');
  await create(world, 'second', {
    Container: { Image: image, ArtifactUrl: 's3://models/two.tar.gz', Environment: { SETTING: 'on' } },
  });
  const first = await settled(world, 'first');
  assert.deepEqual(
    [first.InferenceComponentStatus, first.EndpointName, first.VariantName, first.RuntimeConfig],
    ['InService', 'Host', 'All', { DesiredCopyCount: 2, CurrentCopyCount: 2 }],
  );
  const { Specification } = await settled(world, 'second');
  assert.deepEqual(
    [Specification.Container.DeployedImage.SpecifiedImage, Specification.Container.Environment],
    [image, { SETTING: 'on' }],
  );
  assert.deepEqual([await invoke(world, 'first'), await invoke(world, 'SECOND')], ['one', 'two']);
  const listed = await world.call('ListInferenceComponents', { EndpointNameEquals: 'HOST', SortOrder: 'Ascending' });
  assert.deepEqual(
    listed.InferenceComponents.map((each: any) => [each.InferenceComponentName, each.InferenceComponentStatus]),
    [
      ['First', 'InService'],
      ['second', 'InService'],
    ],
  );
  const elsewhere = await world.call('ListInferenceComponents', { EndpointNameEquals: 'other' });
  assert.deepEqual(elsewhere.InferenceComponents, []);
  const { Tags } = await world.call('ListTags', { ResourceArn: InferenceComponentArn });
  assert.deepEqual(Tags, [{ Key: 'team', Value: 'a' }]);
  await assert.rejects(invoke(world, 'third'), /Inference component third of endpoint host not found/);
  await assert.rejects(
    world.call('DeleteEndpoint', { EndpointName: 'host' }),
    /has inference components, which must be deleted first: First, second/,
  );
  await gone(world, 'first');
  await gone(world, 'second');
  await world.call('DeleteEndpoint', { EndpointName: 'host' });
});

test('An update replaces the model without losing a request, and copies come and go, down to none', async (t) => {
  const world = await worldWithHost(t);
  await create(world, 'it', { ModelName: 'one' });
  await settled(world, 'it');
  let going = true;
  const seen = new Set<string>();
  const load = (async () => {
    while (going) seen.add(await invoke(world, 'it'));
  })();
  const update = async (more: object) => {
    await world.call('UpdateInferenceComponent', { InferenceComponentName: 'it', ...more });
    return settled(world, 'it');
  };
  await update({ Specification: { ModelName: 'two' }, RuntimeConfig: { CopyCount: 2 } });
  const RollingUpdatePolicy = { MaximumBatchSize: { Type: 'COPY_COUNT', Value: 1 }, WaitIntervalInSeconds: 0 };
  const DeploymentConfig = { RollingUpdatePolicy };
  const rolled = await update({ Specification: { ModelName: 'one' }, DeploymentConfig });
  assert.deepEqual(rolled.LastDeploymentConfig, DeploymentConfig);
  assert.equal((await describe(world, 'it')).Specification.ComputeResourceRequirements.MinMemoryRequiredInMb, 1024);
  going = false;
  await load;
  assert.deepEqual([...seen].sort(), ['one', 'two']);
  assert.equal(await invoke(world, 'it'), 'one');
  const copies = async (CopyCount: number) => {
    const DesiredRuntimeConfig = { CopyCount };
    await world.call('UpdateInferenceComponentRuntimeConfig', { InferenceComponentName: 'it', DesiredRuntimeConfig });
    return (await settled(world, 'it')).RuntimeConfig.CurrentCopyCount;
  };
  assert.equal(await copies(0), 0);
  assert.equal(world.services.isReady(), true);
  await assert.rejects(invoke(world, 'it'), /Inference component it has no copies/);
  assert.equal(await copies(3), 3);
  assert.equal(await invoke(world, 'it'), 'one');
  const failed = await update({ Specification: { ModelName: 'broken' } });
  assert.equal(failed.InferenceComponentStatus, 'InService');
  assert.match(failed.FailureReason, /did not pass the ping health check.*the model is broken/);
  assert.equal(await invoke(world, 'it'), 'one');
});

test('Copies that find no room, and what is not offered, are refused with the reason', async (t) => {
  const world = await worldWithHost(t, { instances: 1 });
  await create(world, 'large', { ModelName: 'one', ...needs(5_000) });
  await settled(world, 'large');
  await assert.rejects(
    create(world, 'next', { ModelName: 'two', ...needs(4_000) }),
    /A copy of inference component "next" needs 0.25 processors and 4000 MB of memory, for which no instance has room: there are 1 of ml.m5.large, with 2 processors and 8192 MB each/,
  );
  await assert.rejects(create(world, 'next', { ModelName: 'two', ...needs(128, 3) }), /needs 3 processors/);
  const grow = { InferenceComponentName: 'large', DesiredRuntimeConfig: { CopyCount: 2 } };
  await assert.rejects(world.call('UpdateInferenceComponentRuntimeConfig', grow), /no instance has room/);
  await create(world, 'small', { ModelName: 'two', ...needs(3_000) });
  await assert.rejects(create(world, 'small', { ModelName: 'two' }), /already existing inference component/);
  const adapter = { BaseInferenceComponentName: 'large' };
  await assert.rejects(create(world, 'a', adapter), /BaseInferenceComponentName is not offered/);
  await assert.rejects(create(world, 'a', {}), /must have one of ModelName and Container/);
  await assert.rejects(create(world, 'a', { ModelName: 'none' }), /Could not find model/);
  await assert.rejects(create(world, 'a', { ModelName: 'one' }, { VariantName: 'B' }), /Variant "B" .* does not exist/);
  const variant = { VariantName: 'All', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
  const config = (EndpointConfigName: string, variants: object[], more: object = {}) =>
    world.call('CreateEndpointConfig', { EndpointConfigName, ProductionVariants: variants, ...more });
  await assert.rejects(config('a', [variant]), /need an ExecutionRoleArn/);
  const mixed = [variant, { ...variant, VariantName: 'B', ModelName: 'one' }];
  await assert.rejects(config('a', mixed, { ExecutionRoleArn: role }), /cannot stand beside variants with one/);
  await config('model', [{ ...variant, ModelName: 'one' }]);
  await assert.rejects(
    world.call('UpdateEndpoint', { EndpointName: 'host', EndpointConfigName: 'model' }),
    /no variant without a ModelName for the inference components large, small; delete them first/,
  );
});

test('A component that cannot start is Failed with the reason; one in service is there again after a restart', async (t) => {
  const world = await worldWithHost(t);
  await create(world, 'bad', { ModelName: 'broken' });
  await create(world, 'good', { ModelName: 'one' });
  const { InferenceComponentStatus, FailureReason } = await settled(world, 'bad');
  assert.equal(InferenceComponentStatus, 'Failed');
  assert.match(FailureReason, /did not pass the ping health check.*the model is broken/);
  await gone(world, 'bad');
  await settled(world, 'good');
  await world.call('DeleteModel', { ModelName: 'one' });
  await world.objects.remove('models', 'one.tar.gz');
  await world.restart();
  assert.equal(await invoke(world, 'good'), 'one');
  await assert.rejects(invoke(world, 'good', 'die'), /was lost/);
  assert.equal(await invoke(world, 'good'), 'one');
});
