import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { DataError } from '../../base/index.ts';
import { folderObjects, openRecords } from '../../store/index.ts';
import { keepSettings, storeFolders } from '../data-folder/data-folder.ts';
import { readDataVersion } from '../data-folder/data-version.ts';
import { keepCredentials } from '../data-folder/secrets.ts';
import { backUp } from './back-up.ts';
import { checkBackup, restore } from './restore.ts';

const nowMs = Date.UTC(2026, 10, 30);

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const openStore = async (folder: string) => {
  const records = await openRecords({ folder: storeFolders(folder).records });
  const objects = await folderObjects({
    folder: storeFolders(folder).objects,
    records,
    nowMs: () => nowMs,
    newId: randomUUID,
  });
  const close = async (): Promise<void> => {
    await objects.close();
    await records.close();
  };
  return { records, objects, close };
};

/** A data folder with a small and a large object, a key, a setting and an image. */
async function dataFolder(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const { objects, close } = await openStore(folder);
  await objects.createBucket({ name: 'b', region: 'us-east-1', createdAtMs: nowMs } as never);
  await objects.put({ bucket: 'b', key: 'small' }, Buffer.from('small'));
  await objects.put({ bucket: 'b', key: 'large' }, Buffer.alloc(100_000, 'large'));
  await objects.createBucket({ name: 'v', region: 'us-east-1', createdAtMs: nowMs, versioning: 'Enabled' } as never);
  await objects.put({ bucket: 'v', key: 'k' }, Buffer.alloc(50_000, 'older'));
  await objects.put({ bucket: 'v', key: 'k' }, Buffer.from('newer'));
  await close();
  await keepCredentials(folder);
  await keepSettings(folder, { region: 'eu-west-1', allowInsecure: true });
  const image = join(folder, 'images', 'mine', '1');
  const environment = join(image, 'environment');
  mkdirSync(join(environment, 'bin'), { recursive: true });
  mkdirSync(join(environment, 'empty'));
  writeFileSync(join(environment, 'bin', 'tool'), `#!${environment}/bin/python\n`);
  chmodSync(join(environment, 'bin', 'tool'), 0o755);
  symlinkSync('/usr/bin/env', join(environment, 'bin', 'python'));
  writeFileSync(join(environment, `${'long name '.repeat(20)}é`), 'x');
  const note = { name: 'mine', version: '1', kind: 'environment', repositories: [], files: {}, madeFrom: 'a test' };
  writeFileSync(
    join(image, 'image.json'),
    JSON.stringify({ ...note, sizeBytes: 1, addedAt: '2026-11-30T00:00:00.000Z' }),
  );
  return folder;
}

async function backupOf(folder: string, withImages = false): Promise<Buffer> {
  const out = new PassThrough();
  const [bytes] = await Promise.all([
    buffer(out),
    backUp({ dataFolder: folder, databaseUrl: undefined }, out, { withImages, nowMs }),
  ]);
  return bytes;
}

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const restoreTo = (folder: string, bytes: Buffer) =>
  restore({ dataFolder: folder, databaseUrl: undefined }, pieces(bytes), 'The backup');

const refusal = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DataError, String(error));
  assert.match(error.message, message);
  return true;
};

