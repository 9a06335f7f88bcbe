import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  type CreateHyperParameterTuningJobCommandInput,
  DescribeHyperParameterTuningJobCommand,
  ListTrainingJobsCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { ServiceError, Unavailable } from '../../src/base/index.ts';
import type { Compute } from '../../src/compute/index.ts';
import { containerPaths } from '../../src/contract/index.ts';
import { createWorld } from '../../src/services/testing/world.ts';
import { memoryRecords } from '../../src/store/index.ts';
import { faultyRecords } from '../../src/store/records/faulty.testing.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';

function tuningJob(bucket: string, trials: number, parallel: number): CreateHyperParameterTuningJobCommandInput {
  const channel = (name: string) => ({
    ChannelName: name,
    ContentType: 'text/csv',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/train/` } },
  });
  return {
    HyperParameterTuningJobName: 'tuning',
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation:objective_loss' },
      ResourceLimits: { MaxNumberOfTrainingJobs: trials, MaxParallelTrainingJobs: parallel },
      ParameterRanges: { ContinuousParameterRanges: [{ Name: 'wd', MinValue: '1e-5', MaxValue: '1' }] },
    },
    TrainingJobDefinition: {
      AlgorithmSpecification: {
        TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      RoleArn: role,
      InputDataConfig: [channel('train'), channel('validation')],
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      StaticHyperParameters: { predictor_type: 'binary_classifier', epochs: '2' },
    },
  };
}

/** Programs that are done at once. */
const instantCompute: Compute = {
  async start({ root, onLine }) {
    await onLine('loss=1');
    writeFileSync(join(containerPaths(root).model, 'model_algo-1'), 'model');
    return { address: undefined, exit: Promise.resolve({ code: 0, signal: null }), stop: async () => undefined };
  },
  addressesOf: async () => ({ addresses: {}, port: 0 }),
  reap: async () => undefined,
  close: async () => undefined,
};

/** Pauses are as good as none; limits of hours are never reached. */
const hurriedTimers = {
  after(delayMs: number, run: () => void) {
    const timer = delayMs > 60_000 ? undefined : setTimeout(run, 1);
    return () => clearTimeout(timer);
  },
};

for (const when of ['before', 'after'] as const) {
  test(`A tuning job has each trial once although any one call of the store fails ${when} its effect`, {
    timeout: 120_000,
  }, async (t) => {
    let call = 0;
    for (let made = 1; made > call; ) {
      call += 1;
      made = await completeWithFault(t, call, when);
    }
    assert.ok(call > 40, `${call} calls were made to fail`);
  });
}

/** Runs one tuning job of two trials with one call failing and answers how many calls were made. */
async function completeWithFault(t: TestContext, call: number, when: 'before' | 'after'): Promise<number> {
  const storeRecords = memoryRecords();
  const records = faultyRecords(storeRecords, { call, when });
  const world = await createWorld(t, {
    storeRecords,
    records,
    compute: instantCompute,
    timers: hurriedTimers,
    algorithms: () => [
      {
        repositories: [{ repository: 'linear-learner' }],
        commands: { train: ['fake'] },
        metrics: [{ name: 'validation:objective_loss', regex: 'loss=(\\S+)' }],
      },
    ],
  }).catch((cause: unknown) => cause);
  // A server whose store fails while it starts does not start; that is not this test's matter.
  if (world instanceof Unavailable) return call + 1;
  assert.ok(!(world instanceof Error) && world !== null, String(world));
  const { put, call: run, close } = world as Awaited<ReturnType<typeof createWorld>>;
  await put({ 's3://data/train/a.csv': '1' });
  const patiently = async (operation: string, input: object): Promise<any> => {
    for (;;) {
      try {
        return await run(operation, input);
      } catch (thrown) {
        if (thrown instanceof ServiceError && thrown.code === 'ResourceInUse') return undefined;
        assert.ok(thrown instanceof Unavailable, String(thrown));
      }
    }
  };
  await patiently('CreateHyperParameterTuningJob', tuningJob('data', 2, 2));
  let job: any;
  do {
    await sleep(1);
    job = await patiently('DescribeHyperParameterTuningJob', { HyperParameterTuningJobName: 'tuning' });
  } while (job.HyperParameterTuningJobStatus === 'InProgress');
  const what = `fault ${when} call ${call}`;
  assert.equal(job.HyperParameterTuningJobStatus, 'Completed', `${what}: ${job.FailureReason}`);
  assert.equal(job.TrainingJobStatusCounters.Completed, 2, what);
  assert.equal((await patiently('ListTrainingJobs', {})).TrainingJobSummaries.length, 2, what);
  const made = records.callCount;
  await close();
  return made;
}

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- faults/tuning
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 3);
const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));

interface Server {
  child: ChildProcess;
  s3: S3Client;
  sagemaker: SageMakerClient;
}

test(`kill -9 at ${cycles} random moments: a tuning job has all its trials, each once`, {
  timeout: 90_000 + cycles * 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-tuning-'));
  const trials = 4 + 2 * cycles;
  let server = await start(folder);
  try {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'crash' }));
    const rows = Array.from({ length: 100 }, (_, row) => [row % 2, randomInt(100), row].join(','));
    await server.s3.send(new PutObjectCommand({ Bucket: 'crash', Key: 'train/table.csv', Body: rows.join('\n') }));
    await server.sagemaker.send(new CreateHyperParameterTuningJobCommand(tuningJob('crash', trials, 2)));
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await sleep(randomInt(20, 900));
      server.child.kill('SIGKILL');
      server = await start(folder);
    }
    const { sagemaker } = server;
    const describe = new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'tuning' });
    let job = await sagemaker.send(describe);
    while (job.HyperParameterTuningJobStatus === 'InProgress') {
      await sleep(100);
      job = await sagemaker.send(describe);
    }
    assert.equal(job.HyperParameterTuningJobStatus, 'Completed', job.FailureReason);
    const made = await sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 100 }));
    const listed = await sagemaker.send(
      new ListTrainingJobsForHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'tuning', MaxResults: 100 }),
    );
    const names = (list: { TrainingJobName?: string | undefined }[] = []) =>
      list.map(({ TrainingJobName }) => TrainingJobName).sort();
    assert.equal(listed.TrainingJobSummaries?.length, trials);
    assert.deepEqual(names(made.TrainingJobSummaries), names(listed.TrainingJobSummaries));
    for (const trial of listed.TrainingJobSummaries ?? [])
      assert.notEqual(trial.TrainingJobStatus, 'InProgress', trial.TrainingJobName);
  } finally {
    server.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

function start(folder: string): Promise<Server> {
  const args = ['up', '--json', '--port', '0', '--data-dir', folder, '--log-level', 'warn'];
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
    createInterface(child.stdout!).once('line', (line) => {
      const note = JSON.parse(line) as { address: string; accessKeyId: string; secretAccessKey: string };
      const options = { endpoint: note.address, region: 'us-east-1', credentials: note, maxAttempts: 1 };
      resolve({ child, s3: new S3Client(options), sagemaker: new SageMakerClient(options) });
    });
  });
}
