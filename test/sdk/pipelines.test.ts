// The published AWS SDK for JavaScript against a whole server: models of several containers.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  type ContainerDefinition,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  type InferenceExecutionMode,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  ModelError,
  SageMakerRuntimeClient,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const linearLearner = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const often = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 };

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let logs: CloudWatchLogsClient;
/** Models of a sum and of a difference of two columns. */
let sum: ContainerDefinition;
let difference: ContainerDefinition;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-pipelines-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  logs = new CloudWatchLogsClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'pipelines' }));
  const train = async (name: string, label: (a: number, b: number) => number): Promise<ContainerDefinition> => {
    const rows = Array.from({ length: 200 }, (_, i) => [i % 20, (i * 7) % 11] as const);
    const Body = rows.map(([a, b]) => `${label(a, b)},${a},${b}\n`).join('');
    await s3.send(new PutObjectCommand({ Bucket: 'pipelines', Key: `${name}/rows.csv`, Body }));
    return { Image: linearLearner, ModelDataUrl: await artifactOf(name) };
  };
  [sum, difference] = await Promise.all([train('sum', (a, b) => a + b), train('difference', (a, b) => a - b)]);
  await addPreparing();
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function artifactOf(name: string): Promise<string> {
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: `s3://pipelines/${name}/` } as const;
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: linearLearner, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
      InputDataConfig: [{ ChannelName: 'train', ContentType: 'text/csv', DataSource: { S3DataSource } }],
      OutputDataConfig: { S3OutputPath: 's3://pipelines/output' },
      HyperParameters: { predictor_type: 'regressor', num_models: '1', wd: '0' },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  const waiting = { client: sagemaker, ...often } as never;
  await waitUntilTrainingJobCompletedOrStopped(waiting, { TrainingJobName: name }).catch(() => undefined);
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  return job.ModelArtifacts?.S3ModelArtifacts ?? '';
}

/** An image of the user's own: rows of a name and two cells in hundreds, as JSON, become CSV without the name. */
async function addPreparing(): Promise<void> {
  const from = join(folder, 'preparing');
  mkdirSync(from);
  writeFileSync(
    join(from, 'serve.mjs'),
    `import { createServer } from 'node:http';
    import { text } from 'node:stream/consumers';
    const server = createServer(async (request, response) => {
      if (request.url === '/ping') return response.end();
      const { rows } = JSON.parse(await text(request));
      if (rows === undefined) return response.writeHead(400).end('No rows');
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.end(rows.map(([, ...cells]) => cells.map((cell) => cell * 100).join() + '\\n').join(''));
    });
    server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), '127.0.0.1');
    process.on('SIGTERM', () => server.close(() => process.exit(0)));`,
  );
  writeFileSync(join(from, 'serve'), `#!/bin/sh\nexec '${process.execPath}' "$(dirname "$0")/serve.mjs"\n`);
  chmodSync(join(from, 'serve'), 0o755);
  const room = { dataFolder: folder, nowMs: Date.now, progress: () => undefined };
  await addFolder(room, { name: 'preparing', folder: from, taken: [] });
}

async function deploy(name: string, Containers: ContainerDefinition[], Mode?: InferenceExecutionMode): Promise<void> {
  const InferenceExecutionConfig = Mode && { Mode };
  await sagemaker.send(
    new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, Containers, InferenceExecutionConfig }),
  );
  const ProductionVariants = [
    { VariantName: 'AllTraffic', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m5.large' } as const,
  ];
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  await waitUntilEndpointInService({ client: sagemaker, ...often } as never, { EndpointName: name });
}

async function scoresOf(input: InvokeEndpointCommandInput): Promise<number[]> {
  const { Body } = await runtime.send(new InvokeEndpointCommand({ Accept: 'application/json', ...input }));
  const { predictions } = JSON.parse(Body.transformToString());
  return predictions.map(({ score }: { score: number }) => Math.round(score * 10) / 10);
}

test('A program of the user’s own prepares rows for a linear learner behind it', async () => {
  const preparing = { Image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/preparing:latest' };
  await deploy('serial', [preparing, sum]);
  const input = { EndpointName: 'serial', ContentType: 'application/json' };
  const rows = [
    ['first', 0.03, 0.04],
    ['second', 0.1, 0.02],
  ];
  assert.deepEqual(await scoresOf({ ...input, Body: JSON.stringify({ rows }) }), [7, 12]);
  await assert.rejects(
    scoresOf({ ...input, Body: '{}' }),
    (thrown) =>
      thrown instanceof ModelError &&
      thrown.OriginalStatusCode === 400 &&
      thrown.message.startsWith('Received client error (400) from container-1 with message "No rows"'),
  );
  await assert.rejects(
    scoresOf({ ...input, Body: '{"rows":[["wide",1,2,3]]}' }),
    (thrown) =>
      thrown instanceof ModelError && /^Received client error \(4\d\d\) from container-2/.test(thrown.message),
  );
  const { logStreams = [] } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: '/aws/sagemaker/Endpoints/serial' }),
  );
  const streams = logStreams.map(({ logStreamName = '' }) => logStreamName.replace(/i-[0-9a-f]+/, 'ID'));
  assert.deepEqual(streams.sort(), ['AllTraffic/ID/container-1', 'AllTraffic/ID/container-2']);
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'serial' }));
});

test('Two linear learners share an endpoint, and each request names the one that answers', async () => {
  const named = [
    { ...sum, ContainerHostname: 'sum' },
    { ...difference, ContainerHostname: 'difference' },
  ];
  await deploy('direct', named, 'Direct');
  const input = { EndpointName: 'direct', ContentType: 'text/csv', Body: '10,2\n' };
  assert.deepEqual(await scoresOf({ ...input, TargetContainerHostname: 'sum' }), [12]);
  assert.deepEqual(await scoresOf({ ...input, TargetContainerHostname: 'difference' }), [8]);
  await assert.rejects(
    scoresOf(input),
    (thrown) =>
      thrown instanceof SageMakerRuntimeServiceException &&
      thrown.name === 'ValidationError' &&
      /one of its containers: sum, difference/.test(thrown.message),
  );
  const model = await sagemaker.send(new DescribeModelCommand({ ModelName: 'direct' }));
  assert.deepEqual(
    [model.Containers?.map(({ ContainerHostname }) => ContainerHostname), model.InferenceExecutionConfig?.Mode],
    [['sum', 'difference'], 'Direct'],
  );
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'direct' }));
});
