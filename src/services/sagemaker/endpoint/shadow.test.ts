import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, type World } from '../../testing/world.ts';

const variant = (name: string, more: object = {}) => ({
  VariantName: name,
  ModelName: name,
  InitialInstanceCount: 1,
  InstanceType: 'ml.m5.large',
  ...more,
});

async function model(world: World, name: string): Promise<void> {
  const uri = `s3://models/${name}.tar.gz`;
  await world.put({ [uri]: await archiveOf({ 'model_algo-1': name }) });
  await world.call('CreateModel', { ModelName: name, PrimaryContainer: { Image: image, ModelDataUrl: uri } });
}

const config = (world: World, ProductionVariants: object[], ShadowProductionVariants: object[], more: object = {}) =>
  world.call('CreateEndpointConfig', {
    EndpointConfigName: 'c',
    ProductionVariants,
    ShadowProductionVariants,
    ...more,
  });

/** Waits for a fact: copies end after their answers. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('A shadow gets its part of the requests, its answers go nowhere, and its failures are counted as its own', async (t) => {
  const world = await createWorld(t);
  await model(world, 'live');
  await model(world, 'shadow');
  await config(world, [variant('live')], [variant('shadow', { InitialVariantWeight: 0.5 })]);
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
  const describe = () => world.call('DescribeEndpoint', { EndpointName: 'e' }, { fromWaiter: true });
  const endpoint = await describe();
  assert.deepEqual(
    [endpoint.ProductionVariants, endpoint.ShadowProductionVariants].map(
      ([{ VariantName, CurrentInstanceCount }]: any) => [VariantName, CurrentInstanceCount],
    ),
    [
      ['live', 1],
      ['shadow', 1],
    ],
  );
  const sum = async (MetricName: string, VariantName: string): Promise<number> => {
    const { Datapoints } = await world.call('GetMetricStatistics', {
      Namespace: 'AWS/SageMaker',
      MetricName,
      Dimensions: [
        { Name: 'EndpointName', Value: 'e' },
        { Name: 'VariantName', Value: VariantName },
      ],
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 7200,
      Statistics: ['Sum'],
    });
    return Datapoints[0]?.Sum ?? 0;
  };
  const untilCounted = (count: number) => until(async () => (await sum('Invocations', 'shadow')) >= count);
  const invoke = async (body: string) => {
    const answer = await world.call('InvokeEndpoint', { EndpointName: 'e', Body: Buffer.from(body) });
    assert.equal(answer.InvokedProductionVariant, 'live');
    return JSON.parse(answer.Body).model;
  };
  for (let count = 0; count < 10; count += 1) assert.equal(await invoke('x'), 'live');
  await untilCounted(5);
  assert.deepEqual([await sum('Invocations', 'live'), await sum('Invocations', 'shadow')], [10, 5]);
  await world.call('UpdateEndpointWeightsAndCapacities', {
    EndpointName: 'e',
    DesiredWeightsAndCapacities: [{ VariantName: 'shadow', DesiredWeight: 1 }],
  });
  await describe();
  await assert.rejects(invoke('status 500'), /Received server error \(500\)/);
  await untilCounted(6);
  const input = { EndpointName: 'e', Body: Buffer.from('status 500') };
  await assert.rejects(world.call('InvokeEndpointWithResponseStream', input), /Received server error \(500\)/);
  await untilCounted(7);
  assert.deepEqual([await sum('Invocation5XXErrors', 'live'), await sum('Invocation5XXErrors', 'shadow')], [2, 2]);
  await assert.rejects(
    world.call('InvokeEndpoint', { EndpointName: 'e', Body: Buffer.from('x'), TargetVariant: 'shadow' }),
    /Variant shadow of endpoint e not found/,
  );
});

test('A shadow stands beside one production variant, under a name of its own, and is described with its configuration', async (t) => {
  const world = await createWorld(t);
  await model(world, 'live');
  await model(world, 'shadow');
  const production = [variant('live'), variant('other', { ModelName: 'live' })];
  await assert.rejects(
    config(world, production, [variant('shadow')]),
    /There are 2 ProductionVariants and 1 ShadowProductionVariants; a shadow needs exactly one of each/,
  );
  await assert.rejects(config(world, [variant('live')], [variant('live')]), /"live" is used twice/);
  const serverless = {
    VariantName: 's',
    ModelName: 'live',
    ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 },
  };
  await assert.rejects(config(world, [serverless], [variant('shadow')]), /cannot be used with ServerlessConfig/);
  const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: 's3://out/answers' } };
  await assert.rejects(
    config(world, [variant('live')], [variant('shadow')], { AsyncInferenceConfig }),
    /cannot be used with AsyncInferenceConfig/,
  );
  await assert.rejects(config(world, [variant('live')], [variant('none')]), /Could not find model/);
  await config(world, [variant('live')], [variant('shadow')]);
  const { ShadowProductionVariants } = await world.call('DescribeEndpointConfig', { EndpointConfigName: 'c' });
  assert.deepEqual(ShadowProductionVariants, [{ ...variant('shadow'), InitialVariantWeight: 1 }]);
});

test('A shadow that dies or hangs is never felt, and its good answers are captured beside those of production', async (t) => {
  const world = await createWorld(t, { random: () => 0 });
  await model(world, 'live');
  await model(world, 'shadow');
  await world.put({ 's3://captured/.keep': '' });
  const DataCaptureConfig = {
    EnableCapture: true,
    InitialSamplingPercentage: 100,
    DestinationS3Uri: 's3://captured/all',
    CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  };
  await config(world, [variant('live')], [variant('shadow')], { DataCaptureConfig });
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
  await world.call('DescribeEndpoint', { EndpointName: 'e' }, { fromWaiter: true });
  const invoke = async (body: string) => {
    const answer = await world.call('InvokeEndpoint', { EndpointName: 'e', Body: Buffer.from(body) });
    assert.equal(answer.InvokedProductionVariant, 'live');
    return JSON.parse(answer.Body).model;
  };
  // The program of the shadow ends when it is asked so; that of production is not asked.
  assert.equal(await invoke('shadow die'), 'live');
  await until(async () => world.warnings.some((text) => text.includes('ended with exit code 7')));
  assert.equal(await invoke('shadow hang'), 'live');
  assert.equal(await invoke('last'), 'live');
  const { Body } = await world.call('InvokeEndpointWithResponseStream', {
    EndpointName: 'e',
    Body: Buffer.from('in parts'),
  });
  for await (const _part of Body);
  await world.restart();
  const lines = async (variant: string) => {
    const found = await world.objects.list('captured', { prefix: `all/e/${variant}/` });
    const texts = await Promise.all(
      found.map(async ({ key }) => (await world.read(`s3://captured/${key}`)).toString()),
    );
    const events = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line).captureData);
    return events.map(({ endpointInput }) => Buffer.from(endpointInput.data, 'base64').toString());
  };
  assert.deepEqual((await lines('live')).sort(), ['in parts', 'last', 'shadow die', 'shadow hang']);
  assert.ok((await lines('shadow')).every((body) => ['in parts', 'last'].includes(body)));
});

test('Updates put a shadow beside a variant and take it away while requests go on', async (t) => {
  const world = await createWorld(t);
  await model(world, 'live');
  await model(world, 'shadow');
  await world.call('CreateEndpointConfig', { EndpointConfigName: 'alone', ProductionVariants: [variant('live')] });
  await config(world, [variant('live')], [variant('shadow')]);
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'alone' });
  const describe = () => world.call('DescribeEndpoint', { EndpointName: 'e' }, { fromWaiter: true });
  await describe();
  let going = true;
  const load = (async () => {
    for (; going; ) {
      const { Body } = await world.call('InvokeEndpoint', { EndpointName: 'e', Body: Buffer.from('x') });
      assert.equal(JSON.parse(Body).model, 'live');
    }
  })();
  const update = async (EndpointConfigName: string, more: object = {}) => {
    await world.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName, ...more });
    return (await describe()).ShadowProductionVariants?.map(({ VariantName }: any) => VariantName);
  };
  assert.deepEqual(await update('c'), ['shadow']);
  const canary = {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: 'CANARY',
        CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
        WaitIntervalInSeconds: 0,
      },
    },
  };
  assert.deepEqual(await update('c', { DeploymentConfig: canary }), ['shadow']);
  assert.equal(await update('alone'), undefined);
  assert.deepEqual(await update('c'), ['shadow']);
  going = false;
  await load;
  await world.restart();
  const { EndpointStatus, ShadowProductionVariants } = await describe();
  assert.deepEqual([EndpointStatus, ShadowProductionVariants[0].CurrentInstanceCount], ['InService', 1]);
});
