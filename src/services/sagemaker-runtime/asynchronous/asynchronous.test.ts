import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DataError } from '../../../base/index.ts';
import { memoryRecords } from '../../../store/index.ts';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, manualTimers, role, type World } from '../../testing/world.ts';
import { createLiveTable } from '../live-table.ts';
import { openAsyncQueue } from './queue.ts';
import { type AsyncBody, asyncKind } from './record.ts';

interface Given {
  concurrency?: number;
  failurePath?: string;
  /** A bucket that the model's role may not touch. */
  closed?: string;
}

async function worldWithEndpoint(
  t: TestContext,
  { concurrency = 2, failurePath = 's3://out/failed', closed }: Given = {},
) {
  const check = (bucket: string): void => {
    if (bucket === closed) throw new DataError(`AccessDenied: not authorized to use ${bucket}`);
  };
  const world: World = await createWorld(t, {
    objectsAs: (name) => ({
      ...world.objects,
      async get(bucket, ...rest) {
        if (name === role) check(bucket);
        return world.objects.get(bucket, ...rest);
      },
      async put(target, ...rest) {
        if (name === role) check(target.bucket);
        return world.objects.put(target, ...rest);
      },
    }),
  });
  await world.put({
    's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }),
    's3://in/row.csv': '1,2',
    's3://in/slow': 'slow',
    's3://in/die': 'die',
    's3://in/bad': 'status 400',
    's3://out/here': '',
  });
  await world.call('CreateModel', {
    ModelName: 'one',
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://models/one.tar.gz' },
  });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'one',
    ProductionVariants: [
      { VariantName: 'All', ModelName: 'one', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
    ],
    AsyncInferenceConfig: {
      ClientConfig: { MaxConcurrentInvocationsPerInstance: concurrency },
      OutputConfig: { S3OutputPath: 's3://out/answers/', S3FailurePath: failurePath },
    },
  });
  await world.call('CreateEndpoint', { EndpointName: 'Later', EndpointConfigName: 'one' });
  await inService(world);
  return world;
}

const inService = async (world: World): Promise<any> => {
  const described = await world.call('DescribeEndpoint', { EndpointName: 'Later' }, { fromWaiter: true });
  assert.equal(described.EndpointStatus, 'InService');
  return described;
};
const ask = (world: World, InputLocation: string, more: object = {}) =>
  world.call('InvokeEndpointAsync', { EndpointName: 'later', ContentType: 'text/csv', InputLocation, ...more });

/** What is at an address, once it is there. */
async function arrived(world: World, uri: string): Promise<string> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  while ((await world.objects.head(bucket, key)) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  return (await world.read(uri)).toString();
}

const waitingRecords = async (world: World): Promise<number> => (await world.records.list(asyncKind)).length;

test('An acknowledged request is answered at its OutputLocation with the type of the answer', async (t) => {
  const world = await worldWithEndpoint(t);
  const { AsyncInferenceConfig } = await inService(world);
  assert.equal(AsyncInferenceConfig.ClientConfig.MaxConcurrentInvocationsPerInstance, 2);
  const accepted = await ask(world, 's3://in/row.csv', { InferenceId: 'mine', CustomAttributes: 'there' });
  assert.equal(accepted.InferenceId, 'mine');
  assert.match(accepted.OutputLocation, /^s3:\/\/out\/answers\/[0-9a-f-]{36}\.out$/);
  assert.match(accepted.FailureLocation, /^s3:\/\/out\/failed\/[0-9a-f-]{36}-error\.out$/);
  const seen = JSON.parse(await arrived(world, accepted.OutputLocation));
  assert.deepEqual([seen.model, seen.body, seen.headers['content-type']], ['one', '1,2', 'text/csv']);
  assert.equal(seen.headers['x-amzn-sagemaker-custom-attributes'], 'there');
  const object = await world.objects.head('out', accepted.OutputLocation.slice('s3://out/'.length));
  assert.equal(object?.attributes.contentType, 'application/json');

  await world.objects.put({ bucket: 'in', key: 'typed' }, Buffer.from('5'), {
    attributes: { contentType: 'text/x-own' },
  });
  const typed = await ask(world, 's3://in/typed', { ContentType: undefined });
  const { headers } = JSON.parse(await arrived(world, typed.OutputLocation));
  assert.equal(headers['content-type'], 'text/x-own', 'without a type in the request the object has one');

  const inline = await ask(world, 's3://unused/x', {
    InputLocation: undefined,
    Body: Buffer.from('3,4'),
    Filename: 'mine.json',
    S3OutputPathExtension: 'today',
  });
  assert.equal(inline.OutputLocation, 's3://out/answers/today/mine.json');
  assert.equal(JSON.parse(await arrived(world, inline.OutputLocation)).body, '3,4');
});

test('A request that fails leaves the reason at its FailureLocation', async (t) => {
  const world = await worldWithEndpoint(t);
  const failureOf = async (input: string, more?: object) =>
    arrived(world, (await ask(world, input, more)).FailureLocation);
  assert.equal(await failureOf('s3://in/bad'), 'Received client error (400) from primary with message "answer 400"');
  assert.equal(await failureOf('s3://in/none'), 'Could not find the input at s3://in/none');
  assert.equal(await failureOf('s3://nowhere/x'), 'Could not find the input at s3://nowhere/x');
  await world.put({ 's3://in/hang': 'hang' });
  assert.equal(
    await failureOf('s3://in/hang', { InvocationTimeoutSeconds: 1 }),
    'The invocation timed out after 1 seconds',
  );
  assert.match(await failureOf('s3://in/die'), /^The connection to the program was lost/);
  const { events } = await world.call('FilterLogEvents', {
    logGroupName: '/aws/sagemaker/Endpoints/Later',
    filterPattern: '"Inference request failed"',
  });
  assert.ok(events.length > 0 && events[0].logStreamName.endsWith('/data-log'), JSON.stringify(events));
});

