import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ServiceError } from '../../../../base/index.ts';
import { archiveOf } from '../../../testing/archive.ts';
import { createWorld, image, type World } from '../../../testing/world.ts';

interface Given {
  instances?: number;
  modelsMax?: number;
  cached?: boolean;
}

/** An endpoint over the models a to e, and one that is broken. */
async function worldWithEndpoint(t: TestContext, { instances = 1, modelsMax, cached = true }: Given = {}) {
  const world = await createWorld(t);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'deeper/f', 'broken']) await putModel(world, name, name);
  await world.put({ 's3://models/all/text.tar.gz': 'no archive' });
  await world.call('CreateModel', {
    ModelName: 'many',
    PrimaryContainer: {
      Image: image,
      Mode: 'MultiModel',
      ModelDataUrl: 's3://models/all/',
      ...(!cached && { MultiModelConfig: { ModelCacheSetting: 'Disabled' } }),
      Environment: modelsMax === undefined ? {} : { MODELS_MAX: String(modelsMax) },
    },
  });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'many',
    ProductionVariants: [
      { VariantName: 'All', ModelName: 'many', InitialInstanceCount: instances, InstanceType: 'ml.m5.large' },
    ],
  });
  await world.call('CreateEndpoint', { EndpointName: 'many', EndpointConfigName: 'many' });
  const { EndpointStatus } = await world.call('DescribeEndpoint', { EndpointName: 'many' }, { fromWaiter: true });
  assert.equal(EndpointStatus, 'InService');
  return world;
}

const putModel = async (world: World, name: string, content: string): Promise<void> =>
  world.put({ [`s3://models/all/${name}.tar.gz`]: await archiveOf({ 'model_algo-1': content }) });

/** The model that answered, and all that its program had loaded then. */
async function ask(world: World, TargetModel: string | undefined, body = 'x'): Promise<string> {
  const { Body } = await world.call('InvokeEndpoint', {
    EndpointName: 'many',
    Body: Buffer.from(body),
    ContentType: 'text/csv',
    TargetModel,
  });
  return JSON.parse(Body).model;
}

const refusal = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown;
};

test('A request names its model, which is fetched once and stays loaded', async (t) => {
  const world = await worldWithEndpoint(t);
  assert.equal(await ask(world, 'a.tar.gz'), 'a of a');
  assert.equal(await ask(world, 'deeper/f.tar.gz'), 'deeper/f of a deeper/f');
  assert.equal(await ask(world, '/b.tar.gz'), 'b of a deeper/f b');
  const all = await Promise.all(Array.from({ length: 20 }, () => ask(world, 'c.tar.gz')));
  assert.deepEqual([...new Set(all)], ['c of a deeper/f b c'], 'requests at the same time load it once');
  // A loaded model stays until it is evicted, whatever becomes of its archive.
  await putModel(world, 'a', 'a2');
  assert.match(await ask(world, 'a.tar.gz'), /^a of/);
});

test('Without memory for a model the one that was not used for the longest time makes room', async (t) => {
  const world = await worldWithEndpoint(t, { modelsMax: 2 });
  await ask(world, 'a.tar.gz');
  await ask(world, 'b.tar.gz');
  await ask(world, 'a.tar.gz');
  assert.equal(await ask(world, 'c.tar.gz'), 'c of a c');
  await putModel(world, 'a', 'a2');
  assert.equal(await ask(world, 'b.tar.gz'), 'b of c b');
  assert.equal(await ask(world, 'a.tar.gz'), 'a2 of b a2', 'an evicted model is fetched again');
});

test('Without a cache a model is unloaded behind its last request', async (t) => {
  const world = await worldWithEndpoint(t, { cached: false });
  assert.equal(await ask(world, 'a.tar.gz'), 'a of a');
  assert.equal(await ask(world, 'b.tar.gz'), 'b of b');
});

