import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { ServiceError } from '../../../base/index.ts';
import { memoryRecords } from '../../../store/index.ts';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, type World } from '../../testing/world.ts';
import type { EndpointBody } from './record.ts';

/** A model of this content, and a configuration of one variant for it, both of this name. */
async function modelAndConfig(world: World, name: string, content: string, variant: object = {}): Promise<void> {
  const uri = `s3://models/${name}.tar.gz`;
  await world.put({ [uri]: await archiveOf({ 'model_algo-1': content }) });
  await world.call('CreateModel', {
    ModelName: name,
    PrimaryContainer: { Image: image, ModelDataUrl: uri, Environment: { SETTING: 'on' } },
  });
  await config(world, name, [
    { VariantName: 'AllTraffic', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge', ...variant },
  ]);
}

const config = (world: World, name: string, variants: object[]) =>
  world.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: variants });

async function worldWithEndpoint(test: TestContext): Promise<World> {
  const world = await createWorld(test);
  await modelAndConfig(world, 'first', 'one');
  await world.call('CreateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'first', Tags: [] });
  assert.equal((await settled(world, 'Live')).EndpointStatus, 'InService');
  return world;
}

const settled = (world: World, name: string) =>
  world.call('DescribeEndpoint', { EndpointName: name }, { fromWaiter: true });
const invoke = (world: World, body: string, more: object = {}) =>
  world.call('InvokeEndpoint', { EndpointName: 'live', Body: Buffer.from(body), ContentType: 'text/csv', ...more });
const modelOf = async (work: Promise<any>): Promise<string> => JSON.parse((await work).Body).model;

const refusal = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown;
};

test('An endpoint goes from Creating to InService, answers, and is gone after DeleteEndpoint', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'first', 'one');
  const { EndpointArn } = await world.call('CreateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'first' });
  assert.equal(EndpointArn, 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/live');
  assert.equal((await world.call('DescribeEndpoint', { EndpointName: 'Live' })).EndpointStatus, 'Creating');
  const early = await refusal(world.call('DeleteEndpoint', { EndpointName: 'Live' }));
  assert.equal(early.message, `Cannot update in-progress endpoint "${EndpointArn}".`);

  const live = await settled(world, 'Live');
  assert.equal(live.EndpointStatus, 'InService');
  assert.equal(live.EndpointConfigName, 'first');
  const [variant] = live.ProductionVariants;
  assert.deepEqual(
    [
      variant.VariantName,
      variant.CurrentWeight,
      variant.DesiredWeight,
      variant.CurrentInstanceCount,
      variant.DesiredInstanceCount,
    ],
    ['AllTraffic', 1, 1, 1, 1],
  );
  assert.equal(variant.DeployedImages[0].SpecifiedImage, image);

  const answer = await invoke(world, '1,2', { Accept: 'text/csv', CustomAttributes: 'there', InferenceId: 'id-1' });
  assert.equal(answer.ContentType, 'application/json');
  assert.equal(answer.InvokedProductionVariant, 'AllTraffic');
  assert.equal(answer.CustomAttributes, 'back');
  const seen = JSON.parse(answer.Body);
  assert.deepEqual([seen.model, seen.body, seen.setting], ['one', '1,2', 'on']);
  assert.deepEqual(Object.keys(seen.headers).sort(), [
    'accept',
    'connection',
    'content-length',
    'content-type',
    'host',
    'x-amzn-sagemaker-custom-attributes',
    'x-amzn-sagemaker-inference-id',
  ]);

  await world.call('DeleteEndpoint', { EndpointName: 'live' });
  const gone = await refusal(settled(world, 'Live'));
  assert.deepEqual([gone.code, gone.message], ['ValidationException', `Could not find endpoint "${EndpointArn}".`]);
  const unreachable = await refusal(invoke(world, 'x'));
  assert.deepEqual(
    [unreachable.code, unreachable.message],
    ['ValidationError', 'Endpoint live of account 123456789012 not found.'],
  );
  assert.deepEqual(readdirSync(join(world.folder, 'programs/endpoints')), []);
});

