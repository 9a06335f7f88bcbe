import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ServiceError } from '../../../base/index.ts';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, type World } from '../../testing/world.ts';

interface Given {
  /** What each container's model holds. */
  contents: readonly string[];
  names?: readonly string[];
  mode?: 'Serial' | 'Direct';
}

/** Makes model and configuration of this name; each container says what its model holds. */
async function modelAndConfig(world: World, name: string, { contents, names, mode }: Given): Promise<void> {
  const Containers: object[] = [];
  for (const [index, content] of contents.entries()) {
    const ModelDataUrl = `s3://models/${name}-${index}.tar.gz`;
    await world.put({ [ModelDataUrl]: await archiveOf({ 'model_algo-1': content }) });
    Containers.push({ Image: image, ModelDataUrl, ...(names && { ContainerHostname: names[index] }) });
  }
  await world.call('CreateModel', {
    ModelName: name,
    Containers,
    ...(mode && { InferenceExecutionConfig: { Mode: mode } }),
  });
  const variant = { VariantName: 'All', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge' };
  await world.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: [variant] });
}

async function worldWithEndpoint(test: TestContext, given: Given): Promise<World> {
  const world = await createWorld(test);
  await modelAndConfig(world, 'first', given);
  await world.call('CreateEndpoint', { EndpointName: 'live', EndpointConfigName: 'first' });
  const { EndpointStatus, FailureReason } = await settled(world);
  assert.equal(EndpointStatus, 'InService', FailureReason);
  return world;
}

const settled = (world: World) => world.call('DescribeEndpoint', { EndpointName: 'live' }, { fromWaiter: true });
const invoke = (world: World, body: string, more: object = {}) =>
  world.call('InvokeEndpoint', { EndpointName: 'live', Body: Buffer.from(body), ContentType: 'text/csv', ...more });
const answerOf = async (work: Promise<any>): Promise<any> => JSON.parse((await work).Body);

const refusal = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown;
};

test('In a pipeline the answer of each container, with its type, is the request of the next', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two', 'three'] });
  const seen = await answerOf(invoke(world, 'next next 1,2', { Accept: 'text/csv', CustomAttributes: 'there' }));
  assert.deepEqual([seen.model, seen.body], ['three', '1,2']);
  assert.deepEqual(
    [seen.headers['content-type'], seen.headers.accept, seen.headers['x-amzn-sagemaker-custom-attributes']],
    ['text/two', 'text/csv', 'there'],
  );
  const { ProductionVariants } = await settled(world);
  assert.equal(ProductionVariants[0].DeployedImages.length, 3);
  const { logStreams } = await world.call('DescribeLogStreams', { logGroupName: '/aws/sagemaker/Endpoints/live' });
  const names = logStreams.map(({ logStreamName }: any) => logStreamName.replace(/i-[0-9a-f]{17}/, 'ID')).sort();
  assert.deepEqual(names, ['All/ID/container-1', 'All/ID/container-2', 'All/ID/container-3']);
});

test('Accept reaches the last container of a pipeline only', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two'] });
  // The first container answers JSON with the headers that it saw; the second wraps it.
  const seen = await answerOf(invoke(world, 'x', { Accept: 'text/csv' }));
  const first = JSON.parse(seen.body);
  assert.deepEqual([first.headers.accept, seen.headers.accept], [undefined, 'text/csv']);
  assert.equal(seen.headers['content-type'], 'application/json');
});

test('The first container that fails ends the request, and the ModelError names it', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two'], names: ['prepare', 'predict'] });
  const early = await refusal(invoke(world, 'status 415'));
  assert.match(early.message, /^Received client error \(415\) from prepare with message "answer 415"/);
  const late = await refusal(invoke(world, 'next status 503'));
  assert.match(late.message, /^Received server error \(503\) from predict with message "answer 503"/);
  assert.equal(late.details.OriginalStatusCode, 503);
  const lost = await refusal(invoke(world, 'next die'));
  assert.match(
    lost.message,
    /^Received server error \(0\) from predict with message "The connection to container predict/,
  );
  assert.equal((await answerOf(invoke(world, 'next x'))).model, 'two', 'it is started again, and requests wait for it');
});

test('With Mode Direct a request goes to the container that it names, and must name one', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two'], names: ['left', 'right'], mode: 'Direct' });
  const ask = (TargetContainerHostname: string) => answerOf(invoke(world, 'x', { TargetContainerHostname }));
  assert.deepEqual([(await ask('left')).model, (await ask('right')).model], ['one', 'two']);
  const failed = await refusal(invoke(world, 'status 400', { TargetContainerHostname: 'right' }));
  assert.match(failed.message, /^Received client error \(400\) from right/);
  const unnamed = await refusal(invoke(world, 'x'));
  assert.deepEqual(
    [unnamed.code, unnamed.message],
    [
      'ValidationError',
      'Variant All of endpoint live needs a TargetContainerHostname, one of its containers: left, right.',
    ],
  );
  assert.match((await refusal(ask('middle'))).message, /^Container middle of endpoint live not found/);
});

