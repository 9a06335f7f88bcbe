import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { archiveOf } from '../../../testing/archive.ts';
import { createWorld, image, manualTimers, type World } from '../../../testing/world.ts';
import { systemTimers, type Timers } from '../../../timers.ts';
import { startSettling } from './settle.ts';

/** A clock that the test moves beside the real one, and waits that look at it often. */
function movableClock() {
  let aheadMs = 0;
  const timers: Timers = { after: (delayMs, run) => systemTimers.after(Math.min(delayMs, 20), run) };
  return {
    timers,
    nowMs: () => Date.now() + aheadMs,
    advance(byMs: number) {
      aheadMs += byMs;
    },
  };
}

const minuteMs = 60_000;

async function worldWithEndpoint(t: TestContext, variant: object) {
  const clock = movableClock();
  const world = await createWorld(t, clock);
  await world.put({ 's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }) });
  await world.call('CreateModel', {
    ModelName: 'one',
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://models/one.tar.gz' },
  });
  await config(world, variant);
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
  await until(async () => (await describe(world)).EndpointStatus === 'InService');
  return { world, clock };
}

const config = (world: World, variant: object, more: object = {}) =>
  world.call('CreateEndpointConfig', {
    EndpointConfigName: 'c',
    ProductionVariants: [{ VariantName: 'All', ModelName: 'one', ...variant }],
    ...more,
  });
const describe = (world: World) => world.call('DescribeEndpoint', { EndpointName: 'e' });
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
};
const invoke = async (world: World, body = 'x'): Promise<string> => {
  const { Body } = await world.call('InvokeEndpoint', { EndpointName: 'e', Body: Buffer.from(body) });
  return Body.toString();
};
const programs = async (world: World) => (await world.services.observe()).endpoints[0]?.programs;
const untilUp = (world: World, count: number) => until(async () => (await programs(world))?.up === count);

test('A serverless variant ends its program when it is idle, and the next request waits for the start', async (t) => {
  const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 2 };
  const { world, clock } = await worldWithEndpoint(t, { ServerlessConfig });
  assert.match(await invoke(world), /"model":"one"/);
  clock.advance(4 * minuteMs);
  await invoke(world);
  clock.advance(4 * minuteMs);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(await programs(world), { up: 1, down: 0 });
  clock.advance(2 * minuteMs);
  await untilUp(world, 0);
  assert.deepEqual(await programs(world), { up: 0, down: 0 });
  assert.equal(world.services.isReady(), true);
  // Both wait for the one program; a third is more than MaxConcurrency, which counts those that wait.
  const answers = await Promise.allSettled([invoke(world, 'slow'), invoke(world, 'slow'), invoke(world)]);
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : `${answer.reason.code}`)),
    ['slow by one', 'slow by one', 'ThrottlingException'],
  );
  assert.match(await invoke(world), /"model":"one"/);
  // Its end was no accident.
  assert.deepEqual(world.warnings, []);
  clock.advance(6 * minuteMs);
  await untilUp(world, 0);
  const { Body } = await world.call('InvokeEndpointWithResponseStream', { EndpointName: 'e', Body: Buffer.from('x') });
  for await (const _part of Body);
  clock.advance(6 * minuteMs);
  await untilUp(world, 0);
  await world.restart();
  assert.match(await invoke(world), /"model":"one"/);
});

test('A client that goes away before it reads an answer in parts holds no place of a serverless variant', async (t) => {
  const { world } = await worldWithEndpoint(t, { ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } });
  const client = new AbortController();
  const input = { EndpointName: 'e', Body: Buffer.from('x') };
  await world.call('InvokeEndpointWithResponseStream', input, { signal: client.signal });
  await assert.rejects(invoke(world), { code: 'ThrottlingException' });
  client.abort();
  assert.match(await invoke(world), /"model":"one"/);
  assert.equal((await world.services.observe()).endpoints[0]?.inFlight, 0);
});

