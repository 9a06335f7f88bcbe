import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataError } from '../base/index.ts';
import { openRecords } from '../store/index.ts';
import { backUp } from './backup.ts';
import { keepCredentials, storeFolders } from './data-folder.ts';

async function dataFolder(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const records = await openRecords({ folder: storeFolders(folder).records });
  await records.write([{ put: { kind: 'k', id: 'a', createdAtMs: 1, updatedAtMs: 1, body: {} } }]);
  await records.close();
  await keepCredentials(folder);
  return folder;
}

test('a copy of a data folder has its records and its access key', async (t) => {
  const folder = await dataFolder(t);
  const target = join(folder, 'copy', 'of it');
  assert.equal(await backUp({ dataFolder: folder, databaseUrl: undefined }, target), 0);
  const key = (of: string): string => readFileSync(join(of, 'credentials.json'), 'utf8');
  assert.equal(key(target), key(folder));
  const copied = await openRecords({ folder: storeFolders(target).records });
  assert.equal((await copied.get('k', 'a'))?.version, 1);
  await copied.close();
});

test('a target that holds something, and records that are elsewhere, are refused before anything is copied', async (t) => {
  const folder = await dataFolder(t);
  const target = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(target, { recursive: true }));
  writeFileSync(join(target, 'precious'), '');
  const refused = (message: RegExp) => (error: unknown) => error instanceof DataError && message.test(error.message);
  await assert.rejects(backUp({ dataFolder: folder, databaseUrl: undefined }, target), refused(/is not empty/));
  await assert.rejects(
    backUp({ dataFolder: folder, databaseUrl: 'postgresql://host/db' }, join(target, 'copy')),
    refused(/pg_dump/),
  );
  assert.deepEqual(readdirSync(target), ['precious']);
});
