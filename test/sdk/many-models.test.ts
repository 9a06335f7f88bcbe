// The published AWS SDK for JavaScript against a whole server: many models of XGBoost, and many in ONNX, at one endpoint each.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { type LinearModel, linearModelToOnnx } from '../../src/learners/index.ts';
import { readConfig, startServer } from '../../src/server/index.ts';
import { archiveOf } from '../../src/services/testing/archive.ts';

const fixtures = new URL('../../../test/fixtures/xgboost/', import.meta.url);
const { rows, features, models } = JSON.parse(readFileSync(new URL('expected.json', fixtures), 'utf8')) as {
  rows: string;
  features: number;
  models: Record<string, { prediction: string }>;
};

function floats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** The net of number n answers n + x. */
const net = (n: number): Buffer => {
  const model: LinearModel = {
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount: 1,
    outputCount: 1,
    weights: Float64Array.of(1),
    bias: Float64Array.of(n),
    threshold: 0.5,
    metricsParams: {},
  };
  return Buffer.from(linearModelToOnnx(model));
};

test('XGBoost and ONNX serve many models at one endpoint, loaded and pushed out as requests ask for them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const [s3, sagemaker] = [new S3Client(options), new SageMakerClient(options)];
  const runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'many' }));
  const put = async (key: string, files: Record<string, Buffer>): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: 'many', Key: key, Body: await archiveOf(files) }));
  };
  const host = async (name: string, image: string, megabytes: string): Promise<void> => {
    await sagemaker.send(
      new CreateModelCommand({
        ModelName: name,
        ExecutionRoleArn: 'arn:aws:iam::123456789012:role/Role',
        PrimaryContainer: {
          Image: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${image}`,
          Mode: 'MultiModel',
          ModelDataUrl: `s3://many/${name}/`,
          Environment: { MODELS_MEMORY_MB: megabytes },
        },
      }),
    );
    const variant = {
      VariantName: 'all',
      ModelName: name,
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: 1,
    } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await waitUntilEndpointInService(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { EndpointName: name },
    );
  };
  const ask = async (EndpointName: string, TargetModel: string, Body: string): Promise<string> => {
    const request = { EndpointName, TargetModel, ContentType: 'text/csv', Accept: 'application/json', Body };
    return (await runtime.send(new InvokeEndpointCommand(request))).Body.transformToString();
  };

  const trees = ['binary-logistic', 'binary-hinge', 'count-poisson'];
  for (const name of trees)
    await put(`trees/${name}.tar.gz`, { 'xgboost-model': readFileSync(new URL(`models/${name}.ubj`, fixtures)) });
  for (let n = 0; n < 5; n += 1) await put(`nets/${n}.tar.gz`, { 'model.onnx': net(n) });
  await Promise.all([host('trees', 'sagemaker-xgboost:3.0-5', '0.05'), host('nets', 'onnx:1', '0.003')]);

  const cells = floats(rows).slice(0, features);
  const row = cells.map((cell) => (Number.isNaN(cell) ? '' : cell)).join(',');
  for (const name of [...trees, ...trees]) {
    const { predictions } = JSON.parse(await ask('trees', `${name}.tar.gz`, row));
    assert.deepEqual([name, Math.fround(predictions[0].score)], [name, floats(models[name]!.prediction)[0]]);
  }
  for (const n of [0, 1, 2, 3, 4, 0, 2]) {
    const { predictions } = JSON.parse(await ask('nets', `${n}.tar.gz`, '0.5'));
    assert.equal(predictions[0].score, n + 0.5);
  }
});
