// Backup and restore as an operator does them: beside a server that is written to, through files and pipes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { readConfig, startServer } from '../../src/server/index.ts';
import { linnet, startLinnet } from './linnet-command.ts';
import { createStub, deployStub, invokeStub, optionsOf, type Served, trainStub } from './stub-endpoint.ts';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-restore-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

const keys = 12;
/** Objects whose bytes can be checked: a few of each size, with a file of their own or without. */
const bodyOf = (key: string, round: number): string => `${key} ${round};`.repeat(key.endsWith('large') ? 9_000 : 9);

/** Replaces and removes objects until it is stopped. Answers how many writes there were. */
async function writeOn(t: TestContext, server: Served): Promise<{ stop(): Promise<number> }> {
  const s3 = new S3Client(optionsOf(server));
  let stopped = false;
  t.after(() => {
    stopped = true;
  });
  let firstRounds: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => {
    firstRounds = resolve;
  });
  const work = async (size: string): Promise<number> => {
    let round = 0;
    for (; !stopped; round++) {
      const key = `${round % keys}-${size}`;
      await s3.send(new PutObjectCommand({ Bucket: 'load', Key: key, Body: bodyOf(key, round) }));
      const Key = `${(round + 5) % keys}-${size}`;
      if (round === keys) firstRounds?.();
      if (round % 3 === 0) await s3.send(new DeleteObjectCommand({ Bucket: 'load', Key }));
    }
    return round;
  };
  const done = Promise.all([work('large'), work('large'), work('small')]);
  await begun;
  return {
    async stop() {
      stopped = true;
      const rounds = await done;
      s3.destroy();
      return rounds.reduce((sum, each) => sum + each, 0);
    },
  };
}

/** Reads every object of a server, and holds each against its own ETag and form. Answers how many there are. */
async function readAll(server: Served): Promise<number> {
  const s3 = new S3Client(optionsOf(server));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'load' }));
  for (const { Key = '', ETag } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'load', Key }));
    const text = await Body!.transformToString();
    assert.equal(`"${createHash('md5').update(text).digest('hex')}"`, ETag);
    assert.equal(text, bodyOf(Key, Number(/ (\d+);/.exec(text)?.[1])));
  }
  s3.destroy();
  return Contents.length;
}

test('a backup of a server under load is restored elsewhere, and serves the same endpoints', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const server = await stub.start({ stopDelay: '0', sdkHold: '3' });
  await trainStub(server, 'before');
  await deployStub(server, 'echo');
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'load' }));
  s3.destroy();
  const load = await writeOn(t, server);
  const folder = temporaryFolder(t);
  const file = join(folder, 'linnet.backup');
  const here = ['--data-dir', stub.folder];
  const training = trainStub(server, 'meanwhile');
  const [taken, piped] = await Promise.all([
    linnet('backup', file, '--with-images', ...here),
    (async () => {
      const writer = startLinnet(t, 'backup', '-', '--with-images', ...here);
      const reader = startLinnet(t, 'restore', '-', '--data-dir', join(folder, 'piped'), '--json');
      const [[code], printed] = await Promise.all([
        once(reader, 'close'),
        text(reader.stdout!),
        pipeline(writer.stdout!, reader.stdin!),
      ]);
      assert.equal(JSON.parse(printed).hasImages, true);
      return code;
    })(),
  ]);
  assert.deepEqual([taken.code, taken.err, piped], [0, '', 0]);
  assert.match(taken.out, /was backed up to .*linnet\.backup \(\d+ files, \d+\.\d [kM]B\)\n$/);
  assert.ok((await load.stop()) > 10);
  await training;
  assert.equal(existsSync(join(stub.folder, 'objects', 'holds')), false);

  const checked = await linnet('restore', file, '--check');
  assert.deepEqual([checked.code, checked.err], [0, '']);
  const target = join(folder, 'restored');
  const restored = await linnet('restore', file, '--data-dir', target);
  assert.deepEqual([restored.code, restored.err], [0, '']);
  assert.match(restored.out, /^Start it: linnet up --data-dir \S+restored .*--sdk-hold 3/m);
  for (const dataDir of [target, join(folder, 'piped')]) {
    const again = await startServer(readConfig({ dataDir, port: '0', logLevel: 'silent', stopDelay: '0' }, {}));
    try {
      assert.equal(again.credentials.secretAccessKey, server.credentials.secretAccessKey);
      assert.ok((await readAll(again)) > 0);
      const client = new SageMakerClient(optionsOf(again));
      const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'before' }));
      assert.equal(job.TrainingJobStatus, 'Completed');
      client.destroy();
      await eventually(async () => assert.equal(await invokeStub(again, 'echo', 'hello'), 'hello'));
    } finally {
      await again.stop();
    }
  }
});

