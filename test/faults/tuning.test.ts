import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  type CreateHyperParameterTuningJobCommandInput,
  DescribeHyperParameterTuningJobCommand,
  ListTrainingJobsCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
} from '@aws-sdk/client-sagemaker';
import { testFaults } from './faulty-world.ts';
import { start } from './linnet-up.ts';

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

/** Pauses are as good as none; limits of hours are never reached. */
const hurriedTimers = {
  after(delayMs: number, run: () => void) {
    const timer = delayMs > 60_000 ? undefined : setTimeout(run, 1);
    return () => clearTimeout(timer);
  },
};

const loss = { name: 'validation:objective_loss', regex: 'loss=(\\S+)' };

testFaults(
  (when) => `A tuning job has each trial once although any one call of the store fails ${when} its effect`,
  {
    line: 'loss=1',
    callsMin: 40,
    timers: hurriedTimers,
    algorithms: () => [
      { repositories: [{ repository: 'linear-learner' }], commands: { train: ['fake'] }, metrics: [loss] },
    ],
  },
  async ({ put, patiently, fault }) => {
    await put({ 's3://data/train/a.csv': '1' });
    await patiently('CreateHyperParameterTuningJob', tuningJob('data', 2, 2));
    let job: any;
    do {
      await sleep(1);
      job = await patiently('DescribeHyperParameterTuningJob', { HyperParameterTuningJobName: 'tuning' });
    } while (job.HyperParameterTuningJobStatus === 'InProgress');
    assert.equal(job.HyperParameterTuningJobStatus, 'Completed', `${fault}: ${job.FailureReason}`);
    assert.equal(job.TrainingJobStatusCounters.Completed, 2, fault);
    assert.equal((await patiently('ListTrainingJobs', {})).TrainingJobSummaries.length, 2, fault);
  },
);

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- faults/tuning
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 3);

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
