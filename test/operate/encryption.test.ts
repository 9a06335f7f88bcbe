// Encryption at rest as an operator does it: a key, a start with it, a rotation, a backup, and every wrong key.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';
import { linnet } from './linnet-command.ts';
import { createStub, optionsOf, trainStub } from './stub-endpoint.ts';

const Bucket = 'kept';
const bodies = { small: 'a small secret', large: 'a large secret;'.repeat(10_000) } as const;

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-encryption-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

async function up<Value>(
  dataDir: string,
  encryptionKeyFile: string | undefined,
  use: (server: RunningServer, s3: S3Client) => Promise<Value>,
): Promise<Value> {
  const options = { dataDir, port: '0', logLevel: 'silent', stopDelay: '0' };
  const server = await startServer(
    readConfig(encryptionKeyFile === undefined ? options : { ...options, encryptionKeyFile }, {}),
  );
  const s3 = new S3Client(optionsOf(server));
  try {
    return await use(server, s3);
  } finally {
    s3.destroy();
    await server.stop();
  }
}

const put = async (s3: S3Client, prefix: string): Promise<void> => {
  for (const [name, Body] of Object.entries(bodies))
    await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/${name}`, Body }));
};

/** Reads what was put. Answers whether all of it is encrypted. */
async function read(s3: S3Client, prefix: string): Promise<boolean> {
  let encrypted = true;
  for (const [name, body] of Object.entries(bodies)) {
    const found = await s3.send(new GetObjectCommand({ Bucket, Key: `${prefix}/${name}` }));
    assert.equal(await found.Body!.transformToString(), body);
    encrypted &&= found.ServerSideEncryption === 'AES256';
  }
  return encrypted;
}

async function newKey(folder: string, name: string): Promise<{ file: string; id: string }> {
  const file = join(folder, name);
  const { out, code } = await linnet('key', 'new', file);
  assert.equal(code, 0);
  return { file, id: /has a new key, ([0-9a-f]{16})$/m.exec(out)![1]! };
}

test('a folder is encrypted with the first start that has a key, and no start goes without it from then on', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const keys = temporaryFolder(t);
  const { file, id } = await newKey(keys, 'key');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await linnet('key', 'new', file)).code, 2, 'a key is never replaced');
  const dataDir = stub.folder;
  const secret = await up(dataDir, undefined, async (server, s3) => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await put(s3, 'plain');
    assert.equal(await read(s3, 'plain'), false);
    return server.credentials.secretAccessKey;
  });
  await up(dataDir, file, async (server, s3) => {
    assert.equal(server.credentials.secretAccessKey, secret);
    await put(s3, 'sealed');
    assert.equal(await read(s3, 'sealed'), true);
    while (!(await read(s3, 'plain'))) await new Promise(setImmediate);
    await trainStub(server, 'before');
  });
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const seen = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  assert.ok(seen.every((bytes) => !bytes.includes(secret) && !bytes.includes('a large secret')));
  for (const [args, said] of [
    [[], `The data folder ${dataDir} is encrypted with the key ${id}: name its file with --encryption-key-file`],
    [
      ['--encryption-key-file', (await newKey(keys, 'other')).file],
      `The data folder ${dataDir} is encrypted with the key ${id}, and ${keys}/other has the key `,
    ],
    [['--encryption-key-file', join(keys, 'none')], `The encryption key file ${keys}/none is not there: make one with`],
  ] as const) {
    const { err, code, out } = await linnet('up', '--data-dir', dataDir, '--port', '0', ...args);
    assert.deepEqual([code, out, err.trim().split('\n').length], [2, '', 1], err);
    assert.ok(err.includes(said), err);
    const doctor = await linnet('doctor', '--json', '--data-dir', dataDir, '--port', '0', ...args);
    const found = (JSON.parse(doctor.out) as { what: string; state: string; text: string }[]).find(
      ({ what }) => what === 'encryption',
    );
    assert.equal(found?.state, 'wrong');
    assert.ok(found.text.includes(said), found.text);
  }
  assert.equal((await linnet('audit', 'verify', '--data-dir', dataDir)).code, 2);
  const verified = await linnet('audit', 'verify', '--data-dir', dataDir, '--encryption-key-file', file);
  assert.deepEqual([verified.code, verified.err], [0, '']);
  const inside = join(dataDir, 'key');
  writeFileSync(inside, readFileSync(file));
  await assert.rejects(
    up(dataDir, inside, async () => assert.fail()),
    /lies in the data folder .* whose objects it protects/,
  );
});

test('a rotation has the next start need the new key, and a backup from before the old one', async (t) => {
  const folder = temporaryFolder(t);
  const [old, next] = [await newKey(folder, 'old'), await newKey(folder, 'new')];
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const file = join(folder, 'linnet.backup');
  const rotate = (from: string) =>
    linnet('key', 'rotate', next.file, '--data-dir', dataDir, '--encryption-key-file', from);
  const early = await rotate(old.file);
  assert.deepEqual([early.code, /is not encrypted/.test(early.err)], [2, true]);
  await up(dataDir, old.file, async (_, s3) => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await put(s3, 'k');
    // A backup needs no key, and says which one its reader does.
    const { out, code } = await linnet('backup', file, '--data-dir', dataDir);
    assert.deepEqual([code, out.includes(`It is encrypted with the key ${old.id}, which is not in it`)], [0, true]);
    assert.equal((await rotate(next.file)).code, 2, 'the new key opens nothing yet');
    for (const _ of [1, 2]) {
      const rotated = await rotate(old.file);
      assert.deepEqual([rotated.code, rotated.out.includes(`needs the key ${next.id}`)], [0, true], rotated.err);
    }
    assert.ok(await read(s3, 'k'), 'the server goes on');
  });
  await assert.rejects(
    up(dataDir, old.file, async () => assert.fail()),
    new RegExp(`with the key ${next.id}, and`),
  );
  await up(dataDir, next.file, async (_, s3) => assert.ok(await read(s3, 'k')));
  assert.ok(!readFileSync(file).includes('secret;a large'));
  const restored = join(folder, 'restored');
  const { out, code } = await linnet('restore', file, '--data-dir', restored);
  assert.deepEqual([code, out.includes(`It is encrypted with the key ${old.id}, which is not in it`)], [0, true]);
  assert.match(out, /--encryption-key-file \S+old/);
  await up(restored, old.file, async (_, s3) => assert.ok(await read(s3, 'k')));
});