test('a restore that is killed leaves a folder on which nothing starts, and can be done again', async (t) => {
  const stub = await createStub(t);
  const server = await stub.start({ stopDelay: '0' });
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'load' }));
  await s3.send(new PutObjectCommand({ Bucket: 'load', Key: '1-large', Body: bodyOf('1-large', 1) }));
  s3.destroy();
  const folder = temporaryFolder(t);
  const file = join(folder, 'linnet.backup');
  assert.equal((await linnet('backup', file, '--data-dir', stub.folder)).code, 0);
  const bytes = readFileSync(file);
  const target = join(folder, 'target');
  const restoring = startLinnet(t, 'restore', '-', '--data-dir', target);
  restoring.stdin!.on('error', () => undefined).write(bytes.subarray(0, bytes.length - 4096));
  await eventually(async () => assert.ok(existsSync(join(target, 'records', 'records.sqlite'))));
  restoring.kill('SIGKILL');
  await once(restoring, 'close');
  for (const command of [
    ['up', '--port', '0'],
    ['restore', file],
    ['backup', join(folder, 'other')],
  ]) {
    const { code, err } = await linnet(...command, '--data-dir', target);
    assert.equal(code, 1);
    assert.match(err, /A restore into|has a restore in it/);
    assert.match(err, /remove the folder and restore again\n$/);
  }
  rmSync(target, { recursive: true });
  assert.equal((await linnet('restore', file, '--data-dir', target)).code, 0);
  const again = await startServer(readConfig({ dataDir: target, port: '0', logLevel: 'silent', stopDelay: '0' }, {}));
  assert.equal(await readAll(again), 1);
  await again.stop();
});

test('a backup that is killed leaves nothing in the way, and its file is no backup', async (t) => {
  const stub = await createStub(t);
  const server = await stub.start({ stopDelay: '0' });
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'load' }));
  await s3.send(new PutObjectCommand({ Bucket: 'load', Key: 'k', Body: Buffer.alloc(3_000_000) }));
  const here = ['--data-dir', stub.folder];
  const blobs = (): number =>
    readdirSync(join(stub.folder, 'objects', 'blobs'), { recursive: true }).filter((name) => String(name).length > 3)
      .length;
  const before = blobs();
  // Nobody reads it: the pipe is soon full.
  const writer = startLinnet(t, 'backup', '-', ...here);
  await once(writer.stdout!, 'readable');
  await s3.send(new DeleteObjectCommand({ Bucket: 'load', Key: 'k' }));
  assert.equal(blobs(), before, 'held');
  writer.kill('SIGKILL');
  writer.stdout!.destroy();
  await once(writer, 'close');
  await s3.send(new PutObjectCommand({ Bucket: 'load', Key: 'k', Body: Buffer.alloc(3_000_000) }));
  await s3.send(new DeleteObjectCommand({ Bucket: 'load', Key: 'k' }));
  s3.destroy();
  await server.stop();
  assert.deepEqual([blobs(), readdirSync(join(stub.folder, 'objects', 'holds'))], [before - 1, []]);
  const folder = temporaryFolder(t);
  const taken = join(folder, 'taken');
  assert.equal((await linnet('backup', taken, ...here)).code, 0);
  const [twice, inFolder] = [await linnet('backup', taken, ...here), await linnet('backup', folder, ...here)];
  assert.deepEqual([twice.code, inFolder.code], [2, 2]);
  assert.match(twice.err, /is there already: name a new file\n$/);
  assert.match(inFolder.err, /is a folder: name a file in it/);
});

/** Tries until it holds: for what another process does. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
