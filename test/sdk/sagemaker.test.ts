// The published AWS SDK for JavaScript against a whole server: what a program does with jobs, endpoints and logs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTagsCommand,
  paginateListTrainingJobs,
  ResourceInUse,
  SageMakerClient,
  SageMakerServiceException,
  StopTrainingJobCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointCommand,
  ModelError,
  SageMakerRuntimeClient,
  ValidationError,
} from '@aws-sdk/client-sagemaker-runtime';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const samples = 'sagemaker-example-files-prod-us-east-1';

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let logs: CloudWatchLogsClient;
/** Rows of the breast-cancer table: label, then 30 features. */
let rows: string[][];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  logs = new CloudWatchLogsClient(options);
  const table = await s3.send(
    new GetObjectCommand({ Bucket: samples, Key: 'datasets/tabular/breast_cancer/wdbc.csv' }),
  );
  const lines = ((await table.Body?.transformToString()) ?? '').trim().split('\n');
  rows = lines
    .map((line) => line.trim().split(','))
    .map(([, diagnosis, ...features]) => [diagnosis === 'M' ? '1' : '0', ...features]);
  await s3.send(new CreateBucketCommand({ Bucket: 'sdk-test' }));
  await s3.send(
    new PutObjectCommand({
      Bucket: 'sdk-test',
      Key: 'train/rows.csv',
      Body: rows.map((row) => row.join(',')).join('\n'),
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'sdk-test', Key: 'broken/rows.csv', Body: '1,2,3\n0,2,x\n' }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const channel = (name: string, uri: string) => ({
  ChannelName: name,
  ContentType: 'text/csv',
  DataSource: {
    S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: uri, S3DataDistributionType: 'FullyReplicated' as const },
  },
});

const job = (name: string, more: Partial<CreateTrainingJobCommandInput> = {}): CreateTrainingJobCommandInput => ({
  TrainingJobName: name,
  RoleArn: role,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.2xlarge', VolumeSizeInGB: 10 },
  InputDataConfig: [channel('train', 's3://sdk-test/train/'), channel('validation', 's3://sdk-test/train/')],
  OutputDataConfig: { S3OutputPath: 's3://sdk-test/output/' },
  HyperParameters: {
    feature_dim: '30',
    mini_batch_size: '100',
    predictor_type: 'binary_classifier',
    epochs: '3',
    num_models: '4',
  },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  ...more,
});

const untilEnded = (name: string) =>
  waitUntilTrainingJobCompletedOrStopped(
    { client: sagemaker, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 } as never,
    { TrainingJobName: name },
  );
const failure = async (work: Promise<unknown>): Promise<SageMakerServiceException> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof SageMakerServiceException, String(thrown));
  return thrown;
};

