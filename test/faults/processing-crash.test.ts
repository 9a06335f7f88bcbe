// A server that is killed while a processing job runs on two instances.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  CreateProcessingJobCommand,
  DescribeProcessingJobCommand,
  waitUntilProcessingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { crashFolders, crashTest } from './crash-folders.ts';
import { isAlive, programsOf } from './linnet-up.ts';

test(
  'A processing job begins again after a crash: what it left running is ended, and nothing of it is stored',
  crashTest,
  async (t) => {
    const { folder, notes, addImage, restart } = crashFolders(t);
    await addImage('scripts', 'train', '#!/bin/sh\n');
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

    const server = await restart();
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
    const again = await restart();

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
  },
);