test('A program that dies while it is up is started again; ProvisionedConcurrency keeps it up, until an update takes it away', async (t) => {
  const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 2, ProvisionedConcurrency: 1 };
  const { world, clock } = await worldWithEndpoint(t, { ServerlessConfig });
  await assert.rejects(invoke(world, 'die'), /connection to container primary was lost/);
  assert.match(await invoke(world), /"model":"one"/);
  clock.advance(60 * minuteMs);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(await programs(world), { up: 1, down: 0 });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'without',
    ProductionVariants: [
      { VariantName: 'All', ModelName: 'one', ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 2 } },
    ],
  });
  await world.call('UpdateEndpoint', { EndpointName: 'e', EndpointConfigName: 'without' });
  await until(async () => (await describe(world)).EndpointStatus === 'InService');
  clock.advance(6 * minuteMs);
  await untilUp(world, 0);
  const [{ CurrentServerlessConfig }] = (await describe(world)).ProductionVariants;
  assert.equal(CurrentServerlessConfig.MemorySizeInMB, 2048);
  assert.match(await invoke(world), /"model":"one"/);
  await world.call('DeleteEndpoint', { EndpointName: 'e' });
  await assert.rejects(invoke(world), /not found|not in service/);
});

test('Managed scaling starts programs as requests come together, and ends them one by one when it is quiet', async (t) => {
  const { world, clock } = await worldWithEndpoint(t, {
    InstanceType: 'ml.m5.large',
    InitialInstanceCount: 1,
    ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 3 },
  });
  const count = async (): Promise<number> => (await describe(world)).ProductionVariants[0].CurrentInstanceCount;
  assert.equal(await count(), 1);
  const answers = await Promise.all(Array.from({ length: 12 }, () => invoke(world, 'slow')));
  assert.ok(answers.every((answer) => answer === 'slow by one'));
  assert.equal(await count(), 3);
  await untilUp(world, 3);
  clock.advance(5 * minuteMs);
  await until(async () => (await count()) === 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await count(), 2);
  clock.advance(minuteMs);
  await until(async () => (await count()) === 1);
  clock.advance(60 * minuteMs);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await count(), 1);
  const [{ ManagedInstanceScaling }] = (await describe(world)).ProductionVariants;
  assert.deepEqual(ManagedInstanceScaling, { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 3 });
  await world.restart();
  assert.match(await invoke(world), /"model":"one"/);
  assert.equal(await count(), 1);
});

test('A program that takes more memory than its variant may is ended, with the reason in its log', () => {
  const renewed: string[] = [];
  const instance = (megabytes: number) => ({
    resting: false,
    containers: [{ usage: () => ({ memoryBytes: megabytes * 2 ** 20, processorSeconds: 0 }) }],
    renew: async (why: string) => void renewed.push(why),
  });
  const plan = { name: 'All', serverless: { MemorySizeInMB: 1024, MaxConcurrency: 1 } };
  const pool = { settle: () => undefined };
  const fleet = { variants: [{ plan, pool, instances: [instance(1000), instance(1025)] }] };
  const time = manualTimers();
  const settling = startSettling({ ...time, warn: () => undefined } as never, () => [fleet as never]);
  settling.begin();
  time.advance(5_000);
  assert.deepEqual(renewed, [
    'The program of variant "All" uses 1025 MB of memory; its MemorySizeInMB is 1024, so it is ended',
  ]);
  settling.end();
});

test('Numbers that contradict each other are refused', async (t) => {
  const world = await createWorld(t);
  const refused = (variant: object, expected: RegExp, more: object = {}) =>
    assert.rejects(config(world, variant, more), expected);
  const instances = { InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
  const scaled = (MinInstanceCount: number, MaxInstanceCount: number) => ({
    ...instances,
    ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount, MaxInstanceCount },
  });
  await refused(scaled(3, 2), /MinInstanceCount of 3 and a MaxInstanceCount of 2/);
  await refused(scaled(1, 9), /MaxInstanceCount of 9; Linnet runs at most 8/);
  await refused({ ...scaled(1, 2), InitialInstanceCount: 4 }, /InitialInstanceCount of 4; it must be at most .* 2/);
  await refused({ ServerlessConfig: { MemorySizeInMB: 1500, MaxConcurrency: 1 } }, /multiple of 1024/);
  await refused(
    { ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1, ProvisionedConcurrency: 2 } },
    /ProvisionedConcurrency of 2; it must be at most its MaxConcurrency, which is 1/,
  );
  const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: 's3://out/answers' } };
  await refused(scaled(1, 2), /cannot be used with ManagedInstanceScaling/, { AsyncInferenceConfig });
});