test('A program trains, follows the log, deploys, predicts and cleans up', async () => {
  const { TrainingJobArn } = await sagemaker.send(
    new CreateTrainingJobCommand(job('Demo-linear', { Tags: [{ Key: 'team', Value: 'birds' }] })),
  );
  assert.equal(TrainingJobArn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/demo-linear');
  await untilEnded('Demo-linear');
  const trained = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'Demo-linear' }));
  assert.equal(trained.TrainingJobStatus, 'Completed', trained.FailureReason);
  assert.equal(trained.ModelArtifacts?.S3ModelArtifacts, 's3://sdk-test/output/Demo-linear/output/model.tar.gz');
  assert.ok(trained.TrainingEndTime instanceof Date);
  const metrics = new Map(trained.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value]));
  assert.ok((metrics.get('validation:binary_classification_accuracy') ?? 0) > 0.9);
  assert.ok((metrics.get('validation:roc_auc_score') ?? 0) > 0.9);
  assert.ok((metrics.get('train:roc_auc_score') ?? 0) > 0.9);
  const definitions = trained.AlgorithmSpecification?.MetricDefinitions ?? [];
  assert.equal(definitions.length, 40, 'as many as a request may hold');
  const accuracy = definitions.find(({ Name }) => Name === 'validation:binary_classification_accuracy');
  assert.equal(
    accuracy?.Regex,
    String.raw`#quality_metric: host=\S+, validation binary_classification_accuracy <score>=(\S+)`,
  );

  const group = { logGroupName: '/aws/sagemaker/TrainingJobs' };
  const { logStreams = [], nextToken } = await logs.send(
    new DescribeLogStreamsCommand({
      ...group,
      logStreamNamePrefix: 'Demo-linear/',
      orderBy: 'LogStreamName',
      limit: 1,
    }),
  );
  assert.equal(nextToken, undefined);
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ ...group, logStreamName: logStreams[0]?.logStreamName, startFromHead: true }),
  );
  assert.ok(events.some(({ message }) => message?.includes('#quality_metric')));

  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'Demo',
      PrimaryContainer: { Image: image, ModelDataUrl: trained.ModelArtifacts?.S3ModelArtifacts },
      ExecutionRoleArn: role,
    }),
  );
  const model = await sagemaker.send(new DescribeModelCommand({ ModelName: 'demo' }));
  assert.deepEqual(
    [model.ModelName, model.PrimaryContainer?.Mode, model.ExecutionRoleArn],
    ['Demo', 'SingleModel', role],
  );
  const variant = {
    VariantName: 'AllTraffic',
    ModelName: 'Demo',
    InitialInstanceCount: 1,
    InstanceType: 'ml.m4.xlarge',
  } as const;
  await sagemaker.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: 'demo-config', ProductionVariants: [variant] }),
  );
  const config = await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'demo-config' }));
  assert.deepEqual(
    [config.ProductionVariants?.[0]?.ModelName, config.ProductionVariants?.[0]?.InitialVariantWeight],
    ['Demo', 1],
  );
  await sagemaker.send(
    new CreateEndpointCommand({ EndpointName: 'demo-endpoint', EndpointConfigName: 'demo-config', Tags: [] }),
  );
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 } as never, {
    EndpointName: 'demo-endpoint',
  });

  const csv = rows
    .slice(0, 57)
    .map((row) => row.slice(1).join(','))
    .join('\n');
  const answer = await runtime.send(
    new InvokeEndpointCommand({ EndpointName: 'demo-endpoint', ContentType: 'text/csv', Body: csv }),
  );
  const { predictions } = JSON.parse(Buffer.from(answer.Body).toString()) as {
    predictions: { predicted_label: number }[];
  };
  assert.equal(predictions.length, 57);
  const right = predictions.filter(({ predicted_label }, index) => predicted_label === Number(rows[index]?.[0])).length;
  assert.ok(right > 50, `${right} of 57 are right`);
  assert.equal(answer.InvokedProductionVariant, 'AllTraffic');

  const refused = await runtime
    .send(new InvokeEndpointCommand({ EndpointName: 'demo-endpoint', ContentType: 'text/csv', Body: '1,2,3' }))
    .catch((cause: unknown) => cause);
  assert.ok(refused instanceof ModelError);
  assert.equal(refused.OriginalStatusCode, 400);
  assert.match(refused.OriginalMessage ?? '', /feature dimension of the input: 3 .* model: 30/);
  assert.match(refused.message, /^Received client error \(400\) from primary with message "/);

  await sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'demo-endpoint',
      DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredInstanceCount: 2 }],
    }),
  );
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 } as never, {
    EndpointName: 'demo-endpoint',
  });
  const { ProductionVariants } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'demo-endpoint' }));
  assert.equal(ProductionVariants?.[0]?.CurrentInstanceCount, 2);
  const pages = paginateFilterLogEvents(
    { client: logs },
    { logGroupName: '/aws/sagemaker/Endpoints/demo-endpoint', logStreamNamePrefix: 'AllTraffic/' },
  );
  let lines = 0;
  for await (const page of pages) lines += page.events?.length ?? 0;
  assert.ok(lines >= 2);

  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'demo-endpoint' }));
  await waitUntilEndpointDeleted({ client: sagemaker, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 } as never, {
    EndpointName: 'demo-endpoint',
  });
  assert.equal((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints?.length, 0);
  const gone = await runtime
    .send(new InvokeEndpointCommand({ EndpointName: 'demo-endpoint', Body: 'x' }))
    .catch((cause: unknown) => cause);
  assert.ok(gone instanceof ValidationError);
  assert.equal(gone.message, 'Endpoint demo-endpoint of account 000000000000 not found.');
  await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'demo-config' }));
  await sagemaker.send(new DeleteModelCommand({ ModelName: 'Demo' }));
  assert.equal((await sagemaker.send(new ListModelsCommand({}))).Models?.length, 0);
});

