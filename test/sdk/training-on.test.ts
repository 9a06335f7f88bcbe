// The published AWS SDK for JavaScript against a whole server: training on from models and checkpoints.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  StopTrainingJobCommand,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;
let logs: CloudWatchLogsClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  logs = new CloudWatchLogsClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'going-on' }));
  await s3.send(new PutObjectCommand({ Bucket: 'going-on', Key: 'train/rows.csv', Body: rowsOf(3000) }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** Rows whose label is a product of their two features, beside a line. */
function rowsOf(count: number): string {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
  const lines = Array.from({ length: count }, () => {
    const [a, b] = [random(), random()];
    return `${a * b + a - b},${a},${b}`;
  });
  return `${lines.join('\n')}\n`;
}

const channel = (name: string, uri: string, contentType: string) => ({
  ChannelName: name,
  ContentType: contentType,
  DataSource: {
    S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: uri, S3DataDistributionType: 'FullyReplicated' as const },
  },
});
const train = channel('train', 's3://going-on/train/', 'text/csv');
const streamed = { predictor_type: 'regressor', optimizer: 'adam', exact: 'false', num_models: '1', epochs: '2' };

const begin = (name: string, more: Partial<CreateTrainingJobCommandInput>) =>
  sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
      AlgorithmSpecification: {
        TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.2xlarge', VolumeSizeInGB: 10 },
      InputDataConfig: [train],
      OutputDataConfig: { S3OutputPath: 's3://going-on/output/' },
      HyperParameters: streamed,
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      ...more,
    }),
  );

async function ended(name: string): Promise<DescribeTrainingJobCommandOutput> {
  await waitUntilTrainingJobCompletedOrStopped(
    { client: sagemaker, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 } as never,
    { TrainingJobName: name },
  ).catch(() => undefined);
  return sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
}

const lossOf = ({ FinalMetricDataList: metrics }: DescribeTrainingJobCommandOutput): number =>
  metrics?.find(({ MetricName: name }) => name === 'train:objective_loss')?.Value ?? Number.NaN;

async function logOf(name: string): Promise<string> {
  const { events } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${name}/` }),
  );
  return (events ?? []).map(({ message }) => message).join('\n');
}

async function artifactOf({ ModelArtifacts }: DescribeTrainingJobCommandOutput): Promise<Uint8Array> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ModelArtifacts?.S3ModelArtifacts ?? '') ?? [];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

async function untilTraining(name: string): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    if (/epoch=\d+, train/.test(await logOf(name).catch(() => ''))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`Job ${name} has not trained an epoch in 30 s`);
}

test('A job goes on from the archive of an earlier one, powers and products included', async () => {
  const HyperParameters = { ...streamed, interactions: '0:1' };
  await begin('line', {});
  await begin('first', { HyperParameters });
  const first = await ended('first');
  assert.equal(first.TrainingJobStatus, 'Completed', first.FailureReason);
  assert.ok(lossOf(first) < lossOf(await ended('line')));
  const artifact = first.ModelArtifacts?.S3ModelArtifacts ?? '';
  const InputDataConfig = [train, channel('model', artifact, 'application/x-sagemaker-model')];
  await begin('second', { HyperParameters, InputDataConfig });
  const second = await ended('second');
  assert.equal(second.TrainingJobStatus, 'Completed', second.FailureReason);
  assert.ok(lossOf(second) < lossOf(first));
  await begin('other', { InputDataConfig });
  assert.equal(
    (await ended('other')).FailureReason,
    'ClientError: Training cannot start from the earlier model: it was trained with polynomial_degree 1 and interactions 0:1, but this job has polynomial_degree 1 and interactions none',
  );
});

test('A job that was stopped leaves its checkpoint, from which another goes on to the same bytes', async () => {
  // Some seconds of training, so that a stop after its first epochs comes long before its end on a busy machine too.
  const HyperParameters = { ...streamed, mini_batch_size: '32', epochs: '6000', early_stopping_patience: '6000' };
  const CheckpointConfig = { S3Uri: 's3://going-on/checkpoints/one' };
  await begin('cut', { HyperParameters, CheckpointConfig });
  await untilTraining('cut');
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'cut' }));
  const cut = await ended('cut');
  assert.equal(cut.TrainingJobStatus, 'Stopped', cut.FailureReason);
  assert.deepEqual(cut.CheckpointConfig, CheckpointConfig);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'going-on', Prefix: 'checkpoints/one/' }));
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['checkpoints/one/linear-learner.checkpoint'],
  );
  await begin('whole', { HyperParameters });
  await begin('rest', { HyperParameters, CheckpointConfig });
  const [whole, rest] = [await ended('whole'), await ended('rest')];
  assert.match(await logOf('rest'), /Training goes on from a checkpoint: epoch \d+/);
  assert.equal(rest.TrainingJobStatus, 'Completed', rest.FailureReason);
  assert.deepEqual(await artifactOf(rest), await artifactOf(whole));
});
