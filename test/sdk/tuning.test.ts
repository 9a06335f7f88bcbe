// Hyperparameter tuning through the published AWS SDK for JavaScript, with the Linear Learner.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  type CreateHyperParameterTuningJobCommandInput,
  DeleteHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  type DescribeHyperParameterTuningJobCommandOutput,
  DescribeTrainingJobCommand,
  type HyperParameterTrainingJobDefinition,
  type HyperParameterTuningJobConfig,
  paginateListHyperParameterTuningJobs,
  paginateListTrainingJobsForHyperParameterTuningJob,
  ResourceInUse,
  ResourceNotFound,
  SageMakerClient,
  SageMakerServiceException,
  StopHyperParameterTuningJobCommand,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const samples = { Bucket: 'sagemaker-example-files-prod-us-east-1', Key: 'datasets/tabular/breast_cancer/wdbc.csv' };

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-tuning-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  const table = await s3.send(new GetObjectCommand(samples));
  const rows = ((await table.Body?.transformToString()) ?? '')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','))
    .map(([, diagnosis, ...features]) => [diagnosis === 'M' ? '1' : '0', ...features].join(','));
  await s3.send(new CreateBucketCommand({ Bucket: 'tuning-test' }));
  for (const [name, matches] of [
    ['train', (row: number) => row % 5 > 0],
    ['validation', (row: number) => row % 5 === 0],
  ] as const) {
    const Body = rows.filter((_, row) => matches(row)).join('\n');
    await s3.send(new PutObjectCommand({ Bucket: 'tuning-test', Key: `${name}/rows.csv`, Body }));
  }
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const channel = (name: string) => ({
  ChannelName: name,
  ContentType: 'text/csv',
  DataSource: {
    S3DataSource: {
      S3DataType: 'S3Prefix' as const,
      S3Uri: `s3://tuning-test/${name}/`,
      S3DataDistributionType: 'FullyReplicated' as const,
    },
  },
});

function tuningJob(
  name: string,
  config: Partial<HyperParameterTuningJobConfig> = {},
  definition: Partial<HyperParameterTrainingJobDefinition> = {},
): CreateHyperParameterTuningJobCommandInput {
  return {
    HyperParameterTuningJobName: name,
    HyperParameterTuningJobConfig: {
      Strategy: 'Bayesian',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation:objective_loss' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
      ParameterRanges: {
        ContinuousParameterRanges: [
          { Name: 'wd', MinValue: '1e-7', MaxValue: '1', ScalingType: 'Logarithmic' },
          { Name: 'learning_rate', MinValue: '1e-3', MaxValue: '1', ScalingType: 'Auto' },
        ],
        IntegerParameterRanges: [{ Name: 'mini_batch_size', MinValue: '100', MaxValue: '200', ScalingType: 'Linear' }],
        CategoricalParameterRanges: [{ Name: 'use_bias', Values: ['true', 'false'] }],
      },
      RandomSeed: 1,
      ...config,
    },
    TrainingJobDefinition: {
      AlgorithmSpecification: {
        TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
      InputDataConfig: [channel('train'), channel('validation')],
      OutputDataConfig: { S3OutputPath: 's3://tuning-test/output' },
      HyperParameterTuningResourceConfig: { InstanceType: 'ml.c4.xlarge', InstanceCount: 1, VolumeSizeInGB: 5 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      // As in Amazon's service, one model is trained although this says more.
      StaticHyperParameters: { predictor_type: 'binary_classifier', epochs: '3', num_models: '8' },
      ...definition,
    },
  };
}

const describe = (name: string) =>
  sagemaker.send(new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }));

async function untilEnded(name: string): Promise<DescribeHyperParameterTuningJobCommandOutput> {
  for (;;) {
    const job = await describe(name);
    if (!['InProgress', 'Stopping'].includes(job.HyperParameterTuningJobStatus ?? '')) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('A tuning job of the Linear Learner finds its best model and keeps it', async () => {
  const { HyperParameterTuningJobArn: arn } = await sagemaker.send(
    new CreateHyperParameterTuningJobCommand(tuningJob('tune')),
  );
  assert.equal(arn, 'arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/tune');
  const job = await untilEnded('tune');
  assert.equal(job.HyperParameterTuningJobStatus, 'Completed', job.FailureReason);
  assert.equal(job.TrainingJobStatusCounters?.Completed, 4);
  const best = job.BestTrainingJob;
  const objectives: number[] = [];
  const pages = paginateListTrainingJobsForHyperParameterTuningJob(
    { client: sagemaker, pageSize: 3 },
    { HyperParameterTuningJobName: 'tune', SortBy: 'FinalObjectiveMetricValue', SortOrder: 'Ascending' },
  );
  for await (const { TrainingJobSummaries = [] } of pages)
    for (const { FinalHyperParameterTuningJobObjectiveMetric: final } of TrainingJobSummaries)
      objectives.push(final?.Value ?? Number.NaN);
  assert.equal(objectives.length, 4);
  assert.equal(best?.FinalHyperParameterTuningJobObjectiveMetric?.Value, objectives[0]);
  assert.deepEqual(
    objectives,
    [...objectives].sort((left, right) => left - right),
  );
  const training = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: best?.TrainingJobName }));
  assert.equal(training.TuningJobArn, arn);
  assert.equal(training.HyperParameters?.wd, best?.TunedHyperParameters?.wd);
  const metric = training.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'validation:objective_loss');
  assert.equal(metric?.Value, objectives[0]);
  const Key = training.ModelArtifacts?.S3ModelArtifacts?.replace('s3://tuning-test/', '');
  assert.ok((await s3.send(new HeadObjectCommand({ Bucket: 'tuning-test', Key }))).ContentLength);
});