test("A program's refusal comes back as ModelError with its status and text", async (t) => {
  const world = await worldWithEndpoint(t);
  const client = await refusal(invoke(world, 'status 400'));
  const where =
    'See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/Live in account 123456789012 for more information.';
  assert.equal(client.code, 'ModelError');
  assert.equal(client.message, `Received client error (400) from primary with message "answer 400". ${where}`);
  const { headers, ...details } = client.details as Record<string, any>;
  assert.match(headers['x-linnet-model'], /^first;[0-9a-f]{64}$/);
  assert.deepEqual(details, {
    OriginalStatusCode: 400,
    OriginalMessage: 'answer 400',
    LogStreamArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/Live',
  });
  assert.match((await refusal(invoke(world, 'status 503'))).message, /^Received server error \(503\) from primary/);
});

test('A program that dies while answering is a ModelError for that caller, and is up again for the next', async (t) => {
  const world = await worldWithEndpoint(t);
  const lost = await refusal(invoke(world, 'die'));
  assert.deepEqual([lost.code, lost.details.OriginalStatusCode], ['ModelError', 0]);
  assert.equal(await modelOf(invoke(world, 'x')), 'one', 'the next request waits for it');
  const { events } = await world.call('FilterLogEvents', {
    logGroupName: '/aws/sagemaker/Endpoints/Live',
    logStreamNamePrefix: 'AllTraffic/',
    filterPattern: '"started again"',
  });
  assert.equal(events[0].message, 'The serving program ended with exit code 7; it is started again');
  assert.match(events[0].logStreamName, /^AllTraffic\/i-[0-9a-f]{17}$/);
});

test('An update switches to the new model without losing a request, and drains the old one', async (t) => {
  const world = await worldWithEndpoint(t);
  await modelAndConfig(world, 'second', 'two');
  const slow = invoke(world, 'slow');
  await world.call('UpdateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'second' });
  const answers = new Set<string>();
  let updated = false;
  const finished = settled(world, 'Live').then((endpoint) => {
    updated = true;
    return endpoint;
  });
  while (!updated) answers.add(await modelOf(invoke(world, 'x')));
  assert.equal((await slow).Body.toString(), 'slow by one');
  assert.equal((await finished).EndpointConfigName, 'second');
  assert.equal(await modelOf(invoke(world, 'x')), 'two');
  assert.ok(answers.has('one'), 'the old model answered while the new one started');
});

test('An update that fails leaves the old model in service and says why', async (t) => {
  const world = await worldWithEndpoint(t);
  await modelAndConfig(world, 'bad', 'broken');
  await world.call('UpdateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'bad' });
  const endpoint = await settled(world, 'Live');
  assert.equal(endpoint.EndpointStatus, 'InService');
  assert.match(endpoint.FailureReason, /did not pass the ping health check.*the model is broken/);
  assert.equal(endpoint.EndpointConfigName, 'first');
  assert.equal(await modelOf(invoke(world, 'x')), 'one');
});

test('An endpoint whose program ends at its start fails with what the program said last', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'bad', 'broken');
  await world.call('CreateEndpoint', { EndpointName: 'live', EndpointConfigName: 'bad' });
  const endpoint = await settled(world, 'live');
  assert.equal(endpoint.EndpointStatus, 'Failed');
  assert.equal(
    endpoint.FailureReason,
    'The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint. Reason: it ended with exit code 1. Its last line was: the model is broken',
  );
  const refused = await refusal(invoke(world, 'x'));
  assert.equal(refused.message, 'Endpoint live of account 123456789012 is not in service: its status is Failed.');
  await world.call('DeleteEndpoint', { EndpointName: 'live' });
  await refusal(settled(world, 'live'));
});

