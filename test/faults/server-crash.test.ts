import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- server-crash
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 6);
const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));

interface Server {
  child: ChildProcess;
  readyMs: number;
  s3: S3Client;
  sagemaker: SageMakerClient;
}

test(`kill -9 at ${cycles} random moments loses no acknowledged object and no acknowledged job`, {
  timeout: 60_000 + cycles * 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-crash-'));
  const objects = new Map<string, string>();
  const jobs = new Map<string, string>();
  const restartsMs: number[] = [];
  let server = await start(folder);
  try {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'crash' }));
    const table = Array.from({ length: 200 }, () => [randomInt(2), randomInt(100), randomInt(100)].join(',')).join(
      '\n',
    );
    await server.s3.send(new PutObjectCommand({ Bucket: 'crash', Key: 'train/table.csv', Body: table }));
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const work = Promise.allSettled([
        upload(server, objects, cycle, 'small', 2_000),
        upload(server, objects, cycle, 'large', 3_000_000),
        submit(server, jobs, cycle),
      ]);
      await new Promise((resolve) => setTimeout(resolve, randomInt(20, 900)));
      server.child.kill('SIGKILL');
      await work;
      server = await start(folder);
      restartsMs.push(server.readyMs);
      await verify(server, objects, jobs);
    }
    await everyJobEnds(server, jobs);
  } finally {
    server.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  const worst = Math.max(...restartsMs);
  console.log(
    `${cycles} crashes: ${objects.size} objects and ${jobs.size} jobs acknowledged, slowest restart ${Math.round(worst)} ms`,
  );
  assert.ok(objects.size > 0, 'something was acknowledged');
});

/** Puts objects one after another until the server dies, and remembers those acknowledged. */
async function upload(
  { s3 }: Server,
  objects: Map<string, string>,
  cycle: number,
  name: string,
  bytesMax: number,
): Promise<void> {
  for (let count = 0; ; count += 1) {
    const key = `objects/${cycle}/${name}/${count}`;
    const body = randomBytes(randomInt(1, bytesMax));
    await s3.send(new PutObjectCommand({ Bucket: 'crash', Key: key, Body: body }));
    objects.set(key, digest(body));
  }
}

async function submit({ sagemaker }: Server, jobs: Map<string, string>, cycle: number): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const name = `crash-${cycle}-${count}`;
    await sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName: name,
        RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
        AlgorithmSpecification: {
          TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
          TrainingInputMode: 'File',
        },
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 1 },
        InputDataConfig: [
          {
            ChannelName: 'train',
            ContentType: 'text/csv',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://crash/train/' } },
          },
        ],
        OutputDataConfig: { S3OutputPath: 's3://crash/output' },
        HyperParameters: { predictor_type: 'binary_classifier', epochs: '2', num_models: '2' },
        StoppingCondition: { MaxRuntimeInSeconds: 600 },
      }),
    );
    jobs.set(name, 'InProgress');
  }
}

async function verify(server: Server, objects: ReadonlyMap<string, string>, jobs: Map<string, string>): Promise<void> {
  const listed = new Set<string>();
  for (let token: string | undefined; ; ) {
    const found = await server.s3.send(
      new ListObjectsV2Command({ Bucket: 'crash', Prefix: 'objects/', ContinuationToken: token }),
    );
    for (const { Key } of found.Contents ?? []) listed.add(Key ?? '');
    token = found.NextContinuationToken;
    if (token === undefined) break;
  }
  for (const key of objects.keys()) assert.ok(listed.has(key), `${key} was acknowledged and is gone`);
  // Reading back everything each time would be quadratic: the newest, and whatever is there without having been acknowledged.
  for (const key of [...objects.keys()].slice(-20))
    assert.equal(await read(server, key), objects.get(key), `${key} changed`);
  for (const key of listed) if (!objects.has(key)) await read(server, key);
  for (const [name, before] of jobs) {
    const job = await server.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    const now = job.TrainingJobStatus ?? '';
    if (before !== 'InProgress') assert.equal(now, before, `${name} left its terminal state`);
    jobs.set(name, now);
  }
}

/** The digest of an object; fails when fewer bytes come than were promised. */
async function read({ s3 }: Server, key: string): Promise<string> {
  const object = await s3.send(new GetObjectCommand({ Bucket: 'crash', Key: key }));
  const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
  assert.equal(bytes.length, object.ContentLength, `${key} is torn`);
  return digest(bytes);
}

async function everyJobEnds({ sagemaker }: Server, jobs: ReadonlyMap<string, string>): Promise<void> {
  for (const deadlineMs = Date.now() + 30_000 + 1_000 * jobs.size; ; ) {
    const running = await sagemaker.send(new ListTrainingJobsCommand({ StatusEquals: 'InProgress', MaxResults: 100 }));
    if (running.TrainingJobSummaries?.length === 0) break;
    assert.ok(Date.now() < deadlineMs, `${running.TrainingJobSummaries?.[0]?.TrainingJobName} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const name of jobs.keys()) {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    assert.ok(
      job.TrainingJobStatus === 'Completed' || job.FailureReason?.includes('server'),
      `${name}: ${job.TrainingJobStatus} ${job.FailureReason}`,
    );
  }
}

const digest = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function start(folder: string): Promise<Server> {
  const startedAtMs = performance.now();
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
        readyMs: performance.now() - startedAtMs,
        s3: new S3Client(options),
        sagemaker: new SageMakerClient(options),
      });
    });
  });
}
