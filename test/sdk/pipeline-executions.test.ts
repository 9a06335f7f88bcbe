// SageMaker Pipelines through the published AWS SDK for JavaScript, with the Linear Learner.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ConflictException,
  CreatePipelineCommand,
  DeletePipelineCommand,
  DescribePipelineCommand,
  DescribePipelineExecutionCommand,
  DescribeTransformJobCommand,
  ListPipelineExecutionStepsCommand,
  type PipelineExecutionStep,
  paginateListPipelineExecutions,
  ResourceNotFound,
  SageMakerClient,
  SageMakerServiceException,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const RoleArn = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const get = (text: string) => ({ Get: text });

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-pipelines-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'pipelines' }));
  const rows = Array.from({ length: 200 }, (_, row) => `${row % 2},${(row % 2) + ((row * 7) % 11) / 20},${row % 5}`);
  await s3.send(new PutObjectCommand({ Bucket: 'pipelines', Key: 'train/rows.csv', Body: rows.join('\n') }));
  const bare = rows.map((row) => row.slice(2)).slice(0, 20);
  await s3.send(new PutObjectCommand({ Bucket: 'pipelines', Key: 'batch/rows.csv', Body: bare.join('\n') }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** Trains, makes a model where the loss is low enough, and transforms rows with it. */
const definition = {
  Version: '2020-12-01',
  Parameters: [
    { Name: 'LossMax', Type: 'Float', DefaultValue: 0.9 },
    { Name: 'Epochs', Type: 'Integer', DefaultValue: 2 },
  ],
  Steps: [
    {
      Name: 'Train',
      Type: 'Training',
      Arguments: {
        AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
        HyperParameters: { predictor_type: 'binary_classifier', epochs: get('Parameters.Epochs') },
        InputDataConfig: [
          {
            ChannelName: 'train',
            ContentType: 'text/csv',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://pipelines/train/' } },
          },
        ],
        OutputDataConfig: { S3OutputPath: 's3://pipelines/output' },
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      },
    },
    {
      Name: 'GoodEnough',
      Type: 'Condition',
      Arguments: {
        Conditions: [
          {
            Type: 'LessThanOrEqualTo',
            LeftValue: get("Steps.Train.FinalMetricDataList['train:objective_loss'].Value"),
            RightValue: get('Parameters.LossMax'),
          },
        ],
        IfSteps: [
          {
            Name: 'Model',
            Type: 'Model',
            Arguments: {
              PrimaryContainer: { Image: image, ModelDataUrl: get('Steps.Train.ModelArtifacts.S3ModelArtifacts') },
            },
          },
          {
            Name: 'Transform',
            Type: 'Transform',
            Arguments: {
              ModelName: get('Steps.Model.ModelName'),
              TransformInput: {
                ContentType: 'text/csv',
                SplitType: 'Line',
                DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://pipelines/batch/' } },
              },
              TransformOutput: {
                S3OutputPath: {
                  'Std:Join': { On: '/', Values: ['s3://pipelines/out', get('Execution.PipelineExecutionId')] },
                },
                AssembleWith: 'Line',
                Accept: 'text/csv',
              },
              TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
            },
          },
        ],
        ElseSteps: [{ Name: 'Stop', Type: 'Fail', Arguments: { ErrorMessage: 'The loss is too high' } }],
      },
    },
  ],
};

const create = (PipelineName: string, given: object = definition) =>
  sagemaker.send(new CreatePipelineCommand({ PipelineName, RoleArn, PipelineDefinition: JSON.stringify(given) }));

async function untilEnded(PipelineExecutionArn: string | undefined): Promise<string | undefined> {
  for (;;) {
    const { PipelineExecutionStatus: status } = await sagemaker.send(
      new DescribePipelineExecutionCommand({ PipelineExecutionArn }),
    );
    if (status !== 'Executing' && status !== 'Stopping') return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stepsOf(
  PipelineExecutionArn: string | undefined,
): Promise<Map<string | undefined, PipelineExecutionStep>> {
  const list = new ListPipelineExecutionStepsCommand({ PipelineExecutionArn, SortOrder: 'Ascending' });
  const { PipelineExecutionSteps = [] } = await sagemaker.send(list);
  return new Map(PipelineExecutionSteps.map((step) => [step.StepName, step]));
}

test('A pipeline trains, decides, and transforms rows with the model that it made', async () => {
  const { PipelineArn } = await create('Whole');
  assert.equal(PipelineArn, 'arn:aws:sagemaker:us-east-1:000000000000:pipeline/whole');
  const { PipelineExecutionArn } = await sagemaker.send(new StartPipelineExecutionCommand({ PipelineName: 'Whole' }));
  assert.equal(await untilEnded(PipelineExecutionArn), 'Succeeded');
  const steps = await stepsOf(PipelineExecutionArn);
  assert.deepEqual([...steps.keys()], ['Train', 'GoodEnough', 'Model', 'Transform']);
  assert.ok(steps.get('Train')?.EndTime instanceof Date);
  const job = steps.get('Transform')?.Metadata?.TransformJob?.Arn?.split('/')[1];
  const { ModelName } = await sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: job }));
  assert.equal(steps.get('Model')?.Metadata?.Model?.Arn?.split('/')[1], ModelName?.toLowerCase());
  const Key = `out/${PipelineExecutionArn?.split('/').at(-1)}/rows.csv.out`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'pipelines', Key }));
  assert.equal((await Body?.transformToString())?.trim().split('\n').length, 20);

  const high = await sagemaker.send(
    new StartPipelineExecutionCommand({
      PipelineName: 'Whole',
      PipelineParameters: [{ Name: 'LossMax', Value: '1e-9' }],
    }),
  );
  assert.equal(await untilEnded(high.PipelineExecutionArn), 'Failed');
  assert.equal((await stepsOf(high.PipelineExecutionArn)).get('Stop')?.FailureReason, 'The loss is too high');
  const arns: (string | undefined)[] = [];
  for await (const { PipelineExecutionSummaries = [] } of paginateListPipelineExecutions(
    { client: sagemaker, pageSize: 1 },
    { PipelineName: 'Whole' },
  ))
    arns.push(...PipelineExecutionSummaries.map((one) => one.PipelineExecutionArn));
  assert.deepEqual(arns, [high.PipelineExecutionArn, PipelineExecutionArn]);
});

test('Refusals are the errors that the SDK knows', async () => {
  await create('Long');
  const { PipelineExecutionArn } = await sagemaker.send(
    new StartPipelineExecutionCommand({
      PipelineName: 'Long',
      PipelineParameters: [{ Name: 'Epochs', Value: '100000' }],
    }),
  );
  const remove = new DeletePipelineCommand({ PipelineName: 'Long', ClientRequestToken: 'd'.repeat(32) });
  await assert.rejects(sagemaker.send(remove), ConflictException);
  await sagemaker.send(new StopPipelineExecutionCommand({ PipelineExecutionArn }));
  assert.equal(await untilEnded(PipelineExecutionArn), 'Stopped');
  await sagemaker.send(remove);
  await assert.rejects(sagemaker.send(new DescribePipelineCommand({ PipelineName: 'Long' })), ResourceNotFound);
  await assert.rejects(
    create('Wrong', { ...definition, Steps: [{ Name: 'a', Type: 'Callback', Arguments: {} }] }),
    (thrown: unknown) =>
      thrown instanceof SageMakerServiceException &&
      thrown.name === 'ValidationException' &&
      thrown.message.includes('Steps of type Callback are not offered by Linnet; do the work in a Processing step'),
  );
});