test('A described definition can be tuned again, and tuning jobs are listed', async () => {
  const { TrainingJobDefinition, HyperParameterTuningJobConfig } = await describe('tune');
  await sagemaker.send(
    new CreateHyperParameterTuningJobCommand({
      HyperParameterTuningJobName: 'tune-again',
      HyperParameterTuningJobConfig,
      TrainingJobDefinition,
      WarmStartConfig: {
        WarmStartType: 'TransferLearning',
        ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'tune' }],
      },
    }),
  );
  await sagemaker.send(new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'tune-again' }));
  assert.equal((await untilEnded('tune-again')).HyperParameterTuningJobStatus, 'Stopped');
  const names: (string | undefined)[] = [];
  const pages = paginateListHyperParameterTuningJobs(
    { client: sagemaker, pageSize: 1 },
    { SortBy: 'Name', SortOrder: 'Ascending' },
  );
  for await (const { HyperParameterTuningJobSummaries = [] } of pages)
    names.push(
      ...HyperParameterTuningJobSummaries.map(({ HyperParameterTuningJobName }) => HyperParameterTuningJobName),
    );
  assert.deepEqual(names, ['tune', 'tune-again']);
  await sagemaker.send(new DeleteHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'tune-again' }));
  await assert.rejects(describe('tune-again'), ResourceNotFound);
});

test('What Amazon refuses of a built-in algorithm is refused', async () => {
  const refused = async (input: CreateHyperParameterTuningJobCommandInput, says: RegExp) =>
    assert.rejects(sagemaker.send(new CreateHyperParameterTuningJobCommand(input)), (error: Error) => {
      assert.ok(error instanceof SageMakerServiceException);
      assert.equal(error.name, 'ValidationException');
      assert.match(error.message, says);
      return true;
    });
  const range = (Name: string, MinValue: string, MaxValue: string) => ({
    ParameterRanges: { ContinuousParameterRanges: [{ Name, MinValue, MaxValue }] },
  });
  const objective = (MetricName: string, Type: 'Maximize' | 'Minimize' = 'Minimize') => ({
    HyperParameterTuningJobObjective: { MetricName, Type },
  });
  await refused(
    tuningJob('x', range('epochs', '1', '9')),
    /"epochs" is not a tunable hyperparameter of this algorithm; those are: wd, l1/,
  );
  await refused(
    tuningJob('x', range('mini_batch_size', '1', '9')),
    /"mini_batch_size" is an integer; give it a range in IntegerParameterRanges/,
  );
  await refused(tuningJob('x', range('wd', '-1', '1')), /wd must be auto or a number of at least 0, not "-1"/);
  await refused(
    tuningJob('x', objective('validation:loss')),
    /"validation:loss" is not an objective metric of this algorithm/,
  );
  await refused(
    tuningJob('x', objective('validation:objective_loss', 'Maximize')),
    /is to be tuned with Type Minimize, not Maximize/,
  );
  await refused(
    tuningJob('x', objective('validation:mse')),
    /validation:mse is for predictor_type regressor, not for binary_classifier/,
  );
  await refused(
    tuningJob('x', {}, { InputDataConfig: [channel('train')] }),
    /validation:objective_loss is measured on channel "validation", which is missing/,
  );
  // What the service model says is checked first, in Amazon's words.
  await refused(
    tuningJob('x'.repeat(33)),
    /Value 'x{33}' at 'hyperParameterTuningJobName' failed to satisfy constraint: Member must have length/,
  );
  await assert.rejects(sagemaker.send(new CreateHyperParameterTuningJobCommand(tuningJob('tune'))), ResourceInUse);
});
