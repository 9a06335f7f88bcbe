// A server that is killed while a processing job runs on two instances.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  CreateProcessingJobCommand,
  DescribeProcessingJobCommand,
  SageMakerClient,
  waitUntilProcessingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { addFolder } from '../../src/images/index.ts';

const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));

test('A processing job begins again after a crash: what it left running is ended, and nothing of it is stored', {
  skip: existsSync('/proc/self/stat') ? false : 'this system has no /proc',
  timeout: 120_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-crash-'));
  let server: Server | undefined;
  t.after(() => {
    server?.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const program = join(folder, 'image');
  mkdirSync(program);
  writeFileSync(join(program, 'train'), '#!/bin/sh\n');
  chmodSync(join(program, 'train'), 0o755);
  await addFolder(
    { dataFolder: folder, nowMs: Date.now, progress: () => undefined },
    { name: 'scripts', folder: program, taken: [] },
  );
  // Each run writes its process down, and waits in the first attempt.
  const runs = join(folder, 'runs');
  const script = [
    'cd "$SAGEMAKER_BASE_DIR"',
    `echo $$ >> ${runs}`,
    'echo done > processing/out/$$',
    `[ "$(wc -l < ${runs})" -gt 2 ] || exec sleep 600`,
  ].join('; ');
  const pids = (): number[] => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n').map(Number) : []);

  server = await start(folder);
  await server.s3.send(new CreateBucketCommand({ Bucket: 'desk' }));
  await server.sagemaker.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: 'crashed',
      RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
      AppSpecification: { ImageUri: 'scripts:latest', ContainerEntrypoint: ['sh', '-c', script] },
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'out',
            S3Output: { S3Uri: 's3://desk/out/', LocalPath: '/opt/ml/processing/out', S3UploadMode: 'EndOfJob' },
          },
        ],
      },
      ProcessingResources: { ClusterConfig: { InstanceCount: 2, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
    }),
  );
  while (pids().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const first = pids();
  server.child.kill('SIGKILL');
  const again = await start(folder);
  server = again;

  const job = { ProcessingJobName: 'crashed' };
  await waitUntilProcessingJobCompletedOrStopped({ client: again.sagemaker, maxWaitTime: 121 }, job);
  const { ProcessingJobStatus, FailureReason } = await again.sagemaker.send(new DescribeProcessingJobCommand(job));
  assert.equal(ProcessingJobStatus, 'Completed', FailureReason);
  for (const pid of first) assert.ok(!isAlive(pid), `process ${pid} of the first attempt still runs`);
  const { Contents = [] } = await again.s3.send(new ListObjectsV2Command({ Bucket: 'desk', Prefix: 'out/' }));
  const second = pids().slice(2);
  assert.deepEqual(Contents.map(({ Key }) => Key).sort(), second.map((pid) => `out/${pid}`).sort());
  for (const { Key } of Contents) {
    const { Body } = await again.s3.send(new GetObjectCommand({ Bucket: 'desk', Key }));
    assert.equal(await Body?.transformToString(), 'done\n');
  }
  // Removed in the background.
  const roots = join(folder, 'programs/processing');
  while (readdirSync(roots).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

/** A killed process may wait as a zombie for its new parent. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

interface Server {
  child: ChildProcess;
  s3: S3Client;
  sagemaker: SageMakerClient;
}

/** `linnet up` on the folder, once it answers. */
async function start(folder: string): Promise<Server> {
  const args = [command, 'up', '--json', '--port', '0', '--data-dir', folder, '--log-level', 'silent'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const note = await new Promise<{ address: string; region: string; accessKeyId: string; secretAccessKey: string }>(
    (resolve, reject) => {
      child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
      createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
    },
  );
  const { accessKeyId, secretAccessKey } = note;
  const options = { endpoint: note.address, region: note.region, credentials: { accessKeyId, secretAccessKey } };
  return { child, s3: new S3Client(options), sagemaker: new SageMakerClient(options) };
}