test('Traffic follows the weights exactly, TargetVariant overrides them, and weights change without a restart', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'a', 'one');
  await modelAndConfig(world, 'b', 'two');
  const variant = (name: string, model: string, weight: number) => ({
    VariantName: name,
    ModelName: model,
    InitialInstanceCount: 1,
    InstanceType: 'ml.m4.xlarge',
    InitialVariantWeight: weight,
  });
  await config(world, 'both', [variant('A', 'a', 3), variant('B', 'b', 1)]);
  await world.call('CreateEndpoint', { EndpointName: 'live', EndpointConfigName: 'both' });
  await settled(world, 'live');
  const served = async (count: number): Promise<string> => {
    let names = '';
    for (let index = 0; index < count; index += 1) names += (await invoke(world, 'x')).InvokedProductionVariant;
    return names;
  };
  assert.equal(await served(8), 'AABAAABA');
  assert.equal((await invoke(world, 'x', { TargetVariant: 'B' })).InvokedProductionVariant, 'B');
  const unknown = await refusal(
    world.call('UpdateEndpointWeightsAndCapacities', {
      EndpointName: 'live',
      DesiredWeightsAndCapacities: [{ VariantName: 'C', DesiredWeight: 1 }],
    }),
  );
  assert.equal(unknown.message, 'The variant name(s) "C" is/are not present within endpoint configuration "both".');
  const logStreams = async () =>
    (await world.call('DescribeLogStreams', { logGroupName: '/aws/sagemaker/Endpoints/live' })).logStreams.length;
  assert.equal(await logStreams(), 2);
  await world.call('UpdateEndpointWeightsAndCapacities', {
    EndpointName: 'live',
    DesiredWeightsAndCapacities: [
      { VariantName: 'A', DesiredWeight: 0 },
      { VariantName: 'B', DesiredInstanceCount: 2 },
    ],
  });
  const endpoint = await settled(world, 'live');
  assert.deepEqual(
    endpoint.ProductionVariants.map(({ CurrentWeight, CurrentInstanceCount }: any) => [
      CurrentWeight,
      CurrentInstanceCount,
    ]),
    [
      [0, 1],
      [1, 2],
    ],
  );
  assert.equal(await served(4), 'BBBB');
  assert.equal(await logStreams(), 3, 'one program was added, none replaced');
});

test('An endpoint that is changed again and again keeps a short history and its last state', async (t) => {
  const world = await worldWithEndpoint(t);
  for (let weight = 1; weight <= 60; weight += 1) {
    await world.call('UpdateEndpointWeightsAndCapacities', {
      EndpointName: 'live',
      DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredWeight: weight }],
    });
    const { ProductionVariants, EndpointStatus } = await settled(world, 'live');
    assert.deepEqual([EndpointStatus, ProductionVariants[0].CurrentWeight], ['InService', weight]);
  }
  const record = await world.records.get<EndpointBody>('endpoint', 'live');
  assert.ok((record?.body.events.length ?? 0) < 110);
  await world.restart();
  const endpoint = await world.call('DescribeEndpoint', { EndpointName: 'live' });
  assert.equal(endpoint.ProductionVariants[0].CurrentWeight, 60);
});

test('After a restart an endpoint serves the same model, although archive, model and configuration are gone', async (t) => {
  const world = await worldWithEndpoint(t);
  await world.objects.remove('models', 'first.tar.gz');
  await world.call('DeleteModel', { ModelName: 'first' });
  await world.call('DeleteEndpointConfig', { EndpointConfigName: 'first' });
  await world.restart();
  assert.equal((await world.call('DescribeEndpoint', { EndpointName: 'live' })).EndpointStatus, 'InService');
  assert.equal(await modelOf(invoke(world, 'x')), 'one', 'the first request waits for the program');
  await world.call('DeleteEndpoint', { EndpointName: 'live' });
});

