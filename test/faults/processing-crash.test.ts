// A server that is killed while a processing job runs on two instances.
import assert from 'node:assert/strict';
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
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  CreateProcessingJobCommand,
  DescribeProcessingJobCommand,
  waitUntilProcessingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { addFolder } from '../../src/images/index.ts';
import { isAlive, programsOf, type Server, start } from './linnet-up.ts';

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
  // Programs do not see the data folder.
  const notes = mkdtempSync(join(tmpdir(), 'linnet-crash-notes-'));
  t.after(() => rmSync(notes, { recursive: true }));
  const program = join(folder, 'image');
  mkdirSync(program);
  writeFileSync(join(program, 'train'), '#!/bin/sh\n');
  chmodSync(join(program, 'train'), 0o755);
  await addFolder(
    { dataFolder: folder, nowMs: Date.now, progress: () => undefined },
    { name: 'scripts', folder: program, taken: [] },
  );
  // Each run writes a name down, and waits in the first attempt.
  const runs = join(notes, 'runs');
  const script = [
    'cd "$SAGEMAKER_BASE_DIR"',
    `d=${notes}`,
    'n=$(basename $(mktemp $d/XXXXXX))',
    'echo $n >> $d/runs',
    'echo done > processing/out/$n',
    '[ "$(wc -l < $d/runs)" -gt 2 ] || exec sleep 600',
  ].join('; ');
  const names = (): string[] => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n') : []);

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
  while (names().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const first = programsOf(folder);
  assert.ok(first.length >= 2);
  server.child.kill('SIGKILL');
  const again = await start(folder);
  server = again;

  const job = { ProcessingJobName: 'crashed' };
  await waitUntilProcessingJobCompletedOrStopped({ client: again.sagemaker, maxWaitTime: 121 }, job);
  const { ProcessingJobStatus, FailureReason } = await again.sagemaker.send(new DescribeProcessingJobCommand(job));
  assert.equal(ProcessingJobStatus, 'Completed', FailureReason);
  for (const pid of first) assert.ok(!isAlive(pid), `process ${pid} of the first attempt still runs`);
  const { Contents = [] } = await again.s3.send(new ListObjectsV2Command({ Bucket: 'desk', Prefix: 'out/' }));
  const second = names().slice(2);
  assert.deepEqual(Contents.map(({ Key }) => Key).sort(), second.map((name) => `out/${name}`).sort());
  for (const { Key } of Contents) {
    const { Body } = await again.s3.send(new GetObjectCommand({ Bucket: 'desk', Key }));
    assert.equal(await Body?.transformToString(), 'done\n');
  }
  // Removed in the background.
  const roots = join(folder, 'programs/processing');
  while (readdirSync(roots).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});