test('A request goes to the instance that has its model', async (t) => {
  const world = await worldWithEndpoint(t, { instances: 2 });
  const slow = ask(world, 'a.tar.gz', 'slow').catch(() => undefined);
  assert.equal(await ask(world, 'b.tar.gz'), 'b of b', 'the idle instance loads another model');
  await slow;
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await ask(world, 'a.tar.gz'), 'a of a');
    assert.equal(await ask(world, 'b.tar.gz'), 'b of b');
  }
});

test('A missing, broken or unnamed model is refused by name', async (t) => {
  const world = await worldWithEndpoint(t, { modelsMax: 1 });
  const missing = await refusal(ask(world, 'none.tar.gz'));
  assert.deepEqual(
    [missing.code, missing.message],
    [
      'ValidationError',
      'Failed to download model data(bucket: models, key: all/none.tar.gz). Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the model.',
    ],
  );
  const broken = await refusal(ask(world, 'broken.tar.gz'));
  assert.match(broken.message, /^Received client error \(400\) from primary with message "the model is broken"\./);
  assert.match((await refusal(ask(world, 'text.tar.gz'))).message, /text\.tar\.gz is not a readable \.tar\.gz archive/);
  assert.match((await refusal(ask(world, undefined))).message, /is a multi-model endpoint: TargetModel must name/);
  assert.equal(await ask(world, 'a.tar.gz'), 'a of a');
  const [endpoint = ''] = readdirSync(join(world.folder, 'programs/endpoints'));
  const files = readdirSync(join(world.folder, 'programs/endpoints', endpoint), { recursive: true }).map(String);
  assert.deepEqual(
    files.filter((file) => file.endsWith('model_algo-1') || file.includes('fetched-')).length,
    1,
    'only the files of the loaded model are kept',
  );
});

test('A program that died, and a server that was started again, load models when they are asked for', async (t) => {
  const world = await worldWithEndpoint(t);
  await ask(world, 'a.tar.gz');
  await refusal(ask(world, 'a.tar.gz', 'die'));
  assert.equal(await ask(world, 'a.tar.gz'), 'a of a');
  await world.restart();
  assert.equal(await ask(world, 'b.tar.gz'), 'b of b');
});

test('Requests and models that do not fit the mode are refused', async (t) => {
  const world = await createWorld(t);
  const make = (container: object) =>
    refusal(world.call('CreateModel', { ModelName: 'm', PrimaryContainer: { Image: image, ...container } }));
  assert.match((await make({ Mode: 'MultiModel' })).message, /needs a ModelDataUrl: the prefix in S3/);
  assert.match(
    (await make({ Mode: 'MultiModel', ModelDataUrl: 's3://nowhere/x' })).message,
    /Could not find the bucket "nowhere"/,
  );
  assert.match(
    (await make({ MultiModelConfig: {} })).message,
    /MultiModelConfig belongs to a container of Mode MultiModel/,
  );
});

test("Loading, unloading and hits are metrics by Amazon's names, and so is the number of models that are loaded", async (t) => {
  const world = await worldWithEndpoint(t, { modelsMax: 2 });
  for (const model of ['a', 'a', 'b', 'c', 'a']) await ask(world, `${model}.tar.gz`);
  const statistics = async (MetricName: string) => {
    const { Datapoints } = await world.call('GetMetricStatistics', {
      Namespace: 'AWS/SageMaker',
      MetricName,
      Dimensions: [
        { Name: 'EndpointName', Value: 'many' },
        { Name: 'VariantName', Value: 'All' },
      ],
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 7200,
      Statistics: ['SampleCount', 'Sum'],
    });
    return Datapoints[0];
  };
  const hits = await statistics('ModelCacheHit');
  assert.deepEqual([hits.SampleCount, hits.Sum], [5, 1]);
  // One that finds no memory is a try that took time too.
  for (const [name, count] of [
    ['ModelLoadingWaitTime', 4],
    ['ModelDownloadingTime', 4],
    ['ModelLoadingTime', 6],
    ['ModelUnloadingTime', 2],
  ] as const) {
    const { SampleCount } = await statistics(name);
    assert.deepEqual([name, SampleCount], [name, count]);
  }
});