test('TargetContainerHostname is refused where requests pass all containers', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two'], names: ['a', 'b'], mode: 'Serial' });
  const { code, message } = await refusal(invoke(world, 'x', { TargetContainerHostname: 'a' }));
  assert.equal(code, 'ValidationError');
  assert.match(message, /pass all its containers in order/);
});

test('An endpoint fails with the name of the container that does not come up, and ends the others', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'bad', { contents: ['one', 'broken'] });
  await world.call('CreateEndpoint', { EndpointName: 'live', EndpointConfigName: 'bad' });
  const { EndpointStatus, FailureReason } = await settled(world);
  assert.equal(EndpointStatus, 'Failed');
  assert.match(
    FailureReason,
    /^The container-2 container for production variant All did not pass the ping health check.*the model is broken$/,
  );
  await world.call('DeleteEndpoint', { EndpointName: 'live' });
  await refusal(settled(world));
  assert.deepEqual(readdirSync(join(world.folder, 'programs/endpoints')), []);
});

test('A pipeline serves on after a restart and an update, and leaves no files', async (t) => {
  const world = await worldWithEndpoint(t, { contents: ['one', 'two'] });
  for (const name of ['first-0', 'first-1']) await world.objects.remove('models', `${name}.tar.gz`);
  await world.restart();
  assert.equal((await answerOf(invoke(world, 'next x'))).model, 'two');
  await modelAndConfig(world, 'second', { contents: ['three'] });
  await world.call('UpdateEndpoint', { EndpointName: 'live', EndpointConfigName: 'second' });
  assert.equal((await settled(world)).EndpointConfigName, 'second');
  assert.equal((await answerOf(invoke(world, 'x'))).model, 'three');
  await world.call('DeleteEndpoint', { EndpointName: 'live' });
  await refusal(settled(world));
  assert.deepEqual(readdirSync(join(world.folder, 'programs/endpoints')), []);
});

test('DescribeModel gives the containers with their names, and the mode', async (t) => {
  const world = await createWorld(t);
  await modelAndConfig(world, 'named', { contents: ['one', 'two'], names: ['a', 'b'], mode: 'Direct' });
  await modelAndConfig(world, 'unnamed', { contents: ['one', 'two'] });
  const named = await world.call('DescribeModel', { ModelName: 'named' });
  const unnamed = await world.call('DescribeModel', { ModelName: 'unnamed' });
  const namesOf = ({ Containers }: any) => Containers.map(({ ContainerHostname }: any) => ContainerHostname);
  assert.deepEqual([namesOf(named), named.InferenceExecutionConfig], [['a', 'b'], { Mode: 'Direct' }]);
  assert.deepEqual([namesOf(unnamed), unnamed.InferenceExecutionConfig], [['container-1', 'container-2'], undefined]);
  assert.equal(named.PrimaryContainer, undefined);
});

test('Containers that do not fit together are refused by name', async (t) => {
  const world = await createWorld(t);
  const refusedModel = async (Containers: object[], Mode?: string): Promise<string> => {
    const more = Mode === undefined ? {} : { InferenceExecutionConfig: { Mode } };
    return (await refusal(world.call('CreateModel', { ModelName: 'm', Containers, ...more }))).message;
  };
  const container = { Image: image };
  const named = (ContainerHostname: string) => ({ ...container, ContainerHostname });
  assert.match(await refusedModel([]), /Containers is empty/);
  assert.match(await refusedModel([container], 'Direct'), /Mode Direct needs several Containers; the model has 1/);
  assert.match(
    await refusedModel([named('a'), container]),
    /^Containers\[1\] has no ContainerHostname; give one to each container or to none/,
  );
  assert.match(
    await refusedModel([container, container], 'Direct'),
    /^Containers\[0\], Containers\[1\] have no ContainerHostname; in Mode Direct each container needs one/,
  );
  assert.match(await refusedModel([named('a'), named('a')]), /The ContainerHostname "a" is used twice/);
  assert.match(await refusedModel([container, {}]), /^Containers\[1\]: The Image of the container must be given/);
  assert.match(await refusedModel([container, { Image: 'kmeans:1' }]), /It has: fake:1/);
  assert.match(
    await refusedModel([container, { Image: image, ModelDataUrl: 's3://models/no.tar.gz' }]),
    /Could not find model data at s3:\/\/models\/no.tar.gz/,
  );
  const Environment = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`V${index}`, 'x'.repeat(1_000)]));
  assert.match(
    await refusedModel([
      { ...container, Environment },
      { ...container, Environment },
    ]),
    /has 34082 bytes of names and values; at most 32768/,
  );
});
