// The published AWS SDK for JavaScript against a whole server: rows of columns up to 2^32, through pipes to an endpoint.
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
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

let folder: string;
let server: RunningServer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** Rows of one or two of 20 columns; the label is the sum of their places. */
const columnOf = (place: number): number => 2 ** 32 - 1 - 200_000_003 * place;
const rows = Array.from({ length: 400 }, (_, i) => [i % 20, (i * 7 + Math.floor(i / 20)) % 20]);
const libsvm = rows
  .map(([a = 0, b = 0]) => {
    const columns = [...new Set([a, b])].map(columnOf).sort((one, other) => one - other);
    return `${a === b ? a : a + b} ${columns.map((column) => `${column}:1`).join(' ')}\n`;
  })
  .join('');

test('Columns up to 2^32 are trained on through pipes and answered by an endpoint', async () => {
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const s3 = new S3Client(options);
  const sagemaker = new SageMakerClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'hashed' }));
  await s3.send(new PutObjectCommand({ Bucket: 'hashed', Key: 'train/rows.svm', Body: libsvm }));
  const RoleArn = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
  const Image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'hashed',
      RoleArn,
      AlgorithmSpecification: { TrainingImage: Image, TrainingInputMode: 'Pipe' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.2xlarge', VolumeSizeInGB: 10 },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/libsvm;index_base=0',
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: 's3://hashed/train/',
              S3DataDistributionType: 'FullyReplicated',
            },
          },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://hashed/output/' },
      HyperParameters: { predictor_type: 'regressor', num_models: '1', wd: '0', feature_hash_bits: '12' },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    }),
  );
  const often = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 };
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, ...often } as never, {
    TrainingJobName: 'hashed',
  }).catch(() => undefined);
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'hashed' }));
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  const ModelDataUrl = job.ModelArtifacts?.S3ModelArtifacts;
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'hashed',
      ExecutionRoleArn: RoleArn,
      PrimaryContainer: { Image, ModelDataUrl },
    }),
  );
  const variant = { VariantName: 'all', ModelName: 'hashed', InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge' };
  await sagemaker.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: 'hashed', ProductionVariants: [variant as never] }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'hashed', EndpointConfigName: 'hashed' }));
  await waitUntilEndpointInService({ client: sagemaker, ...often } as never, { EndpointName: 'hashed' });
  const instance = (places: readonly number[]) => ({
    data: { features: { keys: places.map(columnOf), shape: [2 ** 32], values: places.map(() => 1) } },
  });
  const { Body } = await new SageMakerRuntimeClient(options).send(
    new InvokeEndpointCommand({
      EndpointName: 'hashed',
      ContentType: 'application/json',
      Body: JSON.stringify({ instances: [instance([0, 19]), instance([3, 4])] }),
    }),
  );
  const scores = JSON.parse(new TextDecoder().decode(Body)).predictions.map(({ score }: { score: number }) => score);
  assert.ok(Math.abs(scores[0] - 19) < 0.1 && Math.abs(scores[1] - 7) < 0.1, `${scores}`);
});
