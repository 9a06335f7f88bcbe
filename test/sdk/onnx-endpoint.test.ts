// The published AWS SDK for JavaScript against a whole server: models in ONNX, and those that Linnet's own models export to.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { pack } from 'tar-stream';
import { encodeOnnx } from '../../src/formats/index.ts';
import {
  boostedModelToOnnx,
  type LinearModel,
  linearModelToOnnx,
  readBoostedModel,
  writeModelFile,
} from '../../src/learners/index.ts';
import { readConfig, startServer } from '../../src/server/index.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url));

async function archive(name: string, bytes: Uint8Array): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name }, Buffer.from(bytes));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

const linear: LinearModel = {
  predictorType: 'binary_classifier',
  loss: 'logistic',
  featureCount: 3,
  outputCount: 1,
  weights: Float64Array.of(0.5, -1.25, 2),
  bias: Float64Array.of(-0.25),
  threshold: 0.5,
  metricsParams: {},
};

test('Exported models score in ONNX as they do themselves, and others are hosted or refused by name', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const [s3, sagemaker] = [new S3Client(options), new SageMakerClient(options)];
  const runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'nets' }));
  const ExecutionRoleArn = 'arn:aws:iam::123456789012:role/Role';
  const createModel = async (name: string, image: string, body: Buffer): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: 'nets', Key: `${name}/model.tar.gz`, Body: body }));
    const PrimaryContainer = { Image: image, ModelDataUrl: `s3://nets/${name}/model.tar.gz` };
    await sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn, PrimaryContainer }));
  };
  const host = async (name: string, image: string, file: string, bytes: Uint8Array): Promise<void> => {
    await createModel(name, image, await archive(file, bytes));
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
  const ask = async (name: string, body: string): Promise<{ score: number; predicted_label?: number }[]> => {
    const answer = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: name,
        ContentType: 'text/csv',
        Accept: 'application/json',
        Body: body,
      }),
    );
    return JSON.parse(Buffer.from(answer.Body!).toString()).predictions;
  };
  const trees = fixture('xgboost/models/binary-logistic.ubj');
  await Promise.all([
    host('linear', 'linear-learner:1', 'model_algo-1', writeModelFile(linear)),
    host('linear-onnx', 'linnet/onnx', 'model.onnx', linearModelToOnnx(linear)),
    host('trees', 'sagemaker-xgboost:3.0-5', 'xgboost-model', trees),
    host(
      'trees-onnx',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/onnx:1',
      'model.onnx',
      boostedModelToOnnx(readBoostedModel(trees)),
    ),
    host('pipeline', 'onnx:latest', 'model.onnx', fixture('onnx/pipeline.onnx')),
  ]);
  for (const [name, width] of [
    ['linear', 3],
    ['trees', 6],
  ] as const) {
    const rows = Array.from({ length: 20 }, (_, row) =>
      Array.from({ length: width }, (_, column) => Math.sin(row * width + column)).join(','),
    ).join('\n');
    const [own, onnx] = [await ask(name, rows), await ask(`${name}-onnx`, rows)];
    assert.equal(onnx.length, 20);
    for (const [row, { score, predicted_label }] of own.entries()) {
      assert.ok(Math.abs(onnx[row]!.score - score) < 1e-6, `${name}, row ${row}: ${onnx[row]!.score}, not ${score}`);
      if (predicted_label !== undefined) assert.equal(onnx[row]!.predicted_label, predicted_label);
    }
  }
  await assert.rejects(ask('pipeline', '1,2'), (error: { OriginalStatusCode?: number; OriginalMessage?: string }) => {
    assert.equal(error.OriginalStatusCode, 400);
    assert.equal(error.OriginalMessage, 'Rows have 2 columns; the model takes 4: 4 for input "X"');
    return true;
  });

  const unknown = encodeOnnx({
    name: 'net',
    inputs: [{ name: 'x', kind: 'float32', shape: ['rows', 2] }],
    outputs: [{ name: 'y', kind: 'float32', shape: ['rows', 2] }],
    nodes: [{ operator: 'Blargh', inputs: ['x'], outputs: ['y'] }],
    constants: [],
  });
  await assert.rejects(createModel('unknown', 'onnx', await archive('model.onnx', unknown)), {
    name: 'ValidationException',
    message:
      /^s3:\/\/nets\/unknown\/model\.tar\.gz cannot be served: model\.onnx: The operator Blargh is not among those of opset 17/,
  });
  const whole = await archive('model.onnx', fixture('onnx/pipeline.onnx'));
  await assert.rejects(
    createModel('cut', 'onnx', whole.subarray(0, 300)),
    /s3:\/\/nets\/cut\/model\.tar\.gz cannot be served: /,
  );
  assert.deepEqual(
    readdirSync(join(folder, 'programs/model-checks')).filter((name) => !name.endsWith('.removed')),
    [],
  );

  const training = sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'net',
      RoleArn: ExecutionRoleArn,
      AlgorithmSpecification: { TrainingImage: 'onnx:1', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: 's3://nets/out' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  await assert.rejects(training, /The image "onnx:1" has no program train; it has: serve/);
});
