// The published AWS SDK for JavaScript against a whole server: models of XGBoost, hosted without its library.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { pack } from 'tar-stream';
import { readConfig, startServer } from '../../src/server/index.ts';

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

async function archive(name: string, bytes: Buffer): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name }, bytes);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

test('Endpoints answer as their image does, with the scores of the library', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const [s3, sagemaker] = [new S3Client(options), new SageMakerClient(options)];
  const runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'trees' }));
  const host = async (name: string, image: string, file: string, environment: Record<string, string> = {}) => {
    const body = await archive('xgboost-model', readFileSync(new URL(`models/${file}`, fixtures)));
    await s3.send(new PutObjectCommand({ Bucket: 'trees', Key: `${name}/model.tar.gz`, Body: body }));
    await sagemaker.send(
      new CreateModelCommand({
        ModelName: name,
        ExecutionRoleArn: 'arn:aws:iam::123456789012:role/Role',
        PrimaryContainer: {
          Image: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${image}`,
          ModelDataUrl: `s3://trees/${name}/model.tar.gz`,
          Environment: environment,
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
    return name;
  };
  const cells = floats(rows);
  const csv = Array.from({ length: 3 }, (_, i) =>
    cells
      .slice(i * features, (i + 1) * features)
      .map((cell) => (Number.isNaN(cell) ? '' : cell))
      .join(','),
  ).join('\n');
  const ask = async (name: string, body: string) => {
    const answer = await runtime.send(
      new InvokeEndpointCommand({ EndpointName: name, ContentType: 'text/csv', Body: body }),
    );
    return Buffer.from(answer.Body!).toString();
  };
  const scores = floats(models['binary-logistic']!.prediction).slice(0, 3).map(String);
  const newest = await host('newest', 'sagemaker-xgboost:3.0-5', 'binary-logistic.ubj');
  assert.equal(await ask(newest, csv), scores.map((score) => `${score}\n`).join(''));
  const old = await host('old', 'sagemaker-xgboost:1.2-2-cpu-py3', 'binary-logistic.pickle-3', {
    LINNET_IMAGE: 'sagemaker-xgboost:3.0-5',
  });
  assert.equal(await ask(old, csv), scores.join(','));
  await assert.rejects(ask(newest, '1,2'), (error: { OriginalStatusCode?: number; OriginalMessage?: string }) => {
    assert.equal(error.OriginalStatusCode, 400);
    assert.match(error.OriginalMessage!, /not consistent with feature size of trained model 6/);
    return true;
  });
});
