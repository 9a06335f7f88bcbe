// The published AWS SDK for JavaScript against a whole server: batch transform of a Linear Learner's model.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  type CreateTransformJobCommandInput,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  ListTransformJobsCommand,
  ResourceInUse,
  SageMakerClient,
  StopTransformJobCommand,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
  waitUntilTransformJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { frameRecord } from '../../src/framing/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const Image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const often = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 };

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let s3: S3Client;

const features = Array.from({ length: 200 }, (_, i) => [i % 20, (i * 7) % 11] as const);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-transform-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'batch' }));
  await put('train/rows.csv', features.map(([a, b]) => `${a > b ? 1 : 0},${a},${b}\n`).join(''));
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: 's3://batch/train/' } as const;
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'greater',
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: Image, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
      InputDataConfig: [{ ChannelName: 'train', ContentType: 'text/csv', DataSource: { S3DataSource } }],
      OutputDataConfig: { S3OutputPath: 's3://batch/output' },
      HyperParameters: { predictor_type: 'binary_classifier', num_models: '1' },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, ...often }, { TrainingJobName: 'greater' });
  const { ModelArtifacts } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'greater' }));
  const PrimaryContainer = { Image, ModelDataUrl: ModelArtifacts?.S3ModelArtifacts };
  await sagemaker.send(new CreateModelCommand({ ModelName: 'greater', ExecutionRoleArn: role, PrimaryContainer }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket: 'batch', Key, Body }));

async function read(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'batch', Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

type Input = CreateTransformJobCommandInput['TransformInput'];

/** Runs a job over `s3://batch/<name>/` and answers its description. */
async function run(name: string, input: Partial<NonNullable<Input>>, Accept: string, more: object = {}) {
  const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://batch/${name}/` } } as const;
  await sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: name,
      ModelName: 'greater',
      TransformInput: { DataSource, ...input },
      TransformOutput: { S3OutputPath: `s3://batch/${name}-out/`, Accept, AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      ...more,
    }),
  );
  await waitUntilTransformJobCompletedOrStopped({ client: sagemaker, ...often }, { TransformJobName: name });
  return sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name }));
}

test('A transform stores the bytes that an endpoint answers, for CSV, JSON Lines and RecordIO', async () => {
  const variant = {
    VariantName: 'All',
    ModelName: 'greater',
    InitialInstanceCount: 1,
    InstanceType: 'ml.m5.large',
  } as const;
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'live', ProductionVariants: [variant] }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'live' }));
  await waitUntilEndpointInService({ client: sagemaker, ...often }, { EndpointName: 'live' });
  const answer = async (Body: Uint8Array, ContentType: string, Accept: string): Promise<Buffer> => {
    const answered = await runtime.send(new InvokeEndpointCommand({ EndpointName: 'live', Body, ContentType, Accept }));
    return Buffer.from(answered.Body);
  };
  const csv = Buffer.from(features.map((row) => `${row.join(',')}\n`).join(''));
  const jsonLines = Buffer.from(features.map((row) => `${JSON.stringify({ features: row })}\n`).join(''));
  const recordIo = Buffer.concat(features.map((row) => Buffer.from(frameRecord(recordOf(row)))));
  const cases = [
    { name: 'csv', type: 'text/csv', accept: 'application/jsonlines', body: csv, SplitType: 'Line' },
    {
      name: 'lines',
      type: 'application/jsonlines',
      accept: 'application/jsonlines',
      body: jsonLines,
      SplitType: 'Line',
    },
    {
      name: 'pbr',
      type: 'application/x-recordio-protobuf',
      accept: 'application/x-recordio-protobuf',
      body: recordIo,
      SplitType: 'RecordIO',
    },
  ] as const;
  for (const { name, type, accept, body, SplitType } of cases) {
    await put(`${name}/part`, body);
    const job = await run(name, { ContentType: type, SplitType }, accept, {
      TransformOutput: { S3OutputPath: `s3://batch/${name}-out/`, Accept: accept },
    });
    assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
    assert.ok((await read(`${name}-out/part.out`)).equals(await answer(body, type, accept)), name);
  }
});

/** A dense record of Amazon's protobuf: a map entry "values" of packed float32. */
function recordOf(values: readonly number[]): Uint8Array {
  const field = (number: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Uint8Array.of((number << 3) | 2, bytes.length), bytes]);
  const floats = Buffer.from(Float32Array.from(values).buffer);
  const value = field(2, field(1, floats));
  return field(1, Buffer.concat([field(1, Buffer.from('values')), field(2, value)]));
}

test('Ids are kept from the model and joined to its answers', async () => {
  await put('ids/part', '{"id":"a","features":[9,1]}\n{"id":"b","features":[1,9]}\n');
  const job = await run('ids', { ContentType: 'application/jsonlines', SplitType: 'Line' }, 'application/jsonlines', {
    DataProcessing: { JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
  });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  const lines = String(await read('ids-out/part.out'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ id, SageMakerOutput }) => [id, SageMakerOutput.predicted_label]),
    [
      ['a', 1],
      ['b', 0],
    ],
  );
});

test('A bad row fails the job in its own words, and names are used once', async () => {
  await put('bad/part', '1,2\n3,x\n');
  await assert.rejects(run('bad', { ContentType: 'text/csv', SplitType: 'Line' }, 'application/jsonlines'));
  const job = await sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: 'bad' }));
  assert.match(
    job.FailureReason ?? '',
    /^ClientError: See job logs for more information\. 1 of 1 objects failed: batch\/bad\/part: ClientError: 400: .*"x"/,
  );
  await assert.rejects(
    run('bad', { ContentType: 'text/csv', SplitType: 'Line' }, 'application/jsonlines'),
    ResourceInUse,
  );
  await assert.rejects(sagemaker.send(new StopTransformJobCommand({ TransformJobName: 'bad' })), {
    name: 'ValidationException',
  });
  const { TransformJobSummaries } = await sagemaker.send(new ListTransformJobsCommand({ StatusEquals: 'Failed' }));
  assert.deepEqual(
    TransformJobSummaries?.map(({ TransformJobName }) => TransformJobName),
    ['bad'],
  );
});