test('a restored folder has the objects, the key, the settings and, if asked for, the images of the backup', async (t) => {
  const folder = await dataFolder(t);
  for (const withImages of [false, true]) {
    const target = join(temporaryFolder(t), 'new', 'folder');
    const { head, end, given } = await restoreTo(target, await backupOf(folder, withImages));
    assert.deepEqual(given, { region: 'eu-west-1', allowInsecure: true });
    assert.deepEqual([head.images[0]?.name, head.madeAt], ['mine', '2026-11-30T00:00:00.000Z']);
    assert.equal(end.entries, withImages ? 11 : 6);
    assert.equal(readDataVersion(target), 1);
    const read = (of: string): string => readFileSync(join(of, 'credentials.json'), 'utf8');
    assert.equal(read(target), read(folder));
    const { objects, close } = await openStore(target);
    assert.deepEqual(
      (await objects.list('b', {})).map(({ key, sizeBytes }) => [key, sizeBytes]),
      [
        ['large', 100_000],
        ['small', 5],
      ],
    );
    const found = await objects.get('b', 'large');
    assert.equal(Buffer.compare(await buffer(found!.body), Buffer.alloc(100_000, 'large')), 0);
    const [newer, older] = await objects.versions('v', {});
    const sizes = [newer, older].map((version) => version?.object?.sizeBytes);
    assert.deepEqual(sizes, [5, 50_000]);
    const olderRead = await objects.get('v', 'k', undefined, older!.versionId);
    assert.equal(Buffer.compare(await buffer(olderRead!.body), Buffer.alloc(50_000, 'older')), 0);
    await close();
    for (const path of ['.', 'credentials.json', 'records', 'records/records.sqlite'])
      assert.equal(statSync(join(target, path)).mode & 0o077, 0, path);
    const environment = join(target, 'images', 'mine', '1', 'environment');
    assert.equal(existsSync(environment), withImages);
    if (!withImages) continue;
    assert.equal(readFileSync(join(environment, 'bin', 'tool'), 'utf8'), `#!${environment}/bin/python\n`);
    assert.equal(statSync(join(environment, 'bin', 'tool')).mode & 0o777, 0o755);
    for (const folder of [join(environment, '..'), join(environment, 'bin')])
      assert.equal(statSync(folder).mode & 0o777, 0o755, folder);
    assert.equal(statSync(join(target, 'images')).mode & 0o077, 0);
    assert.equal(readlinkSync(join(environment, 'bin', 'python')), '/usr/bin/env');
    assert.ok(lstatSync(join(environment, 'empty')).isDirectory());
  }
});

test('a backup that is cut off anywhere is refused with the last entry that is whole, and leaves nothing', async (t) => {
  const bytes = await backupOf(await dataFolder(t), true);
  const target = join(temporaryFolder(t), 'target');
  for (const length of [0, 1, 511, 512, 1024, 5000, bytes.length >> 1, bytes.length - 2048, bytes.length - 1600]) {
    const expected =
      length === 0
        ? /is empty/
        : length < 512
          ? /only \d+ bytes long/
          : /^The backup is cut off after (its beginning|".*"):/;
    await assert.rejects(restoreTo(target, bytes.subarray(0, length)), refusal(expected), String(length));
    assert.deepEqual(readdirSync(target), []);
  }
  // Only padding is missing here.
  await restoreTo(target, bytes.subarray(0, bytes.length - 1024));
});

