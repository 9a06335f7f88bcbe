// The published AWS SDK for JavaScript against a whole server: experiments, trials and their components.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssociateTrialComponentCommand,
  CreateExperimentCommand,
  CreateTrainingJobCommand,
  CreateTrialCommand,
  CreateTrialComponentCommand,
  DeleteExperimentCommand,
  DeleteTrainingJobCommand,
  DeleteTrialCommand,
  DeleteTrialComponentCommand,
  DescribeExperimentCommand,
  DescribeTrialComponentCommand,
  DisassociateTrialComponentCommand,
  type ExperimentConfig,
  ListExperimentsCommand,
  ListTrialComponentsCommand,
  type ListTrialComponentsCommandInput,
  ListTrialsCommand,
  type ListTrialsCommandInput,
  ResourceNotFound,
  SageMakerClient,
  SearchCommand,
  UpdateExperimentCommand,
  UpdateTrialComponentCommand,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const TrainingImage = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-experiments-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  sagemaker = new SageMakerClient(options);
  const s3 = new S3Client(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'tried' }));
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 2},${i % 2 === 0 ? -1 - i : 1 + i}\n`).join('');
  await s3.send(new PutObjectCommand({ Bucket: 'tried', Key: 'train/rows.csv', Body: rows }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const createTrial = async (ExperimentName: string, TrialName: string): Promise<void> => {
  await sagemaker.send(new CreateTrialCommand({ ExperimentName, TrialName }));
};
const createComponent = (TrialComponentName: string) =>
  sagemaker.send(new CreateTrialComponentCommand({ TrialComponentName }));
const associate = (TrialName: string, TrialComponentName: string) =>
  sagemaker.send(new AssociateTrialComponentCommand({ TrialName, TrialComponentName }));
const describe = (TrialComponentName: string) =>
  sagemaker.send(new DescribeTrialComponentCommand({ TrialComponentName }));
const componentNames = async (input: ListTrialComponentsCommandInput) =>
  (await sagemaker.send(new ListTrialComponentsCommand(input))).TrialComponentSummaries?.map(
    ({ TrialComponentName }) => TrialComponentName,
  ).sort();
const trialNames = async (input: ListTrialsCommandInput) =>
  (await sagemaker.send(new ListTrialsCommand(input))).TrialSummaries?.map(({ TrialName }) => TrialName).sort();

test('An experiment is made, shown, changed and listed; its name is free once', async () => {
  const { ExperimentArn } = await sagemaker.send(
    new CreateExperimentCommand({ ExperimentName: 'Shown', Description: 'Why' }),
  );
  assert.match(ExperimentArn ?? '', /:experiment\/shown$/);
  await assert.rejects(sagemaker.send(new CreateExperimentCommand({ ExperimentName: 'shown' })), {
    name: 'ValidationException',
    message: /Experiment with name \(shown\) already exists/,
  });
  const update = { ExperimentName: 'shown', DisplayName: 'Better', Description: 'Because' };
  await sagemaker.send(new UpdateExperimentCommand(update));
  const shown = await sagemaker.send(new DescribeExperimentCommand({ ExperimentName: 'SHOWN' }));
  assert.equal(shown.ExperimentName, 'Shown');
  assert.deepEqual([shown.DisplayName, shown.Description], ['Better', 'Because']);
  const created = new ListExperimentsCommand({ CreatedAfter: new Date(Date.now() + 60_000) });
  assert.deepEqual((await sagemaker.send(created)).ExperimentSummaries, []);
  const [only] = (await sagemaker.send(new ListExperimentsCommand({}))).ExperimentSummaries ?? [];
  assert.deepEqual([only?.ExperimentName, only?.DisplayName], ['Shown', 'Better']);
  await assert.rejects(
    sagemaker.send(new DescribeExperimentCommand({ ExperimentName: 'absent' })),
    (thrown) => thrown instanceof ResourceNotFound && thrown.message === "Experiment 'absent' does not exist.",
  );
  await assert.rejects(createTrial('absent', 'x'), ResourceNotFound);
});

test('Trials and components are listed by what they belong to, and go from the parts to the whole', async () => {
  await sagemaker.send(new CreateExperimentCommand({ ExperimentName: 'tree' }));
  for (const name of ['tree-1', 'tree-2']) await createTrial('TREE', name);
  for (const name of ['leaf-1', 'leaf-2', 'leaf-3']) await createComponent(name);
  await associate('tree-1', 'leaf-1');
  await associate('tree-2', 'leaf-1');
  await associate('tree-2', 'leaf-2');
  assert.deepEqual(await trialNames({ ExperimentName: 'tree' }), ['tree-1', 'tree-2']);
  assert.deepEqual(await trialNames({ TrialComponentName: 'leaf-2' }), ['tree-2']);
  assert.deepEqual(await componentNames({ TrialName: 'tree-1' }), ['leaf-1']);
  assert.deepEqual(await componentNames({ ExperimentName: 'tree' }), ['leaf-1', 'leaf-2']);
  await assert.rejects(componentNames({ ExperimentName: 'tree', TrialName: 'tree-1' }), /Only one of/);

  const parents = { Name: 'Parents.TrialName', Operator: 'Equals', Value: 'tree-2' } as const;
  const found = await sagemaker.send(
    new SearchCommand({ Resource: 'ExperimentTrialComponent', SearchExpression: { Filters: [parents] } }),
  );
  assert.deepEqual(found.Results?.map(({ TrialComponent }) => TrialComponent?.TrialComponentName).sort(), [
    'leaf-1',
    'leaf-2',
  ]);

  const remove = {
    experiment: () => sagemaker.send(new DeleteExperimentCommand({ ExperimentName: 'tree' })),
    trial: (TrialName: string) => sagemaker.send(new DeleteTrialCommand({ TrialName })),
    component: (TrialComponentName: string) => sagemaker.send(new DeleteTrialComponentCommand({ TrialComponentName })),
  };
  await assert.rejects(remove.experiment(), /has 2 trials; delete them first/);
  await assert.rejects(remove.trial('tree-1'), /has 1 trial components/);
  await assert.rejects(remove.component('leaf-1'), /is part of 2 trials/);
  for (const [TrialName, TrialComponentName] of [
    ['tree-1', 'leaf-1'],
    ['tree-2', 'leaf-1'],
    ['tree-2', 'leaf-2'],
  ])
    await sagemaker.send(new DisassociateTrialComponentCommand({ TrialName, TrialComponentName }));
  for (const name of ['leaf-1', 'leaf-2', 'leaf-3']) await remove.component(name);
  for (const name of ['tree-1', 'tree-2']) await remove.trial(name);
  await remove.experiment();
  assert.deepEqual(await componentNames({}), []);
});

test('An update sets and removes parameters and artifacts one by one', async () => {
  const TrialComponentName = 'edited';
  const StartTime = new Date('2026-03-01T10:00:00Z');
  await sagemaker.send(
    new CreateTrialComponentCommand({
      TrialComponentName,
      StartTime,
      Parameters: { rate: { NumberValue: 0.1 }, gone: { StringValue: 'x' } },
      InputArtifacts: { data: { Value: 's3://a' } },
    }),
  );
  await sagemaker.send(
    new UpdateTrialComponentCommand({
      TrialComponentName,
      Status: { PrimaryStatus: 'Completed' },
      Parameters: { rate: { NumberValue: 0.2 }, kind: { StringValue: 'fast' } },
      ParametersToRemove: ['gone'],
      InputArtifactsToRemove: ['data'],
    }),
  );
  const shown = await describe(TrialComponentName);
  assert.deepEqual(shown.Parameters, { rate: { NumberValue: 0.2 }, kind: { StringValue: 'fast' } });
  assert.deepEqual(shown.InputArtifacts, {});
  assert.deepEqual(shown.StartTime, StartTime);
  assert.equal(shown.Status?.PrimaryStatus, 'Completed');
  const many = Object.fromEntries(Array.from({ length: 299 }, (_, i) => [`p${i}`, { NumberValue: i }]));
  const tooMany = new UpdateTrialComponentCommand({ TrialComponentName, Parameters: many });
  await assert.rejects(sagemaker.send(tooMany), /would have 301 Parameters; at most 300 are allowed/);
});

test('A job with an ExperimentConfig has a component that shows what the job is', async () => {
  await sagemaker.send(new CreateExperimentCommand({ ExperimentName: 'jobs' }));
  const train = (TrainingJobName: string, ExperimentConfig: ExperimentConfig) =>
    sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName,
        RoleArn: role,
        AlgorithmSpecification: { TrainingImage, TrainingInputMode: 'File' },
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
        InputDataConfig: [
          {
            ChannelName: 'train',
            ContentType: 'text/csv',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://tried/train/' } },
          },
        ],
        OutputDataConfig: { S3OutputPath: 's3://tried/output' },
        HyperParameters: { predictor_type: 'binary_classifier', num_models: '1', epochs: '3' },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        ExperimentConfig,
      }),
    );
  await assert.rejects(train('lost', { ExperimentName: 'absent' }), ResourceNotFound);
  const { TrainingJobArn } = await train('Tried', { ExperimentName: 'jobs', TrialComponentDisplayName: 'First' });
  await waitUntilTrainingJobCompletedOrStopped(
    { client: sagemaker, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.1 },
    { TrainingJobName: 'Tried' },
  );
  const shown = await describe('tried-aws-training-job');
  assert.deepEqual(shown.Source, { SourceArn: TrainingJobArn, SourceType: 'SageMakerTrainingJob' });
  assert.equal(shown.DisplayName, 'First');
  assert.equal(shown.Status?.PrimaryStatus, 'Completed');
  assert.deepEqual(shown.Parameters?.epochs, { NumberValue: 3 });
  assert.deepEqual(shown.Parameters?.['SageMaker.InstanceCount'], { NumberValue: 1 });
  assert.deepEqual(shown.InputArtifacts?.train, { MediaType: 'text/csv', Value: 's3://tried/train/' });
  assert.match(shown.OutputArtifacts?.['SageMaker.ModelArtifact']?.Value ?? '', /Tried\/output\/model.tar.gz$/);
  assert.ok((shown.Metrics?.length ?? 0) > 0);
  // Amazon makes a trial for a job that names its experiment only.
  assert.deepEqual(await trialNames({ ExperimentName: 'jobs' }), ['Tried-aws-trial']);
  assert.deepEqual(await componentNames({ SourceArn: TrainingJobArn }), ['Tried-aws-training-job']);
  // It outlives the job.
  await sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'Tried' }));
  const { $metadata: _, LastModifiedTime: _modified, ...after } = await describe('tried-aws-training-job');
  for (const [name, value] of Object.entries(after)) assert.deepEqual(value, shown[name as keyof typeof shown], name);
});
