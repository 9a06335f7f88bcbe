// Users of the command line and the audit log, beside a running server.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTrainingJobsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { linnet } from './linnet-command.ts';
import { createStub, optionsOf } from './stub-endpoint.ts';

/** The events of the log, as they stand in its file. */
const eventsIn = (folder: string): Record<string, any>[] =>
  readFileSync(join(folder, 'audit/000001.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line.slice(65)) as Record<string, unknown>);

test('linnet user makes a key with a role, lists it and takes it back', async (t) => {
  const stub = await createStub(t);
  const server = await stub.start({ stopDelay: '0' });
  const here = ['--data-dir', stub.folder];
  const added = await linnet('user', 'add', 'ann', '--role', 'trainer', ...here);
  assert.equal(added.code, 0, added.err);
  const [, accessKeyId = ''] = /AWS_ACCESS_KEY_ID=(AKIA\S+)/.exec(added.out) ?? [];
  const [, secretAccessKey = ''] = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(added.out) ?? [];
  const options = { ...optionsOf(server), credentials: { accessKeyId, secretAccessKey } };
  const sagemaker = new SageMakerClient(options);
  const iam = new IAMClient(options);
  t.after(() => {
    sagemaker.destroy();
    iam.destroy();
  });
  await sagemaker.send(new ListTrainingJobsCommand({}));
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: 'bob' })), /iam:CreateUser/);
  const listed = await linnet('user', 'list', ...here);
  assert.equal(listed.out, 'ann  LinnetTrainer\n');
  const twice = await linnet('user', 'add', 'ann', '--role', 'trainer', ...here);
  assert.deepEqual([twice.code, /User with name ann already exists/.test(twice.err)], [1, true], twice.err);
  const unknown = await linnet('user', 'add', 'bob', '--role', 'king', ...here);
  assert.match(unknown.err, /There is no role "king": there are admin, steward, trainer/);
  const removed = await linnet('user', 'remove', 'ann', ...here);
  assert.equal(removed.out, 'ann is removed\n', removed.err);
  await assert.rejects(sagemaker.send(new ListTrainingJobsCommand({})), { name: 'UnrecognizedClientException' });
});

test('The audit log has every change and refused request when they are answered, and shows an edit', async (t) => {
  const stub = await createStub(t);
  const server = await stub.start({ stopDelay: '0', audit: 'invocations' });
  const here = ['--data-dir', stub.folder];
  const options = { ...optionsOf(server), maxAttempts: 1 };
  const s3 = new S3Client(options);
  const forger = new S3Client({ ...options, credentials: { ...options.credentials, secretAccessKey: 'wrong' } });
  const runtime = new SageMakerRuntimeClient(options);
  t.after(() => {
    for (const client of [s3, forger, runtime]) client.destroy();
  });
  await s3.send(new CreateBucketCommand({ Bucket: 'recorded' }));
  assert.deepEqual(
    eventsIn(stub.folder).map(({ n, operation, who, on, status }) => [n, operation, who, on, status]),
    [
      [
        1,
        'CreateBucket',
        'arn:aws:sts::000000000000:assumed-role/LinnetExecutionRole/linnet',
        { Bucket: 'recorded' },
        200,
      ],
    ],
  );
  await s3.send(new ListBucketsCommand({}));
  await s3.send(new PutObjectCommand({ Bucket: 'recorded', Key: 'k', Body: 'secret text' }));
  await assert.rejects(forger.send(new ListBucketsCommand({})));
  await assert.rejects(runtime.send(new InvokeEndpointCommand({ EndpointName: 'none', Body: 'abc' })));
  const events = eventsIn(stub.folder);
  assert.deepEqual(
    events.slice(1).map(({ operation, refused, why, on, from }) => [operation, refused, why, on, from]),
    [
      ['PutObject', undefined, undefined, { Bucket: 'recorded', Key: 'k' }, '127.0.0.1'],
      [undefined, true, 'mismatch', undefined, '127.0.0.1'],
      ['InvokeEndpoint', undefined, undefined, { EndpointName: 'none' }, '127.0.0.1'],
    ],
  );
  assert.equal(events.at(-1)?.input, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const file = join(stub.folder, 'audit/000001.log');
  assert.doesNotMatch(readFileSync(file, 'utf8'), /secret text/);
  const holds = await linnet('audit', 'verify', ...here);
  assert.deepEqual([holds.code, /4 lines in 1 files/.test(holds.out)], [0, true], holds.out);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"Key":"k"', '"Key":"z"'));
  const broken = await linnet('audit', 'verify', ...here);
  assert.deepEqual([broken.code, /line 2: its seal does not fit/.test(broken.out)], [1, true], broken.out);
});
