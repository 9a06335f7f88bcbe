// With records in PostgreSQL, backup and restore print commands. Here somebody types them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readConfig, startServer } from '../../src/server/index.ts';
import { skipWithoutPostgres, startPostgres } from '../../src/store/records/postgres-server.testing.ts';
import { linnet } from './linnet-command.ts';
import { optionsOf } from './stub-endpoint.ts';

test('The commands for a PostgreSQL database copy both halves', skipWithoutPostgres, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const folder = mkdtempSync(join(tmpdir(), 'linnet-database-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = [await postgres.newDatabase(), await postgres.newDatabase()];
  const start = (name: string, databaseUrl: string) => {
    const options = { dataDir: join(folder, name), databaseUrl, port: '0', logLevel: 'silent', stopDelay: '0' };
    return startServer(readConfig(options, {}));
  };
  const bodies = { small: 'small', large: 'large'.repeat(9000) };
  const server = await start("it's old", first);
  const s3 = new S3Client(optionsOf(server));
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  for (const [Key, Body] of Object.entries(bodies)) await s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body }));
  s3.destroy();
  await server.stop();
  const type = async (command: string, name: string, databaseUrl: string): Promise<void> => {
    const where = ['--data-dir', join(folder, name), '--database-url', databaseUrl];
    const { code, err } = await linnet(command, join(folder, 'file'), ...where);
    assert.equal(code, 2);
    const commands = err.split('\n').flatMap((line) => /^linnet: {3}(\w.*)$/.exec(line)?.[1] ?? []);
    assert.equal(commands.length, 2, err);
    for (const each of commands) {
      const done = spawnSync('sh', ['-c', each], { cwd: folder, encoding: 'utf8' });
      assert.equal(done.status, 0, `${each}\n${done.stderr}`);
    }
  };
  await type('backup', "it's old", first);
  await type('restore', 'new', second);
  const again = await start('new', second);
  const reader = new S3Client(optionsOf(again));
  for (const [Key, body] of Object.entries(bodies)) {
    const found = await reader.send(new GetObjectCommand({ Bucket: 'kept', Key }));
    assert.equal(await found.Body!.transformToString(), body);
  }
  reader.destroy();
  assert.equal(again.credentials.secretAccessKey, server.credentials.secretAccessKey);
  await again.stop();
});
