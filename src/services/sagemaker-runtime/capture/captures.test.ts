import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, manualTimers, type World } from '../../testing/world.ts';
import { type Captures, openCaptures } from './captures.ts';
import { captureRuleOf } from './rule.ts';

const variant = { region: 'us-east-1', endpoint: 'Live', variant: 'All' };
const config = {
  EnableCapture: true,
  InitialSamplingPercentage: 100,
  DestinationS3Uri: 's3://captured/below/',
  CaptureOptions: [{ CaptureMode: 'Input' as const }, { CaptureMode: 'Output' as const }],
  CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
};
const rule = captureRuleOf(config)!;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const invocation = (input: string, contentType = 'text/csv; charset=utf-8', output = '{"score": 1}') => ({
  input: { contentType, body: bytes(input) },
  output: { contentType: 'application/json', body: bytes(output) },
  customAttributes: undefined,
  inferenceId: undefined,
});

const keysOf = async (world: World): Promise<string[]> =>
  (await world.objects.list('captured', {})).map(({ key }) => key);
const linesOf = async (world: World): Promise<any[]> => {
  const texts = await Promise.all((await keysOf(world)).map((key) => world.read(`s3://captured/${key}`)));
  return texts.flatMap((text) => text.toString().trimEnd().split('\n')).map((line) => JSON.parse(line));
};

/** Captures over a world's objects, with a clock and a sequence of chances of the test's own. */
async function opened(t: TestContext, { bucket = true, chances = [0] } = {}) {
  const world = await createWorld(t);
  if (bucket) await world.put({ 's3://captured/.keep': '' });
  if (bucket) await world.objects.remove('captured', '.keep');
  const time = manualTimers(Date.UTC(2026, 4, 6, 7, 59, 58));
  const warnings: string[] = [];
  const captures: Captures = openCaptures({
    ...time,
    objectsAs: () => world.objects,
    newId: randomUUID,
    random: () => chances[0]!,
    warn: (text) => warnings.push(text),
  });
  return { world, time, warnings, captures, chances };
}

test('Captured invocations are lines of a file of their hour, written by content type', async (t) => {
  const { world, time, captures } = await opened(t);
  captures.offer(variant, rule, { ...invocation('1,2'), customAttributes: 'trace-1', inferenceId: 'one' });
  captures.offer(variant, rule, invocation('\u0001', 'application/x-recordio-protobuf'));
  time.advance(3_000);
  captures.offer(variant, rule, invocation('{"a":1}', 'application/json'));
  captures.offer(variant, rule, { ...invocation(''), input: { contentType: 'text/csv', body: Uint8Array.of(0xff) } });
  await captures.close();
  const keys = await keysOf(world);
  assert.match(keys[0]!, /^below\/Live\/All\/2026\/05\/06\/07\/59-58-000-[0-9a-f-]{36}\.jsonl$/);
  assert.match(keys[1]!, /^below\/Live\/All\/2026\/05\/06\/08\/00-01-000-[0-9a-f-]{36}\.jsonl$/);
  const [first, second, third, fourth] = await linesOf(world);
  assert.deepEqual(first.captureData, {
    endpointInput: { observedContentType: 'text/csv; charset=utf-8', mode: 'INPUT', data: '1,2', encoding: 'CSV' },
    endpointOutput: {
      observedContentType: 'application/json',
      mode: 'OUTPUT',
      data: '{"score": 1}',
      encoding: 'JSON',
    },
  });
  const { eventId, ...metadata } = first.eventMetadata;
  assert.match(eventId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(metadata, {
    customAttributes: ['trace-1'],
    inferenceId: 'one',
    inferenceTime: '2026-05-06T07:59:58Z',
  });
  assert.equal(first.eventVersion, '0');
  assert.deepEqual(
    [second.captureData.endpointInput.encoding, second.captureData.endpointInput.data],
    ['BASE64', 'AQ=='],
  );
  assert.equal(third.captureData.endpointInput.encoding, 'JSON');
  assert.deepEqual(
    [fourth.captureData.endpointInput.encoding, fourth.captureData.endpointInput.data],
    ['BASE64', '/w=='],
  );
});

test('One side alone, a share of the invocations, and nothing at 0 per cent', async (t) => {
  const { world, captures, chances } = await opened(t);
  const half = { ...rule, percent: 50, output: false };
  for (const chance of [0.1, 0.5, 0.49, 0.9]) {
    chances[0] = chance;
    captures.offer(variant, half, invocation(String(chance)));
  }
  chances[0] = 0;
  captures.offer(variant, { ...rule, percent: 0 }, invocation('never'));
  await captures.close();
  const lines = await linesOf(world);
  assert.deepEqual(
    lines.map(({ captureData }) => captureData.endpointInput.data),
    ['0.1', '0.49'],
  );
  assert.ok(lines.every(({ captureData }) => captureData.endpointOutput === undefined));
});

test('Without its bucket capture is reported, and what waits is stored once there is one', async (t) => {
  const { world, time, warnings, captures } = await opened(t, { bucket: false });
  const failed = () => captures.isFailing('us-east-1', 'Live');
  captures.offer(variant, rule, invocation('1'));
  time.advance(10_000);
  while (!failed()) await new Promise((resolve) => setImmediate(resolve));
  assert.match(warnings[0]!, /^Captured data of endpoint "Live" cannot be stored at s3:\/\/captured\/below\/Live\/All/);
  captures.offer(variant, rule, invocation('2'));
  await world.put({ 's3://captured/other': 'x' });
  await world.objects.remove('captured', 'other');
  time.advance(10_000);
  while (failed()) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    (await linesOf(world)).map(({ captureData }) => captureData.endpointInput.data),
    ['1', '2'],
  );
  assert.equal(warnings.length, 2);
});

