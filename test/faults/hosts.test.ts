// Programs of a job on several hosts are killed at random moments: the job goes on from its checkpoint and leaves the same model.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import { seededRandom } from '../../src/learners/index.ts';
import { readConfig, startServer } from '../../src/server/index.ts';

const kills = Number(process.env.LINNET_CRASH_CYCLES ?? 2);
const seed = Number(process.env.LINNET_SEED ?? 1);
const skip = process.platform === 'linux' ? skipWithoutXgboost : { skip: 'only Linux has an address for each host' };

/** A part of the rows: the label is a step of the first feature and a slope of the second. */
const part = (from: number): string =>
  Array.from({ length: 500 }, (_, i) => {
    const [a, b, c] = [37, 53, 71].map((step) => (((from + i) * step) % 997) / 997) as [number, number, number];
    return `${(a > 0.5 ? 3 : 1) + b * c},${a},${b},${c}\n`;
  }).join('');

test(`A job on three hosts survives ${kills} kills`, { ...skip, timeout: 240_000 + kills * 30_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-hosts-'));
  const environment = { LINNET_XGBOOST_LIBRARY: testLibrary! };
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, environment));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const [s3, sagemaker, logs] = [
    new S3Client(options),
    new SageMakerClient(options),
    new CloudWatchLogsClient(options),
  ];
  await s3.send(new CreateBucketCommand({ Bucket: 'hosts' }));
  for (let at = 0; at < 5; at++)
    await s3.send(new PutObjectCommand({ Bucket: 'hosts', Key: `train/${at}.csv`, Body: part(500 * at) }));

  const create = (name: string) =>
    sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName: name,
        RoleArn: 'arn:aws:iam::123456789012:role/Role',
        AlgorithmSpecification: { TrainingImage: 'sagemaker-xgboost:3.0-5', TrainingInputMode: 'File' },
        HyperParameters: { num_round: '200', eta: '0.05', max_depth: '6', nthread: '1' },
        InputDataConfig: [
          {
            ChannelName: 'train',
            ContentType: 'text/csv',
            DataSource: {
              S3DataSource: {
                S3DataType: 'S3Prefix',
                S3Uri: 's3://hosts/train/',
                S3DataDistributionType: 'ShardedByS3Key',
              },
            },
          },
        ],
        OutputDataConfig: { S3OutputPath: 's3://hosts/out' },
        CheckpointConfig: { S3Uri: `s3://hosts/checkpoints/${name}` },
        ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 3, VolumeSizeInGB: 10 },
        RetryStrategy: { MaximumRetryAttempts: 30 },
        StoppingCondition: { MaxRuntimeInSeconds: 600 },
      }),
    );
  const ended = async (name: string) => {
    const settings = { client: sagemaker, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
    const { reason } = await waitUntilTrainingJobCompletedOrStopped(settings, { TrainingJobName: name });
    const job = reason as DescribeTrainingJobCommandOutput;
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'hosts', Key: `out/${name}/output/model.tar.gz` }));
    return { job, model: Buffer.from(await Body!.transformToByteArray()) };
  };
  /** The process of a host's program. */
  const processOf = async (host: string): Promise<number> => {
    for (;;) {
      const root = readdirSync(join(folder, 'programs/jobs')).find((name) => name.endsWith(`-${host}`));
      try {
        const note = readFileSync(join(folder, 'programs/jobs', root!, '.linnet-program.json'), 'utf8');
        return (JSON.parse(note) as { pid: number }).pid;
      } catch {
        await sleep(10);
      }
    }
  };

  await create('whole');
  const whole = await ended('whole');
  const { logStreams = [] } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: 'whole/' }),
  );
  const hosts = logStreams.map(({ logStreamName = '' }) => /^whole\/(algo-\d+)-\d+$/.exec(logStreamName)?.[1]);
  assert.deepEqual(hosts.sort(), ['algo-1', 'algo-2', 'algo-3']);
  const [rmse] = whole.job.FinalMetricDataList ?? [];
  assert.equal(rmse?.MetricName, 'train:rmse');
  assert.ok(rmse.Value! < 0.2);

  const random = seededRandom(seed);
  let begunAgain = 0;
  for (let kill = 0; kill < kills; kill++) {
    const name = `killed-${kill}`;
    await create(name);
    const pid = await processOf(`algo-${1 + Math.floor(random() * 3)}`);
    await sleep(random() * 1_500);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The job was quicker.
    }
    const { job, model } = await ended(name);
    begunAgain += (job.SecondaryStatusTransitions ?? []).filter(({ Status }) => Status === 'Restarting').length;
    assert.ok(model.equals(whole.model), `seed ${seed}, kill ${kill}: another model`);
  }
  t.diagnostic(`${kills} kills, ${begunAgain} jobs began again`);
});
