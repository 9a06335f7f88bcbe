// Pipelines whose server, or its store, fails in the middle of an execution.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreatePipelineCommand,
  DescribePipelineExecutionCommand,
  ListModelPackagesCommand,
  type PipelineExecutionStep,
  paginateListPipelineExecutionSteps,
  paginateListTrainingJobs,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-sagemaker';
import { testFaults } from './faulty-world.ts';
import { type Server, start } from './linnet-up.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const token = (text: string): string => text.padStart(32, '0');
const get = (text: string) => ({ Get: text });

const train = (name: string, bucket: string, dependsOn: string[] = []) => ({
  Name: name,
  Type: 'Training',
  DependsOn: dependsOn,
  Arguments: {
    AlgorithmSpecification: {
      TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
      TrainingInputMode: 'File',
    },
    InputDataConfig: [
      {
        ChannelName: 'train',
        ContentType: 'text/csv',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/train/` } },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
    ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    HyperParameters: { predictor_type: 'binary_classifier', epochs: '1' },
  },
});

/** Layers of training steps, each after all of the layer before, with a condition and a registration at the end. */
function pipeline(bucket: string, layers: number, width: number) {
  const names = (layer: number) => Array.from({ length: width }, (_, index) => `Train-${layer}-${index}`);
  const steps = Array.from({ length: layers }, (_, layer) =>
    names(layer).map((name) => train(name, bucket, layer === 0 ? [] : names(layer - 1))),
  ).flat();
  const last = names(layers - 1)[0];
  const register = {
    Name: 'Register',
    Type: 'RegisterModel',
    Arguments: {
      ModelPackageGroupName: 'group',
      InferenceSpecification: {
        Containers: [
          {
            Image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
            ModelDataUrl: get(`Steps.${last}.ModelArtifacts.S3ModelArtifacts`),
          },
        ],
        SupportedContentTypes: ['text/csv'],
        SupportedResponseMIMETypes: ['application/json'],
      },
    },
  };
  const condition = {
    Name: 'Done',
    Type: 'Condition',
    Arguments: {
      Conditions: [{ Type: 'Equals', LeftValue: get(`Steps.${last}.TrainingJobStatus`), RightValue: 'Completed' }],
      IfSteps: [register],
      ElseSteps: [],
    },
  };
  return {
    PipelineName: 'line',
    RoleArn: role,
    ClientRequestToken: token('create'),
    PipelineDefinition: JSON.stringify({ Version: '2020-12-01', Steps: [...steps, condition] }),
  };
}

const execution = { PipelineName: 'line', ClientRequestToken: token('start') };

/** Pauses are as good as none; limits of hours are never reached. */
const hurriedTimers = {
  after(delayMs: number, run: () => void) {
    const timer = delayMs > 60_000 ? undefined : setTimeout(run, 1);
    return () => clearTimeout(timer);
  },
};

testFaults(
  (when) => `A pipeline runs each step once although any one call of the store fails ${when} its effect`,
  {
    line: 'loss=1',
    callsMin: 40,
    timers: hurriedTimers,
    algorithms: () => [
      { repositories: [{ repository: 'linear-learner' }], commands: { train: ['fake'], serve: ['fake'] } },
    ],
  },
  async ({ put, patiently, fault }) => {
    await put({ 's3://data/train/a.csv': '1' });
    await patiently('CreatePipeline', pipeline('data', 1, 1));
    const { PipelineExecutionArn } = await patiently('StartPipelineExecution', execution);
    let state: any;
    do {
      await sleep(1);
      state = await patiently('DescribePipelineExecution', { PipelineExecutionArn });
    } while (state.PipelineExecutionStatus === 'Executing');
    const { PipelineExecutionSteps: steps } = await patiently('ListPipelineExecutionSteps', { PipelineExecutionArn });
    assert.equal(state.PipelineExecutionStatus, 'Succeeded', `${fault}: ${JSON.stringify(steps)}`);
    assert.equal(steps.length, 3, fault);
    assert.equal((await patiently('ListTrainingJobs', {})).TrainingJobSummaries.length, 1, fault);
    const packages = await patiently('ListModelPackages', { ModelPackageGroupName: 'group' });
    assert.equal(packages.ModelPackageSummaryList.length, 1, fault);
  },
);

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- faults/pipelines
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 3);

test(`kill -9 at ${cycles} random moments: a pipeline runs all its steps, each once`, {
  timeout: 90_000 + cycles * 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-pipelines-'));
  const layers = 3 + cycles;
  const width = 2;
  let server = await start(folder);
  try {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'crash' }));
    const rows = Array.from({ length: 100 }, (_, row) => [row % 2, randomInt(100), row].join(','));
    await server.s3.send(new PutObjectCommand({ Bucket: 'crash', Key: 'train/table.csv', Body: rows.join('\n') }));
    await server.sagemaker.send(new CreatePipelineCommand(pipeline('crash', layers, width)));
    const { PipelineExecutionArn } = await server.sagemaker.send(new StartPipelineExecutionCommand(execution));
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      // A job is given up when it loses its server three times, so one layer must have ended in between.
      while ((await succeeded(server, PipelineExecutionArn)) < (cycle - 1) * width) await sleep(20);
      await sleep(randomInt(400));
      const killed = once(server.child, 'close');
      server.child.kill('SIGKILL');
      await killed;
      server = await start(folder);
    }
    const { sagemaker } = server;
    const describe = new DescribePipelineExecutionCommand({ PipelineExecutionArn });
    let state = await sagemaker.send(describe);
    while (state.PipelineExecutionStatus === 'Executing') {
      await sleep(100);
      state = await sagemaker.send(describe);
    }
    const steps = await stepsOf(server, PipelineExecutionArn);
    const reasons = steps.map(({ FailureReason }) => FailureReason).filter((reason) => reason !== undefined);
    assert.equal(state.PipelineExecutionStatus, 'Succeeded', reasons.join('; '));
    const made: string[] = [];
    for await (const { TrainingJobSummaries = [] } of paginateListTrainingJobs(
      { client: sagemaker, pageSize: 100 },
      {},
    ))
      made.push(...TrainingJobSummaries.map(({ TrainingJobArn = '' }) => TrainingJobArn));
    const ran = steps.flatMap(({ Metadata }) => Metadata?.TrainingJob?.Arn ?? []);
    assert.equal(ran.length, layers * width);
    assert.deepEqual(made.sort(), ran.sort());
    const { ModelPackageSummaryList } = await sagemaker.send(
      new ListModelPackagesCommand({ ModelPackageGroupName: 'group' }),
    );
    assert.equal(ModelPackageSummaryList?.length, 1);
  } finally {
    server.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

async function stepsOf({ sagemaker }: Server, PipelineExecutionArn: string | undefined) {
  const steps: PipelineExecutionStep[] = [];
  const pages = paginateListPipelineExecutionSteps({ client: sagemaker, pageSize: 100 }, { PipelineExecutionArn });
  for await (const { PipelineExecutionSteps = [] } of pages) steps.push(...PipelineExecutionSteps);
  return steps;
}

const succeeded = async (server: Server, arn: string | undefined): Promise<number> =>
  (await stepsOf(server, arn)).filter(({ StepStatus }) => StepStatus === 'Succeeded').length;
