// The published AWS SDK for JavaScript against a whole server: training with XGBoost.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  CreateTrainingJobCommand,
  DescribeHyperParameterTuningJobCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import { readConfig, startServer } from '../../src/server/index.ts';

/** Rows whose label is a step of their first feature, beside a line; the second is missing now and then. */
const rows = Array.from({ length: 400 }, (_, i) => {
  const [a, b] = [((i * 37) % 101) / 101, ((i * 53) % 89) / 89];
  return `${a > 0.5 ? 3 : 1},${a},${i % 7 === 0 ? '' : b}\n`;
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
  await s3.send(new CreateBucketCommand({ Bucket: 'trees' }));
  await s3.send(new PutObjectCommand({ Bucket: 'trees', Key: 'train/rows.csv', Body: rows }));
  return { s3, sagemaker: new SageMakerClient(options) };
}

const channel = (name: string) => ({
  ChannelName: name,
  ContentType: 'text/csv',
  DataSource: {
    S3DataSource: {
      S3DataType: 'S3Prefix' as const,
      S3Uri: 's3://trees/train/',
      S3DataDistributionType: 'FullyReplicated' as const,
    },
  },
});

const job = (
  name: string,
  image: string,
  hyperparameters: Record<string, string>,
  mode: 'File' | 'FastFile' | 'Pipe' = 'File',
) =>
  new CreateTrainingJobCommand({
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::123456789012:role/Role',
    AlgorithmSpecification: {
      TrainingImage: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${image}`,
      TrainingInputMode: mode,
      MetricDefinitions: [
        { Name: 'as-shown', Regex: '.*\\[[0-9]+\\].*#011validation-rmse:(\\S+)' },
        { Name: 'as-printed', Regex: '\\[9\\]\\ttrain-rmse:(\\S+)\\t' },
      ],
    },
    HyperParameters: hyperparameters,
    InputDataConfig: [channel('train'), channel('validation')],
    OutputDataConfig: { S3OutputPath: 's3://trees/out' },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  });

test(
  'A training job of XGBoost completes with its metrics, under every name of the image',
  skipWithoutXgboost,
  async (t) => {
    const { s3, sagemaker } = await setUp(t, { LINNET_XGBOOST_LIBRARY: testLibrary! });
    for (const [at, image] of [
      'sagemaker-xgboost:3.0-5',
      'sagemaker-xgboost:1.7-1-cpu-py3',
      'xgboost:latest',
    ].entries()) {
      const name = `trees-${at}`;
      const mode = (['File', 'Pipe', 'FastFile'] as const)[at]!;
      await sagemaker.send(job(name, image, { num_round: '10', objective: 'reg:linear' }, mode));
      const waited = await waitUntilTrainingJobCompletedOrStopped(
        { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
        { TrainingJobName: name },
      );
      const described = waited.reason as DescribeTrainingJobCommandOutput;
      assert.equal(described.TrainingJobStatus, 'Completed', described.FailureReason);
      const metrics = Object.fromEntries(
        (described.FinalMetricDataList ?? []).map(({ MetricName, Value }) => [MetricName, Value]),
      );
      assert.deepEqual(Object.keys(metrics).sort(), ['as-printed', 'as-shown', 'train:rmse', 'validation:rmse']);
      assert.ok(metrics['validation:rmse']! < 0.1);
      assert.equal(metrics['as-shown'], metrics['validation:rmse']);
      const listed = described.AlgorithmSpecification?.MetricDefinitions ?? [];
      assert.ok(listed.some(({ Name }) => Name === 'validation:auc'));
      assert.equal(described.ModelArtifacts?.S3ModelArtifacts, `s3://trees/out/${name}/output/model.tar.gz`);
      const artifact = await s3.send(new GetObjectCommand({ Bucket: 'trees', Key: `out/${name}/output/model.tar.gz` }));
      assert.ok(artifact.ContentLength! > 1000);
    }
    await assert.rejects(
      sagemaker.send(job('wrong', 'sagemaker-xgboost:3.0-5', { num_round: '0', objective: 'binary:logit', eta: '3' })),
      /ValidationException.*3 hyperparameters are wrong: num_round must be an integer of at least 1/,
    );
  },
);

test(
  'A tuning job of XGBoost searches its hyperparameters, and Hyperband cuts trials short',
  skipWithoutXgboost,
  async (t) => {
    const { sagemaker } = await setUp(t, { LINNET_XGBOOST_LIBRARY: testLibrary! });
    const { AlgorithmSpecification, RoleArn, InputDataConfig, OutputDataConfig, ResourceConfig, StoppingCondition } =
      job('x', 'sagemaker-xgboost:3.0-5', {}).input;
    await sagemaker.send(
      new CreateHyperParameterTuningJobCommand({
        HyperParameterTuningJobName: 'forest',
        HyperParameterTuningJobConfig: {
          Strategy: 'Hyperband',
          HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation:rmse' },
          ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
          ParameterRanges: {
            ContinuousParameterRanges: [{ Name: 'eta', MinValue: '0.01', MaxValue: '0.5', ScalingType: 'Logarithmic' }],
            IntegerParameterRanges: [{ Name: 'max_depth', MinValue: '1', MaxValue: '6' }],
          },
        },
        TrainingJobDefinition: {
          AlgorithmSpecification: { ...AlgorithmSpecification, TrainingInputMode: 'File' },
          RoleArn,
          InputDataConfig,
          OutputDataConfig,
          ResourceConfig,
          StoppingCondition,
          // The greatest resource is taken from here.
          StaticHyperParameters: { num_round: '30', objective: 'reg:squarederror' },
        },
      }),
    );
    const describe = new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'forest' });
    let tuned = await sagemaker.send(describe);
    while (tuned.HyperParameterTuningJobStatus === 'InProgress') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      tuned = await sagemaker.send(describe);
    }
    assert.equal(tuned.HyperParameterTuningJobStatus, 'Completed', tuned.FailureReason);
    const { Completed = 0, Stopped = 0 } = tuned.TrainingJobStatusCounters ?? {};
    assert.equal(Completed + Stopped, 4);
    assert.ok(Completed > 0);
    assert.equal(tuned.ObjectiveStatusCounters?.Succeeded, 4);
    const best = tuned.BestTrainingJob;
    assert.ok(best!.FinalHyperParameterTuningJobObjectiveMetric!.Value! < 0.8);
    assert.deepEqual(Object.keys(best?.TunedHyperParameters ?? {}).sort(), ['eta', 'max_depth']);
  },
);

test('Without the library CreateTrainingJob says what to type, and nothing else is touched', async (t) => {
  const { sagemaker } = await setUp(t, {});
  await assert.rejects(sagemaker.send(job('none', 'xgboost:1', { num_round: '1' })), /linnet image add xgboost/);
  await assert.rejects(sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'none' })), /not found/i);
});
