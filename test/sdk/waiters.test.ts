// The waiters of the AWS SDK for JavaScript as they are, with their own delays of 30 and 120 s: one look must do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  SageMakerClient,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { createGateway } from '../../src/gateway/index.ts';
import { createWorld, image, trainingJob, type World } from '../../src/services/testing/world.ts';

const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

/** A world behind a gateway, and clients that count the looks they take. */
async function served(t: TestContext): Promise<{ world: World; client(): { sdk: SageMakerClient; looks(): number } }> {
  const world = await createWorld(t, { jobsMax: 4 });
  const gateway = createGateway({
    services: world.services.tables,
    keyOf: () => ({ secret: credentials.secretAccessKey }),
    auth: 'strict',
    accountId: '123456789012',
    region: 'us-east-1',
    names: [],
    nowMs: Date.now,
    requestId: () => 'request',
    log: () => {},
  });
  const server = createServer(gateway.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    world,
    client() {
      let looks = 0;
      const sdk = new SageMakerClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
      sdk.middlewareStack.add(
        (next) => (args) => {
          looks += 1;
          return next(args);
        },
        { step: 'build' },
      );
      t.after(() => sdk.destroy());
      return { sdk, looks: () => looks };
    },
  };
}

test('Waiters for jobs of 0.5, 5 and 15 s need one look', { timeout: 60_000 }, async (t) => {
  const { world, client } = await served(t);
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  const jobs = [
    { name: 'short', settings: {} },
    { name: 'of-5-s', settings: { behave: 'wait' }, seconds: 5 },
    { name: 'of-15-s', settings: { behave: 'wait' }, seconds: 15 },
  ];
  await Promise.all(
    jobs.map(async ({ name, settings, seconds = 3600 }) => {
      const { sdk, looks } = client();
      const startedMs = performance.now();
      const request = {
        HyperParameters: settings,
        // Longer jobs are ended by their runtime: to the waiter, Stopped is as good as Completed.
        StoppingCondition: { MaxRuntimeInSeconds: seconds },
      };
      await world.call('CreateTrainingJob', trainingJob(name, request));
      const { state } = await waitUntilTrainingJobCompletedOrStopped(
        { client: sdk, maxWaitTime: 600 },
        { TrainingJobName: name },
      );
      t.diagnostic(`${name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
      assert.deepEqual([state, looks()], ['SUCCESS', 1], name);
    }),
  );
});

test('Waiters for an endpoint and for its end need one look each', { timeout: 30_000 }, async (t) => {
  const { world, client } = await served(t);
  await world.put({ 's3://models/m/model_algo-1': 'one' });
  const source = { S3Uri: 's3://models/m/', S3DataType: 'S3Prefix', CompressionType: 'None' };
  await world.call('CreateModel', {
    ModelName: 'm',
    PrimaryContainer: { Image: image, ModelDataSource: { S3DataSource: source } },
  });
  await world.call('CreateEndpointConfig', {
    EndpointConfigName: 'c',
    ProductionVariants: [{ VariantName: 'A', ModelName: 'm', InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge' }],
  });
  await world.call('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
  const { sdk, looks } = client();
  await waitUntilEndpointInService({ client: sdk, maxWaitTime: 600 }, { EndpointName: 'e' });
  assert.equal(looks(), 1);
  await world.call('DeleteEndpoint', { EndpointName: 'e' });
  await waitUntilEndpointDeleted({ client: sdk, maxWaitTime: 600 }, { EndpointName: 'e' });
  assert.equal(looks(), 2);
});