test('a backup in which any byte of an entry is another one is refused, and names the entry', async (t) => {
  const bytes = await backupOf(await dataFolder(t));
  const places = await entryPlaces(bytes);
  for (const { name, start, size } of places) {
    for (const at of [start, start + size - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      await assert.rejects(checkBackup(pieces(damaged), 'The backup'), (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.ok(name === 'backup.json' || error.message.includes(name), `${name}: ${error.message}`);
        return true;
      });
    }
    // In its header.
    const damaged = Buffer.from(bytes);
    damaged[start - 512 + 3]! ^= 1;
    await assert.rejects(
      checkBackup(pieces(damaged), 'The backup'),
      refusal(/^The backup is (damaged: what follows|no)/),
    );
  }
});

test('an archive of another kind, packed, newer, or with entries that lead elsewhere is refused', async (t) => {
  const bytes = await backupOf(await dataFolder(t));
  const refused = (input: Buffer, message: RegExp) => assert.rejects(checkBackup(pieces(input), 'F'), refusal(message));
  await refused(
    gzipSync(bytes),
    /^F is packed with gzip: unpack it on the way, as in gzip -dc FILE \| linnet restore -$/,
  );
  await refused(Buffer.alloc(4096, 'text'), /it is no tar archive/);
  await refused(await tar([['readme.txt', 'hello']]), /^F is no backup of Linnet: it begins with "readme.txt"$/);
  await refused(await tar([['backup.json', '{}']]), /is no backup of Linnet/);
  const newer = { format: 'linnet-backup', formatVersion: 1, dataVersion: 99, program: '9.0.0', images: [] };
  await refused(await tar([['backup.json', JSON.stringify(newer)]]), /made by Linnet 9\.0\.0 and is newer .* data 99/);
  const head = JSON.stringify({ ...newer, dataVersion: 1 });
  for (const path of ['../escape', '/etc/passwd', 'images/a/1/../../../x', 'objects/blobs/aa/../../x', 'programs/x'])
    await refused(
      await tar([
        ['backup.json', head],
        [path, 'x'],
      ]),
      /does not belong into a backup/,
    );
});

test('a folder that holds something is left as it is; so is a half restored one, on which nothing starts', async (t) => {
  const bytes = await backupOf(await dataFolder(t));
  const full = temporaryFolder(t);
  writeFileSync(join(full, 'precious'), '');
  await assert.rejects(restoreTo(full, bytes), refusal(/is not empty: move it away, or name a new one/));
  assert.deepEqual(readdirSync(full), ['precious']);
  const half = temporaryFolder(t);
  const under = new PassThrough();
  const restoring = restore({ dataFolder: half, databaseUrl: undefined }, under, 'The backup');
  under.write(bytes.subarray(0, bytes.length >> 1));
  while (!existsSync(join(half, 'records', 'records.sqlite'))) await new Promise(setImmediate);
  assert.throws(() => readDataVersion(half), refusal(/A restore .* is under way or was interrupted/));
  await assert.rejects(restoreTo(half, bytes), refusal(/is under way or was interrupted/));
  under.end(bytes.subarray(bytes.length >> 1));
  await restoring;
  assert.equal(readDataVersion(half), 1);
});

test('where records are in a database, both commands are refused with the two commands to type', async (t) => {
  const config = { dataFolder: temporaryFolder(t), databaseUrl: 'postgresql://me:secret@host/db' };
  await assert.rejects(backUp(config, new PassThrough(), { nowMs }), (error) => {
    const [, ...commands] = (error as DataError).message.split('\n');
    assert.deepEqual(
      commands.map((line) => line.trim().split(' ')[0]),
      ['pg_dump', 'tar'],
    );
    assert.doesNotMatch((error as DataError).message, /secret/);
    return true;
  });
  await assert.rejects(restore(config, pieces(Buffer.alloc(0)), 'F'), refusal(/pg_restore.*\n.*tar --extract/));
});

test('a reader of a pipe that ends early fails the backup', async (t) => {
  const folder = await dataFolder(t);
  const out = new PassThrough({ highWaterMark: 1 });
  out.once('data', () => out.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' })));
  await assert.rejects(
    backUp({ dataFolder: folder, databaseUrl: undefined }, out, { nowMs }),
    /^Unavailable: The backup cannot be written: its reader ended before it$/,
  );
  assert.ok(!existsSync(join(folder, 'objects', 'holds')));
});

async function tar(entries: readonly (readonly [string, string])[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of entries) archive.entry({ name }, text);
  archive.finalize();
  return buffer(archive);
}

/** Where the bytes of each entry are. */
async function entryPlaces(bytes: Buffer): Promise<{ name: string; start: number; size: number }[]> {
  const found: { name: string; start: number; size: number }[] = [];
  const archive = extract();
  archive.end(bytes);
  let at = 0;
  for await (const entry of archive) {
    const { name, size = 0 } = entry.header;
    found.push({ name, start: at + 512, size });
    at += 512 + Math.ceil(size / 512) * 512;
    entry.resume();
  }
  assert.ok(found.length > 5 && dirname(found[3]!.name) !== '.');
  return found;
}