test('A file that is full is stored at once', async (t) => {
  const { world, captures } = await opened(t);
  const large = 'x'.repeat(1024 * 1024);
  for (let count = 0; count < 4; count += 1) captures.offer(variant, rule, invocation(large));
  while ((await keysOf(world)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await linesOf(world)).length, 4);
  await captures.close();
});

test('An endpoint captures what its configuration says, Describe shows it, and an update turns it off', async (t) => {
  const world = await createWorld(t);
  await world.put({
    's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }),
    's3://captured/x': '',
  });
  await world.objects.remove('captured', 'x');
  await world.call('CreateModel', {
    ModelName: 'one',
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://models/one.tar.gz' },
  });
  const variants = [{ VariantName: 'All', ModelName: 'one', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' }];
  const make = (name: string, DataCaptureConfig: object) =>
    world.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: variants, DataCaptureConfig });
  await assert.rejects(
    make('nowhere', { ...config, DestinationS3Uri: 's3://nowhere/x' }),
    /The bucket "nowhere" of DataCaptureConfig.DestinationS3Uri "s3:\/\/nowhere\/x" does not exist/,
  );
  await make('on', config);
  await make('off', { ...config, EnableCapture: false });
  await world.call('CreateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'on' });
  const described = () => world.call('DescribeEndpoint', { EndpointName: 'Live' }, { fromWaiter: true });
  assert.deepEqual((await described()).DataCaptureConfig, {
    EnableCapture: true,
    CaptureStatus: 'Started',
    CurrentSamplingPercentage: 100,
    DestinationS3Uri: 's3://captured/below/',
    KmsKeyId: '',
  });
  const invoke = (body: string) =>
    world.call('InvokeEndpoint', { EndpointName: 'live', Body: Buffer.from(body), ContentType: 'text/csv' });
  await invoke('1,2');
  await assert.rejects(invoke('status 400'), /Received client error/);
  // A stop stores what waits.
  await world.restart();
  await invoke('3,4');
  await world.call('UpdateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'off' });
  const { DataCaptureConfig } = await described();
  assert.deepEqual([DataCaptureConfig.EnableCapture, DataCaptureConfig.CaptureStatus], [false, 'Stopped']);
  await invoke('5,6');
  await world.restart();
  const lines = await linesOf(world);
  assert.deepEqual(
    lines.map(({ captureData }) => captureData.endpointInput.data),
    ['1,2', '3,4'],
  );
  assert.equal(JSON.parse(lines[0].captureData.endpointOutput.data).body, '1,2');
});
