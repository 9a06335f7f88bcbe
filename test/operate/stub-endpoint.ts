// A whole server with an image whose serving program the test holds back and lets go.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateHyperParameterTuningJobCommand,
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
  waitUntilTransformJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, type ServerOptions, startServer } from '../../src/server/index.ts';

/** Echoes bodies, but "bad", once the file exists. */
const serving = (gate: string): string => `#!${process.execPath}
const { createServer } = require('node:http');
const { existsSync } = require('node:fs');
const serve = () => createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (body === 'bad') console.log('refused a body');
    response.statusCode = body === 'bad' ? 400 : 200;
    response.end(body);
  });
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
const wait = () => (existsSync(${JSON.stringify(gate)}) ? serve() : setTimeout(wait, 20));
wait();
`;

/** \`fail\` ends a job badly, any other job well. */
const training = `#!/bin/sh
echo "line one of $TRAINING_JOB_NAME"
case "$TRAINING_JOB_NAME" in fail*) echo "no luck" > /opt/ml/output/failure; exit 1;; esac
echo done
`;

export interface Stub {
  folder: string;
  /** Lets the serving program answer, or holds back the next one. */
  open(isOpen: boolean): void;
  start(options?: ServerOptions): Promise<RunningServer>;
}

export const stubImage = '123456789012.dkr.ecr.us-east-1.amazonaws.com/stub:latest';
export const stubRole = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';

/** A data folder with the image; it and its servers go with the test. */
export async function createStub(t: TestContext): Promise<Stub> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-operate-'));
  // Programs cannot see the data folder.
  const outside = mkdtempSync(join(tmpdir(), 'linnet-gate-'));
  const gate = join(outside, 'open');
  const programs = join(folder, 'stub-programs');
  mkdirSync(programs);
  for (const [name, text] of Object.entries({ serve: serving(gate), train: training })) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
  const adding = { dataFolder: folder, nowMs: Date.now, progress: () => undefined };
  await addFolder(adding, { name: 'stub', folder: programs, taken: [] });
  const servers: RunningServer[] = [];
  t.after(async () => {
    for (const server of servers) await server.stop();
    for (const each of [folder, outside])
      rmSync(each, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return {
    folder,
    open: (isOpen) => (isOpen ? writeFileSync(gate, '') : rmSync(gate, { force: true })),
    async start(options = {}) {
      const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent', ...options }, {}));
      servers.push(server);
      return server;
    },
  };
}

/** As much of a server as a client needs. */
export type Served = Pick<RunningServer, 'address' | 'region' | 'credentials'>;

export const optionsOf = ({ address, region, credentials }: Served) => ({
  endpoint: address,
  region,
  credentials,
  maxAttempts: 1,
});

/** Brings an endpoint of the stub into service. */
export async function deployStub(server: Served, name: string): Promise<void> {
  const client = new SageMakerClient(optionsOf(server));
  const variant = {
    VariantName: 'all',
    ModelName: name,
    InitialInstanceCount: 1,
    InstanceType: 'ml.m5.large',
  } as const;
  await client.send(
    new CreateModelCommand({ ModelName: name, ExecutionRoleArn: stubRole, PrimaryContainer: { Image: stubImage } }),
  );
  await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
  await client.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  await waitUntilEndpointInService({ client, maxWaitTime: 60 }, { EndpointName: name });
  client.destroy();
}

export async function invokeStub(server: Served, name: string, body: string): Promise<string> {
  const client = new SageMakerRuntimeClient(optionsOf(server));
  const answer = await client.send(new InvokeEndpointCommand({ EndpointName: name, Body: body }));
  client.destroy();
  return answer.Body.transformToString();
}

/** Runs a job to its end; its name says what end, see the program. */
export async function trainStub(server: Served, name: string): Promise<void> {
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'output' }));
  const client = new SageMakerClient(optionsOf(server));
  await client.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: stubRole,
      AlgorithmSpecification: { TrainingImage: stubImage, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
      OutputDataConfig: { S3OutputPath: 's3://output/' },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  const ended = waitUntilTrainingJobCompletedOrStopped({ client, maxWaitTime: 121 }, { TrainingJobName: name });
  await ended.catch(() => undefined);
  client.destroy();
  s3.destroy();
}

/** Runs a job of 200 rows that leaves a report; the bucket of trainStub is there. */
export async function trainReported(server: Served, name: string): Promise<void> {
  const rows = Array.from({ length: 200 }, (_, at) => `${Number(at % 7 > 3)},${Math.sin(at)},${at % 7},${at % 2}`);
  const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: 'output', Key: 'rows/a.csv', Body: rows.join('\n') }));
  s3.destroy();
  const client = new SageMakerClient(optionsOf(server));
  await client.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: stubRole,
      AlgorithmSpecification: {
        TrainingImage: '000000000000.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      HyperParameters: { predictor_type: 'binary_classifier', num_models: '2' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://output/rows/' } },
        },
      ],
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
      OutputDataConfig: { S3OutputPath: 's3://output/jobs/' },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  await waitUntilTrainingJobCompletedOrStopped({ client, maxWaitTime: 121 }, { TrainingJobName: name });
  client.destroy();
}

/** Begins a tuning job of one trial. */
export async function tuneStub(server: Served, name: string): Promise<void> {
  const client = new SageMakerClient(optionsOf(server));
  await client.send(
    new CreateHyperParameterTuningJobCommand({
      HyperParameterTuningJobName: name,
      HyperParameterTuningJobConfig: {
        Strategy: 'Grid',
        HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'one' },
        ResourceLimits: { MaxParallelTrainingJobs: 1 },
        ParameterRanges: { CategoricalParameterRanges: [{ Name: 'a', Values: ['1'] }] },
      },
      TrainingJobDefinition: {
        AlgorithmSpecification: {
          TrainingImage: stubImage,
          TrainingInputMode: 'File',
          MetricDefinitions: [{ Name: 'one', Regex: 'line (one)' }],
        },
        RoleArn: stubRole,
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
        OutputDataConfig: { S3OutputPath: 's3://output/' },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
      },
    }),
  );
  client.destroy();
}

/** Begins a job that prints a line and fails. */
export async function processStub(server: Served, name: string): Promise<void> {
  const client = new SageMakerClient(optionsOf(server));
  await client.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: name,
      RoleArn: stubRole,
      AppSpecification: { ImageUri: stubImage, ContainerEntrypoint: ['sh', '-c', 'echo tidied; exit 4'] },
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
    }),
  );
  client.destroy();
}

/** Runs a job over one object of two lines, with the model of an endpoint. */
export async function transformStub(server: Served, name: string, model: string): Promise<void> {
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'rows' }));
  await s3.send(new PutObjectCommand({ Bucket: 'rows', Key: 'in/a.csv', Body: '1\n2\n' }));
  const client = new SageMakerClient(optionsOf(server));
  const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://rows/in/' } } as const;
  await client.send(
    new CreateTransformJobCommand({
      TransformJobName: name,
      ModelName: model,
      TransformInput: { DataSource, ContentType: 'text/csv', SplitType: 'Line' },
      TransformOutput: { S3OutputPath: 's3://rows/out' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    }),
  );
  await waitUntilTransformJobCompletedOrStopped({ client, maxWaitTime: 61 }, { TransformJobName: name });
  client.destroy();
  s3.destroy();
}
