// The published AWS SDK for JavaScript against a whole server: one endpoint, many models of the Linear Learner.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient, ValidationError } from '@aws-sdk/client-sagemaker-runtime';
import { type LinearModel, writeModelFile } from '../../src/learners/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';
import { archiveOf } from '../../src/services/testing/archive.ts';

const modelCount = 100;
/** The model of number n answers n + x. */
const modelOf = (n: number): LinearModel => ({
  predictorType: 'regressor',
  loss: 'squared_loss',
  featureCount: 1,
  outputCount: 1,
  weights: Float64Array.of(1),
  bias: Float64Array.of(n),
  threshold: 0.5,
  metricsParams: {},
});

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'many' }));
  for (let n = 0; n < modelCount; n += 1) {
    const Body = await archiveOf({ 'model_algo-1': Buffer.from(writeModelFile(modelOf(n))) });
    await s3.send(new PutObjectCommand({ Bucket: 'many', Key: `models/${n}.tar.gz`, Body }));
  }
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function host(name: string, Environment: Record<string, string> = {}): Promise<void> {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/Role',
      PrimaryContainer: {
        Image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        Mode: 'MultiModel',
        ModelDataUrl: 's3://many/models/',
        Environment,
      },
    }),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: 'All', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
      ],
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60 }, { EndpointName: name });
}

async function ask(name: string, TargetModel: string | undefined): Promise<number> {
  const request = { EndpointName: name, ContentType: 'text/csv', Body: '0.5', ...(TargetModel && { TargetModel }) };
  const { Body } = await runtime.send(new InvokeEndpointCommand(request));
  return JSON.parse(Body.transformToString()).predictions[0].score;
}

test('One endpoint answers with whichever of its models a request names', async () => {
  await host('roomy');
  const { PrimaryContainer } = await sagemaker.send(new DescribeModelCommand({ ModelName: 'roomy' }));
  assert.equal(PrimaryContainer?.Mode, 'MultiModel');
  const numbers = Array.from({ length: modelCount }, (_, n) => n);
  for (let pass = 0; pass < 2; pass += 1) {
    const scores = await Promise.all(numbers.map((n) => ask('roomy', `${n}.tar.gz`)));
    assert.deepEqual(
      scores,
      numbers.map((n) => n + 0.5),
    );
  }
});

test('Models beyond the memory push out others, and all of them answer', async () => {
  // Room for a few of these models of about a kilobyte.
  await host('narrow', { MODELS_MEMORY_MB: '0.02' });
  for (let n = 0; n < modelCount; n += 1)
    assert.equal(await ask('narrow', `${(n * 7) % 20}.tar.gz`), ((n * 7) % 20) + 0.5);
});

test('A model that is missing, and a request without one, are refused', async () => {
  await assert.rejects(
    ask('roomy', 'none.tar.gz'),
    (thrown) =>
      thrown instanceof ValidationError &&
      /Failed to download model data\(bucket: many, key: models\/none/.test(thrown.message),
  );
  await assert.rejects(ask('roomy', undefined), /multi-model endpoint: TargetModel must name/);
});
