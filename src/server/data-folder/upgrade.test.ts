import assert from 'node:assert/strict';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { auditFolder, chainKey, openAuditLog, verifyAudit } from '../../audit/index.ts';
import { DataError } from '../../base/index.ts';
import { openRecords, tablesVersion } from '../../store/index.ts';
import { checkBackup } from '../backup/restore.ts';
import { readConfig } from '../index.ts';
import { storeFolders } from './data-folder.ts';
import { dataVersion, readDataVersion, upgrades, writeDataVersion } from './data-version.ts';
import { openRecordsEarly } from './early-records.ts';
import { keepSealingKey } from './secrets.ts';
import { upgrade } from './upgrade.ts';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-upgrade-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function startOnce(dataDir: string): Promise<void> {
  const { records } = await openRecordsEarly(readConfig({ dataDir }, {}));
  await (await records).close();
}

test('whoever changes the tables or adds an upgrade counts the version of the data folder on', () => {
  // The tables of each version of the folder. Add a line with each step; never change one.
  assert.equal({ 1: 1, 2: 2, 3: 2, 4: 2 }[dataVersion], tablesVersion);
  assert.deepEqual(
    upgrades.map(({ to }) => to),
    Array.from({ length: dataVersion - 1 }, (_, at) => at + 2),
  );
});

test('a new folder gets the version of its program, and one of before there were versions is of the first', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(readDataVersion(folder), undefined);
  await startOnce(folder);
  assert.equal(readDataVersion(folder), dataVersion);
  rmSync(join(folder, 'linnet.json'));
  assert.equal(readDataVersion(folder), 1);
  await startOnce(folder);
});

test('a folder of a newer Linnet is refused in one line, and left as it is', async (t) => {
  const folder = temporaryFolder(t);
  await startOnce(folder);
  await writeDataVersion(folder, dataVersion + 1);
  await assert.rejects(openRecordsEarly(readConfig({ dataDir: folder }, {})), (error) => {
    assert.ok(error instanceof DataError);
    assert.match(
      error.message,
      /^The data folder \S+ is of version \d+, written by a newer Linnet .*: use the newer one, or restore a backup from before the upgrade$/,
    );
    return true;
  });
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'linnet.json'), 'utf8')), { dataVersion: dataVersion + 1 });
});

test('a folder of an older Linnet is backed up, then goes through the steps, and goes on where it was interrupted', async (t) => {
  const folder = temporaryFolder(t);
  await startOnce(folder);
  await writeDataVersion(folder, 1);
  const { records: recordsFolder } = storeFolders(folder);
  const said: string[] = [];
  let isBroken = true;
  const steps = [2, 3].map((to) => ({
    to,
    what: `step ${to}`,
    async change(of: string) {
      // The folder is this process's own meanwhile.
      await assert.rejects(openRecords({ folder: recordsFolder }), /in use/);
      if (to === 3 && isBroken) throw new Error('broken');
      writeFileSync(join(of, `step-${to}`), '');
    },
  }));
  const run = (version: number) =>
    upgrade({ dataFolder: folder, databaseUrl: undefined }, version, {
      nowMs: 0,
      say: (text) => void said.push(text),
      upgrades: steps,
    });
  const versionNow = (): number => JSON.parse(readFileSync(join(folder, 'linnet.json'), 'utf8')).dataVersion;
  await assert.rejects(run(1), /broken/);
  assert.deepEqual([versionNow(), existsSync(join(folder, 'step-2'))], [2, true]);
  isBroken = false;
  rmSync(join(folder, 'step-2'));
  await run(versionNow());
  assert.deepEqual(
    [versionNow(), existsSync(join(folder, 'step-2')), existsSync(join(folder, 'step-3'))],
    [3, false, true],
  );
  const backup = join(folder, 'backups', 'before-version-3.linnet');
  assert.deepEqual(
    said.map((line) => line.slice(0, 44)),
    [
      'The data folder was upgraded to version 2: s',
      'The data folder was upgraded to version 3: s',
      'The data folder as it was before is in /tmp/'.slice(0, 44),
    ],
  );
  assert.equal((await checkBackup(createReadStream(backup) as AsyncIterable<Buffer>, backup)).head.dataVersion, 1);
});

test('an audit log of before its head had a seal goes on', async (t) => {
  const folder = temporaryFolder(t);
  await startOnce(folder);
  const options = { folder: auditFolder(folder), key: chainKey(await keepSealingKey(folder)) };
  const log = await openAuditLog(options);
  await log.add({ what: 'event' });
  await log.close();
  const head = join(options.folder, 'head.json');
  writeFileSync(head, readFileSync(head, 'utf8').replace(/,"own":"[0-9a-f]+"/, ''));
  await assert.rejects(openAuditLog(options), /head\.json is missing or was changed/);
  await writeDataVersion(folder, 3);
  await startOnce(folder);
  await (await openAuditLog(options)).close();
  assert.equal((await verifyAudit(options.folder, options.key)).problem, undefined);
});