test('A request is read, and answered, in the role of the model', async (t) => {
  const world = await worldWithEndpoint(t, { closed: 'in' });
  const { FailureLocation } = await ask(world, 's3://in/row.csv');
  assert.equal(await arrived(world, FailureLocation), 'AccessDenied: not authorized to use in');

  const other = await worldWithEndpoint(t, { closed: 'out' });
  const { OutputLocation } = await ask(other, 's3://in/row.csv');
  while ((await waitingRecords(other)) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { bucket, key } = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.*)$/.exec(OutputLocation)!.groups!;
  assert.equal(await other.objects.head(bucket!, key!), undefined);
});

test('Requests wait for their turn, and none is lost when the server stops in between', async (t) => {
  const world = await worldWithEndpoint(t, { concurrency: 1 });
  const slow = await Promise.all(Array.from({ length: 4 }, () => ask(world, 's3://in/slow')));
  assert.equal(await arrived(world, slow[0].OutputLocation), 'slow by one');
  await world.restart();
  await inService(world);
  for (const { OutputLocation } of slow) assert.equal(await arrived(world, OutputLocation), 'slow by one');
  while ((await waitingRecords(world)) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('A request that was begun when the server was killed is answered by the next one', async (t) => {
  const records = memoryRecords();
  const world = await createWorld(t, { records });
  await world.put({ 's3://out/here': '', 's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }) });
  // What a killed server left: a record, and no program.
  const nowMs = Date.now();
  const body = {
    region: 'us-east-1',
    endpoint: 'Gone',
    inferenceId: 'x',
    input: { base64: 'MQ==' },
    headers: {},
    output: { bucket: 'out', key: 'x.out' },
    failure: { bucket: 'out', key: 'x-error.out' },
    acceptedMs: nowMs,
    untilMs: nowMs + 60_000,
    timeoutMs: 1_000,
  };
  await records.write([{ put: { kind: asyncKind, id: '1', createdAtMs: nowMs, updatedAtMs: nowMs, body } }]);
  await world.restart();
  assert.equal(await arrived(world, 's3://out/x-error.out'), 'The endpoint Gone was deleted');
});

test('What does not fit an asynchronous endpoint is refused by name', async (t) => {
  const world = await worldWithEndpoint(t);
  const config = (AsyncInferenceConfig: object) =>
    world.call('CreateEndpointConfig', {
      EndpointConfigName: 'other',
      ProductionVariants: [
        { VariantName: 'All', ModelName: 'one', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
      ],
      AsyncInferenceConfig,
    });
  await assert.rejects(config({ OutputConfig: {} }), /needs an S3OutputPath/);
  await assert.rejects(config({ OutputConfig: { S3OutputPath: 's3://nowhere/x' } }), /The bucket "nowhere" of Async/);
  await assert.rejects(
    config({
      OutputConfig: {
        S3OutputPath: 's3://out/x',
        NotificationConfig: { ErrorTopic: 'arn:aws:sns:us-east-1:123456789012:topic' },
      },
    }),
    /NotificationConfig of AsyncInferenceConfig is not offered by Linnet, which has no SNS; look for/,
  );
  await assert.rejects(
    world.call('InvokeEndpoint', { EndpointName: 'later', Body: Buffer.from('x') }),
    /Endpoint later is asynchronous: use InvokeEndpointAsync/,
  );
  await assert.rejects(ask(world, 'https://in/x'), /InputLocation is "https:\/\/in\/x"; it must be s3:\/\/bucket\/key/);
  await assert.rejects(
    ask(world, 's3://in/x', { EndpointName: 'none' }),
    /Endpoint none of account 123456789012 not found/,
  );
});

test('A request that waited too long expires, although no program could take it', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://out/here': '' });
  const time = manualTimers();
  const table = createLiveTable();
  table.set('us-east-1', 'idle', { name: 'Idle', status: 'InService', routes: [], shadows: [], bare: false });
  const events: string[] = [];
  const queue = openAsyncQueue({
    ...time,
    records: world.records,
    objectsAs: () => world.objects,
    table,
    warn: () => undefined,
    captured: () => undefined,
    ended: (_, { event }) => events.push(event),
  });
  await queue.start();
  const acceptedMs = time.nowMs();
  const body: AsyncBody = {
    region: 'us-east-1',
    endpoint: 'Idle',
    inferenceId: 'x',
    input: { base64: 'MQ==' },
    headers: {},
    output: { bucket: 'out', key: 'x.out' },
    failure: { bucket: 'out', key: 'x-error.out' },
    acceptedMs,
    untilMs: acceptedMs + 60_000,
    timeoutMs: 1_000,
  };
  await world.records.write([
    { put: { kind: asyncKind, id: '1', createdAtMs: acceptedMs, updatedAtMs: acceptedMs, body } },
  ]);
  queue.add('1', body);
  assert.equal(queue.lengthOf('us-east-1', 'idle'), 1);
  for (let step = 0; step < 7; step += 1) time.advance(10_000);
  assert.equal(await arrived(world, 's3://out/x-error.out'), 'The request expired before it was begun');
  while (queue.lengthOf('us-east-1', 'idle') > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([events, await waitingRecords(world)], [['expired'], 0]);
  await queue.stop();
});
