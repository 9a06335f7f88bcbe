// The published AWS SDK for JavaScript against a whole server: the Linear Learner on several hosts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import { readConfig, startServer } from '../../src/server/index.ts';

const part = (from: number): string =>
  Array.from({ length: 100 }, (_, i) => {
    const [a, b] = [37, 53].map((step) => (((from + i) * step) % 101) / 101) as [number, number];
    return `${3 * a - b + 0.01 * ((i * 7) % 5)},${a},${b}\n`;
  }).join('');

async function setUp(t: TestContext, environment: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, environment));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const s3 = new S3Client(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'shares' }));
  for (let at = 0; at < 5; at++)
    await s3.send(new PutObjectCommand({ Bucket: 'shares', Key: `train/${at}.csv`, Body: part(100 * at) }));
  return { s3, sagemaker: new SageMakerClient(options), logs: new CloudWatchLogsClient(options) };
}

const job = (name: string, InstanceCount: number) =>
  new CreateTrainingJobCommand({
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::123456789012:role/Role',
    AlgorithmSpecification: {
      TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
      TrainingInputMode: 'FastFile',
    },
    HyperParameters: { predictor_type: 'regressor', epochs: '3' },
    InputDataConfig: [
      {
        ChannelName: 'train',
        ContentType: 'text/csv',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://shares/train/',
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: 's3://shares/out' },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  });

test(
  'The Linear Learner leaves the model of one host on two, with metrics and a log for each',
  skipWithoutXgboost,
  async (t) => {
    const { s3, sagemaker, logs } = await setUp(t, { LINNET_XGBOOST_LIBRARY: testLibrary! });
    const trained = async (count: number) => {
      const name = `on-${count}`;
      await sagemaker.send(job(name, count));
      const settings = { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
      const { reason } = await waitUntilTrainingJobCompletedOrStopped(settings, { TrainingJobName: name });
      const described = reason as DescribeTrainingJobCommandOutput;
      assert.equal(described.TrainingJobStatus, 'Completed', described.FailureReason);
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: 'shares', Key: `out/${name}/output/model.tar.gz` }),
      );
      const metrics = (described.FinalMetricDataList ?? [])
        .filter(({ MetricName }) => MetricName !== 'train:throughput')
        .map(({ MetricName, Value }) => [MetricName, Value]);
      return { model: Buffer.from(await Body!.transformToByteArray()), metrics };
    };
    const [one, two] = [await trained(1), await trained(2)];
    assert.ok(two.model.equals(one.model));
    assert.deepEqual(two.metrics, one.metrics);
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: 'on-2/algo-2-' }),
    );
    assert.ok(events.some(({ message = '' }) => message.includes('those of this one have been sent')));
  },
);

test('Without the library several hosts are refused with what to type, and one host is not', async (t) => {
  const { sagemaker } = await setUp(t, {});
  await assert.rejects(
    sagemaker.send(job('two', 2)),
    /ValidationException.*Several instances of the image linear-learner need the library xgboost, which has not been added; type: .*linnet image add xgboost/,
  );
  await sagemaker.send(job('one', 1));
});
