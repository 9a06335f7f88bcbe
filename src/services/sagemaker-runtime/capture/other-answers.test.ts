import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveOf } from '../../testing/archive.ts';
import { createWorld, image, type World } from '../../testing/world.ts';

const options = {
  CaptureOptions: [{ CaptureMode: 'InputAndOutput' }],
  CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'] },
};

async function capturing(world: World, more: object = {}): Promise<void> {
  await world.put({ 's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }), 's3://captured/.keep': '' });
  await world.call('CreateModel', {
    ModelName: 'one',
    PrimaryContainer: { Image: image, ModelDataUrl: 's3://models/one.tar.gz' },
  });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'one',
    ProductionVariants: [
      { VariantName: 'All', ModelName: 'one', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
    ],
    DataCaptureConfig: {
      EnableCapture: true,
      InitialSamplingPercentage: 100,
      DestinationS3Uri: 's3://captured',
      ...options,
    },
    ...more,
  });
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'one' });
  await world.call('DescribeEndpoint', { EndpointName: 'e' }, { fromWaiter: true });
}

/** What was captured, once the server has stopped. */
async function captured(world: World): Promise<any[]> {
  await world.restart();
  const found = await world.objects.list('captured', { prefix: 'e/All/' });
  const texts = await Promise.all(found.map(async ({ key }) => (await world.read(`s3://captured/${key}`)).toString()));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
}

test('An answer in parts is captured as one once it is whole, and one that breaks off is not', async (t) => {
  const world = await createWorld(t);
  await capturing(world);
  const ask = async (body: string) => {
    const input = { EndpointName: 'e', ContentType: 'text/csv', InferenceId: 'id-1', Body: Buffer.from(body) };
    const { Body } = await world.call('InvokeEndpointWithResponseStream', input);
    const parts: Buffer[] = [];
    for await (const part of Body) if (part.PayloadPart) parts.push(part.PayloadPart.Bytes);
    return Buffer.concat(parts).toString();
  };
  const said = await ask('1,2');
  await assert.rejects(ask('status 400'));
  const lines = await captured(world);
  assert.equal(lines.length, 1);
  const [{ captureData, eventMetadata }] = lines;
  assert.deepEqual([captureData.endpointInput.data, captureData.endpointInput.encoding], ['1,2', 'CSV']);
  assert.equal(Buffer.from(captureData.endpointOutput.data, 'base64').toString(), said);
  assert.equal(eventMetadata.inferenceId, 'id-1');
});

test('An asynchronous answer is captured beside its place in S3, unless it is too large to hold', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://out/here': '', 's3://in/row.csv': '1,2', 's3://in/large': `next ${'x'.repeat(7_000_000)}` });
  await capturing(world, { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://out/answers' } } });
  const ask = async (InputLocation: string, Filename: string) => {
    const input = { EndpointName: 'e', ContentType: 'text/csv', InferenceId: Filename, InputLocation, Filename };
    await world.call('InvokeEndpointAsync', input);
    const head = () => world.objects.head('out', `answers/${Filename}`);
    while ((await head()) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    return (await world.read(`s3://out/answers/${Filename}`)).toString();
  };
  assert.equal((await ask('s3://in/large', 'large')).length, 7_000_000);
  const said = await ask('s3://in/row.csv', 'row');
  const lines = await captured(world);
  assert.deepEqual(
    lines.map(({ eventMetadata }) => eventMetadata.inferenceId),
    ['row'],
  );
  const { endpointInput, endpointOutput } = lines[0].captureData;
  assert.deepEqual([endpointInput.observedContentType, endpointInput.data], ['text/csv', '1,2']);
  assert.equal(Buffer.from(endpointOutput.data, 'base64').toString(), said);
});