test('An invocation waits although the driver has not even read the endpoint after a restart', async (t) => {
  const records = memoryRecords();
  let held: Promise<void> | undefined;
  const get: typeof records.get = async (kind, id) => {
    if (kind === 'endpoint') await held;
    return records.get(kind, id);
  };
  const world = await createWorld(t, { storeRecords: records, records: { ...records, get } });
  await modelAndConfig(world, 'first', 'one');
  await world.call('CreateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'first' });
  await settled(world, 'Live');
  let release = (): void => undefined;
  held = new Promise((resolve) => {
    release = resolve;
  });
  await world.restart();
  const answer = modelOf(invoke(world, 'x'));
  release();
  assert.equal(await answer, 'one');
});

test('An archive that leads out of its folder, holds a link or is no archive fails the endpoint', async (t) => {
  const world = await createWorld(t);
  const link = pack();
  link.entry({ name: 'model_algo-1', type: 'symlink', linkname: '/etc/passwd' });
  link.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of Readable.from(link)) chunks.push(chunk as Uint8Array);
  const cases: [string, Buffer, RegExp][] = [
    ['escape', await archiveOf({ '../../evil': 'x' }), /a name that leads out of the archive/],
    ['link', gzipSync(Buffer.concat(chunks)), /a symlink; only files and folders are unpacked/],
    ['text', Buffer.from('hello'), /is not a readable .tar.gz archive/],
    [
      'torn',
      (await archiveOf({ 'model_algo-1': 'x'.repeat(100_000) })).subarray(0, 150),
      /is not a readable .tar.gz archive/,
    ],
  ];
  for (const [name, archive, reason] of cases) {
    await modelAndConfig(world, name, 'unused');
    await world.put({ [`s3://models/${name}.tar.gz`]: archive });
    await world.call('CreateEndpoint', { EndpointName: name, EndpointConfigName: name });
    const endpoint = await settled(world, name);
    assert.equal(endpoint.EndpointStatus, 'Failed');
    assert.match(endpoint.FailureReason, reason);
  }
  assert.ok(!existsSync(join(world.folder, 'evil')));
});

test('What Linnet cannot serve is refused by name', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'fine', 'one');
  const container = { Image: image, ModelDataUrl: 's3://models/fine.tar.gz' };
  const model = (more: object) => refusal(world.call('CreateModel', { ModelName: 'other', ...more }));
  const further = { AdditionalModelDataSources: [{ ChannelName: 'more' }] };
  assert.match(
    (await model({ PrimaryContainer: { ...container, ...further } })).message,
    /AdditionalModelDataSources is not offered/,
  );
  assert.match((await model({})).message, /Exactly one of PrimaryContainer and Containers/);
  assert.equal(
    (await model({ PrimaryContainer: { Image: image, ModelDataUrl: 's3://models/no.tar.gz' } })).message,
    'Could not find model data at s3://models/no.tar.gz.',
  );
  assert.match((await model({ PrimaryContainer: { Image: 'kmeans:1' } })).message, /It has: fake:1/);
  const variant = { VariantName: 'v', ModelName: 'fine', InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge' };
  const refusedConfig = (more: object, variants: object[] = [variant]) =>
    refusal(world.call('CreateEndpointConfig', { EndpointConfigName: 'other', ProductionVariants: variants, ...more }));
  assert.match(
    (await refusedConfig({ ExplainerConfig: {} })).message,
    /ExplainerConfig must have ClarifyExplainerConfig/,
  );
  assert.match((await refusedConfig({}, [{ ...variant, InitialInstanceCount: 9 }])).message, /at most 8 programs/);
  assert.match((await refusedConfig({}, [variant, variant])).message, /used twice/);
  assert.equal(
    (await refusedConfig({}, [{ ...variant, ModelName: 'Gone' }])).message,
    'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/gone".',
  );
  const endpoint = await refusal(world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'gone' }));
  assert.equal(
    endpoint.message,
    'Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/gone".',
  );
  const again = await refusal(config(world, 'FINE', [variant]));
  assert.equal(
    again.message,
    'Cannot create already existing endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/fine".',
  );
});
