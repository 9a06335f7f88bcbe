import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  ListTrainingJobsCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { trainingJob } from '../../src/services/testing/world.ts';
import { testFaults } from './faulty-world.ts';

const terminal = ['Completed', 'Failed', 'Stopped'];

testFaults(
  (when) => `A job completes once although any one call of the store fails ${when} its effect`,
  {
    line: 'trained',
    callsMin: 20,
    algorithms: () => [{ repositories: [{ repository: 'fake' }], commands: { train: ['fake'], serve: ['fake'] } }],
  },
  async ({ put, patiently, fault }) => {
    await put({ 's3://data/train/a.csv': '1' });
    await patiently('CreateTrainingJob', trainingJob('job'));
    let job: DescribeTrainingJobCommandOutput;
    do job = await patiently('DescribeTrainingJob', { TrainingJobName: 'job' }, { fromWaiter: true });
    while (!terminal.includes(job.TrainingJobStatus ?? ''));
    assert.equal(job.TrainingJobStatus, 'Completed', `${fault}: ${job.FailureReason}`);
    endsOnce(job);
  },
);

function endsOnce({ SecondaryStatusTransitions = [], TrainingJobName }: DescribeTrainingJobCommandOutput): void {
  const ends = SecondaryStatusTransitions.filter(({ Status }) =>
    [...terminal, 'MaxRuntimeExceeded'].includes(Status ?? ''),
  );
  assert.equal(ends.length, 1, `${TrainingJobName} ends once`);
  assert.equal(SecondaryStatusTransitions.at(-1), ends[0], `${TrainingJobName} ends last`);
}

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- faults/jobs
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 4);
const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));
const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';

interface Server {
  child: ChildProcess;
  s3: S3Client;
  sagemaker: SageMakerClient;
  runtime: SageMakerRuntimeClient;
}

test(`kill -9 at ${cycles} random moments: jobs end once, stopped ones stopped, and the endpoint serves again`, {
  timeout: 90_000 + cycles * 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-jobs-'));
  const jobs = new Set<string>();
  const stopped = new Set<string>();
  let server = await start(folder);
  try {
    await prepare(server, jobs);
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const work = submit(server, cycle, jobs, stopped).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, randomInt(10, 1_200)));
      server.child.kill('SIGKILL');
      await work;
      server = await start(folder);
      for (const name of jobs) await server.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
      await serves(server);
    }
    await serves(server);
    await everyJobEnds(server, jobs, stopped);
  } finally {
    server.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

/** A trained model behind an endpoint in service. */
async function prepare(server: Server, jobs: Set<string>): Promise<void> {
  const { s3, sagemaker } = server;
  await s3.send(new CreateBucketCommand({ Bucket: 'crash' }));
  const table = Array.from({ length: 100 }, () => [randomInt(2), randomInt(100), randomInt(100)].join(',')).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'crash', Key: 'train/table.csv', Body: table }));
  await sagemaker.send(new CreateTrainingJobCommand(job('first')));
  jobs.add('first');
  await everyJobEnds(server, jobs, new Set());
  const { ModelArtifacts } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'first' }));
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'model',
      PrimaryContainer: { Image: image, ModelDataUrl: ModelArtifacts?.S3ModelArtifacts },
      ExecutionRoleArn: role,
    }),
  );
  const variant = {
    VariantName: 'AllTraffic',
    ModelName: 'model',
    InitialInstanceCount: 1,
    InstanceType: 'ml.m4.xlarge',
  } as const;
  await sagemaker.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: 'config', ProductionVariants: [variant] }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'endpoint', EndpointConfigName: 'config' }));
}

const job = (name: string) => ({
  TrainingJobName: name,
  RoleArn: role,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' as const },
  ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge' as const, VolumeSizeInGB: 1 },
  InputDataConfig: [
    {
      ChannelName: 'train',
      ContentType: 'text/csv',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: 's3://crash/train/' } },
    },
  ],
  OutputDataConfig: { S3OutputPath: 's3://crash/output' },
  HyperParameters: { predictor_type: 'binary_classifier', epochs: '2', num_models: '2' },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
});

async function submit({ sagemaker }: Server, cycle: number, jobs: Set<string>, stopped: Set<string>): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const name = `crash-${cycle}-${count}`;
    await sagemaker.send(new CreateTrainingJobCommand(job(name)));
    jobs.add(name);
    if (count !== 1) continue;
    await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }));
    stopped.add(name);
  }
}

/** Once DescribeEndpoint says InService, the first request is answered: it waits for the program if need be. */
async function serves({ runtime, sagemaker }: Server): Promise<void> {
  for (const deadlineMs = Date.now() + 30_000; ; ) {
    const { EndpointStatus, FailureReason } = await sagemaker.send(
      new DescribeEndpointCommand({ EndpointName: 'endpoint' }),
    );
    if (EndpointStatus === 'InService') break;
    assert.ok(Date.now() < deadlineMs && EndpointStatus !== 'Failed', `${EndpointStatus} ${FailureReason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await runtime.send(new InvokeEndpointCommand({ EndpointName: 'endpoint', ContentType: 'text/csv', Body: '1,2' }));
}

async function everyJobEnds(
  { sagemaker }: Server,
  jobs: ReadonlySet<string>,
  stopped: ReadonlySet<string>,
): Promise<void> {
  for (const deadlineMs = Date.now() + 60_000; ; ) {
    const lists = await Promise.all(
      (['InProgress', 'Stopping'] as const).map((StatusEquals) =>
        sagemaker.send(new ListTrainingJobsCommand({ StatusEquals, MaxResults: 100 })),
      ),
    );
    const running = lists.flatMap(({ TrainingJobSummaries = [] }) => TrainingJobSummaries);
    if (running.length === 0) break;
    assert.ok(Date.now() < deadlineMs, `${running[0]?.TrainingJobName} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const name of jobs) {
    const ended = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    endsOnce(ended);
    const { TrainingJobStatus, FailureReason } = ended;
    if (stopped.has(name)) assert.equal(TrainingJobStatus, 'Stopped', name);
    // A stop whose answer the crash took away may still have been done.
    else if (TrainingJobStatus !== 'Stopped')
      assert.ok(TrainingJobStatus === 'Completed' || FailureReason?.includes('server'), `${name}: ${FailureReason}`);
  }
}

function start(folder: string): Promise<Server> {
  // No look is held: what is of the jobs right after a crash is what is asked.
  const args = ['up', '--json', '--port', '0', '--data-dir', folder, '--sdk-hold', '0', '--log-level', 'warn'];
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
    createInterface(child.stdout!).once('line', (line) => {
      const note = JSON.parse(line) as { address: string; accessKeyId: string; secretAccessKey: string };
      const options = { endpoint: note.address, region: 'us-east-1', credentials: note, maxAttempts: 1 };
      resolve({
        child,
        s3: new S3Client(options),
        sagemaker: new SageMakerClient(options),
        runtime: new SageMakerRuntimeClient(options),
      });
    });
  });
}
