// Every release opens the data folders and backups of those before it.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { packageVersion, readConfig, restore, startServer } from '../../src/server/index.ts';
import { assertKnownData } from './known-data.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/data-folder/', import.meta.url));
const files = readdirSync(fixtures).filter((name) => name.endsWith('.gz'));

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-earlier-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

async function assertServes(dataDir: string): Promise<void> {
  const server = await startServer(readConfig({ dataDir, port: '0', logLevel: 'silent', stopDelay: '0' }, {}));
  try {
    await assertKnownData(server);
  } finally {
    await server.stop();
  }
}

test('there are fixtures of 0.1.0', () => {
  assert.ok(files.includes('0.1.0.folder.tar.gz') && files.includes('0.1.0.backup.gz'), packageVersion());
});

for (const file of files.filter((name) => name.endsWith('.folder.tar.gz')))
  test(`the data folder ${file} is served`, async (t) => {
    const folder = temporaryFolder(t);
    const archive = createReadStream(join(fixtures, file)).pipe(createGunzip()).pipe(extract());
    for await (const entry of archive) {
      const path = join(folder, entry.header.name);
      mkdirSync(dirname(path), { recursive: true });
      await writeFile(path, await buffer(entry), { mode: 0o600 });
    }
    await assertServes(folder);
  });

for (const file of files.filter((name) => name.endsWith('.backup.gz')))
  test(`the backup ${file} is restored and served`, async (t) => {
    const dataFolder = join(temporaryFolder(t), 'data');
    const bytes = gunzipSync(readFileSync(join(fixtures, file)));
    const input = (async function* () {
      yield bytes;
    })();
    await restore({ dataFolder, databaseUrl: undefined }, input, file);
    assert.ok(existsSync(join(dataFolder, 'linnet.json')));
    await assertServes(dataFolder);
  });
