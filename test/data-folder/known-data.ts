// What the data folders in test/fixtures/data-folder hold: it is put into the folder of each release once, and found by every later one.
import assert from 'node:assert/strict';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { RunningServer } from '../../src/server/index.ts';

const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const rows = Array.from({ length: 60 }, (_, row) => [
  3 * (row % 7) - 2 * ((row * row) % 11) + 1,
  row % 7,
  (row * row) % 11,
]);
const large = 'large '.repeat(5000);
const name = { TrainingJobName: 'kept' };
const tag = { Key: 'team', Value: 'churn' };

const clientsOf = ({ address, region, credentials }: RunningServer) => {
  const options = { endpoint: address, region, credentials, forcePathStyle: true };
  return {
    s3: new S3Client(options),
    sagemaker: new SageMakerClient(options),
    runtime: new SageMakerRuntimeClient(options),
    logs: new CloudWatchLogsClient(options),
  };
};

/** Fills a server that was started on an empty folder. */
export async function putKnownData(server: RunningServer): Promise<void> {
  const { s3, sagemaker } = clientsOf(server);
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  const put = (Key: string, Body: string) =>
    s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body, Metadata: { of: Key }, Tagging: 'a=b' }));
  await put('train/rows.csv', rows.map((row) => row.join(',')).join('\n'));
  await put('large', large);
  const job = await sagemaker.send(
    new CreateTrainingJobCommand({
      ...name,
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      HyperParameters: { predictor_type: 'regressor' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://kept/train' } },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://kept/output' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      Tags: [tag],
    }),
  );
  assert.ok(job.TrainingJobArn);
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, maxWaitTime: 130 }, name);
  const { ModelArtifacts } = await sagemaker.send(new DescribeTrainingJobCommand(name));
  const variant = {
    VariantName: 'all',
    ModelName: 'kept',
    InitialInstanceCount: 1,
    InstanceType: 'ml.m5.large',
  } as const;
  const container = { Image: image, ModelDataUrl: ModelArtifacts!.S3ModelArtifacts! };
  await sagemaker.send(
    new CreateModelCommand({ ModelName: 'kept', ExecutionRoleArn: role, PrimaryContainer: container }),
  );
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'kept', ProductionVariants: [variant] }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'kept', EndpointConfigName: 'kept' }));
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 130 }, { EndpointName: 'kept' });
}

/** Asserts that a server has what was put, and that its endpoint answers as it did. */
export async function assertKnownData(server: RunningServer): Promise<void> {
  const { s3, sagemaker, runtime, logs } = clientsOf(server);
  const found = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'large' }));
  assert.equal(await found.Body!.transformToString(), large);
  assert.deepEqual([found.Metadata, found.TagCount], [{ of: 'large' }, 1]);
  const small = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'train/rows.csv' }));
  assert.equal((await small.Body!.transformToString()).split('\n').length, rows.length);
  const job = await sagemaker.send(new DescribeTrainingJobCommand(name));
  assert.deepEqual([job.TrainingJobStatus, job.FinalMetricDataList!.length > 0], ['Completed', true]);
  const { Tags } = await sagemaker.send(new ListTagsCommand({ ResourceArn: job.TrainingJobArn }));
  assert.deepEqual(Tags, [tag]);
  const group = '/aws/sagemaker/TrainingJobs';
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: group, logStreamNamePrefix: 'kept' }));
  assert.ok(events!.length > 0);
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 130 }, { EndpointName: 'kept' });
  const invoke = new InvokeEndpointCommand({ EndpointName: 'kept', ContentType: 'text/csv', Body: '2,5' });
  const { predictions } = JSON.parse((await runtime.send(invoke)).Body.transformToString());
  assert.ok(Math.abs(predictions[0].score - -3) < 0.01, String(predictions[0].score));
}