test('Wrong hyperparameters are all named before anything runs', async () => {
  const { name, message } = await failure(
    sagemaker.send(
      new CreateTrainingJobCommand(
        job('wrong', { HyperParameters: { predictor_type: 'regresor', epochs: '0', colour: 'red' } }),
      ),
    ),
  );
  assert.equal(name, 'ValidationException');
  for (const part of ['predictor_type', 'epochs', 'colour']) assert.ok(message.includes(part), message);
  const missing = await failure(sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'wrong' })));
  assert.equal(missing.message, 'Requested resource not found.');
});

test('A broken cell fails the job with its file, row and column', async () => {
  const HyperParameters = { predictor_type: 'regressor', mini_batch_size: '1', epochs: '1', num_models: '1' };
  await sagemaker.send(
    new CreateTrainingJobCommand(
      job('broken', { HyperParameters, InputDataConfig: [channel('train', 's3://sdk-test/broken/')] }),
    ),
  );
  await untilEnded('broken').catch(() => undefined);
  const {
    TrainingJobStatus,
    FailureReason = '',
    ModelArtifacts,
  } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'broken' }));
  assert.equal(TrainingJobStatus, 'Failed');
  assert.match(FailureReason, /^ClientError: Row 2, column 3 of .*rows\.csv.*"x" is not a number$/);
  assert.equal(ModelArtifacts, undefined);
});

test('A job in progress can be stopped, and a name is taken until its job is deleted', async () => {
  const endless = {
    feature_dim: '30',
    predictor_type: 'regressor',
    epochs: '100000',
    num_models: '1',
    early_stopping_patience: '100000',
  };
  await sagemaker.send(
    new CreateTrainingJobCommand(
      job('endless', { HyperParameters: endless, InputDataConfig: [channel('train', 's3://sdk-test/train/')] }),
    ),
  );
  const taken = await failure(sagemaker.send(new CreateTrainingJobCommand(job('ENDLESS'))));
  assert.ok(taken instanceof ResourceInUse);
  assert.match(taken.message, /training-job\/endless\)$/);
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'endless' }));
  await untilEnded('endless');
  const stopped = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'endless' }));
  assert.deepEqual([stopped.TrainingJobStatus, stopped.SecondaryStatus], ['Stopped', 'Stopped']);
  const again = await failure(sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'endless' })));
  assert.equal(again.message, 'The request was rejected because the training job is in status Stopped.');
  await sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'endless' }));
  await failure(sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'endless' })));
});

test('Lists page through all jobs, and tags follow their resource', async () => {
  const names: string[] = [];
  for await (const page of paginateListTrainingJobs(
    { client: sagemaker, pageSize: 1 },
    { SortBy: 'Name', SortOrder: 'Ascending' },
  )) {
    names.push(...(page.TrainingJobSummaries ?? []).map(({ TrainingJobName }) => TrainingJobName ?? ''));
  }
  assert.deepEqual(names, ['broken', 'Demo-linear']);
  const ResourceArn = 'arn:aws:sagemaker:us-east-1:000000000000:training-job/demo-linear';
  await sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'cost', Value: '7' }] }));
  const { Tags } = await sagemaker.send(new ListTagsCommand({ ResourceArn }));
  assert.deepEqual(Tags, [
    { Key: 'team', Value: 'birds' },
    { Key: 'cost', Value: '7' },
  ]);
});

test("A boto3 waiter's poll is held until the job ends, boto3's other calls are answered at once", async () => {
  const boto3 = (features: string): SageMakerClient => {
    const client = new SageMakerClient({
      endpoint: server.address,
      region: server.region,
      credentials: server.credentials,
      maxAttempts: 1,
    });
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['user-agent'] = `Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux m/${features} cfg/retry-mode#legacy`;
        delete headers['x-amz-user-agent'];
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    return client;
  };
  const look = async (client: SageMakerClient) =>
    (await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'waited' }))).TrainingJobStatus;
  await sagemaker.send(new CreateTrainingJobCommand(job('waited')));
  assert.equal(await look(boto3('N,Z')), 'InProgress');
  assert.equal(await look(boto3('B,N,Z')), 'Completed');
});
