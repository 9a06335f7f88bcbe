// A server that is killed while a transform job runs.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  CreateTransformJobCommand,
  DescribeTransformJobCommand,
  waitUntilTransformJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { crashFolders, crashTest } from './crash-folders.ts';
import { isAlive, programsOf } from './linnet-up.ts';

test(
  'A transform job begins again after a crash: no part of an output is visible, and its program is ended',
  crashTest,
  async (t) => {
    const { folder, notes, addImage, restart } = crashFolders(t);
    // Echoes bodies. The first program to run never answers the last line, once it has said so.
    const runs = join(notes, 'runs');
    const held = join(notes, 'held');
    const program = `#!${process.execPath}
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const isFirst = !existsSync(${JSON.stringify(runs)});
appendFileSync(${JSON.stringify(runs)}, 'run\\n');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (isFirst && body === 'last') writeFileSync(${JSON.stringify(held)}, '');
    else response.end(body);
  });
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
`;
    await addImage('echo', 'serve', program);
    const { s3, sagemaker } = await restart();
    await s3.send(new CreateBucketCommand({ Bucket: 'desk' }));
    await s3.send(new PutObjectCommand({ Bucket: 'desk', Key: 'in/a.txt', Body: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket: 'desk', Key: 'in/b.txt', Body: 'first\nlast' }));
    const PrimaryContainer = { Image: 'echo:latest' };
    await sagemaker.send(new CreateModelCommand({ ModelName: 'echo', PrimaryContainer }));
    const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://desk/in/' } } as const;
    await sagemaker.send(
      new CreateTransformJobCommand({
        TransformJobName: 'crashed',
        ModelName: 'echo',
        BatchStrategy: 'SingleRecord',
        TransformInput: { DataSource, SplitType: 'Line' },
        TransformOutput: { S3OutputPath: 's3://desk/out', AssembleWith: 'Line' },
        TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      }),
    );
    while (!existsSync(held)) await new Promise((resolve) => setTimeout(resolve, 20));
    const first = programsOf(folder);
    assert.ok(first.length > 0);
    const again = await restart();
    const keys = async (): Promise<(string | undefined)[]> => {
      const { Contents = [] } = await again.s3.send(new ListObjectsV2Command({ Bucket: 'desk', Prefix: 'out/' }));
      return Contents.map(({ Key }) => Key);
    };
    const job = { TransformJobName: 'crashed' };
    await waitUntilTransformJobCompletedOrStopped(
      { client: again.sagemaker, maxWaitTime: 61, minDelay: 0.1, maxDelay: 0.2 },
      job,
    );
    const { TransformJobStatus, FailureReason } = await again.sagemaker.send(new DescribeTransformJobCommand(job));
    assert.equal(TransformJobStatus, 'Completed', FailureReason);
    assert.equal(readFileSync(runs, 'utf8'), 'run\nrun\n');
    assert.deepEqual(first.filter(isAlive), []);
    assert.deepEqual(programsOf(folder), []);
    assert.deepEqual(await keys(), ['out/a.txt.out', 'out/b.txt.out']);
    const { Body } = await again.s3.send(new GetObjectCommand({ Bucket: 'desk', Key: 'out/b.txt.out' }));
    assert.equal(await Body?.transformToString(), 'first\nlast\n');
    assert.deepEqual(readdirSync(join(folder, 'programs/transforms')), []);
  },
);
