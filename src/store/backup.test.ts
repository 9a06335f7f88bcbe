import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { openSnapshot } from './backup.ts';
import { folderObjects } from './objects/folder.ts';
import { bucketOf, bytesOf, textOf } from './objects/objects.suite.ts';
import { openRecords } from './records/open.ts';

const foldersIn = (folder: string) => ({ records: join(folder, 'records'), objects: join(folder, 'objects') });

async function openStore(folder: string) {
  const records = await openRecords({ folder: foldersIn(folder).records });
  const objects = await folderObjects({
    folder: foldersIn(folder).objects,
    records,
    nowMs: Date.now,
    newId: randomUUID,
  });
  const close = async (): Promise<void> => {
    await objects.close();
    await records.close();
  };
  return { records, objects, close };
}

test('a snapshot of a store that goes on being written is one moment of it, with every object of that moment', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [live, copy] = [join(base, `it's live`), join(base, 'copy')];
  const store = await openStore(live);
  await store.objects.createBucket(bucketOf('b'));
  const put = (key: string, text: string) => store.objects.put({ bucket: 'b', key }, bytesOf(text));
  // These have files, and what is put below is small enough for the records.
  const old = (at: number): string => `old ${at}`.repeat(5000);
  for (let at = 0; at < 50; at++) await put(`old-${at}`, old(at));
  const upload = await store.objects.createUpload({ bucket: 'b', key: 'u' }, {});
  await store.objects.putPart(upload, 1, bytesOf('part'));
  // Two keys are written in turn: at every moment they hold the same number or the first is one ahead.
  let done = false;
  const writing = (async () => {
    for (let n = 1; !done; n++) {
      await put('first', String(n));
      await put('second', String(n));
      if (n < 25) await store.objects.remove('b', `old-${n}`);
    }
  })();
  t.after(() => {
    done = true;
  });
  const snapshot = openSnapshot(foldersIn(live));
  // Everything goes before any of it is copied.
  for (let at = 25; at < 50; at++) await store.objects.remove('b', `old-${at}`);
  let files = 0;
  for (const { path, file } of snapshot.files()) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    copyFileSync(file, join(copy, path));
    files++;
  }
  done = true;
  await writing;
  const copied = await openStore(copy);
  const keys = (await copied.objects.list('b', {})).map(({ key }) => key);
  assert.equal(files, keys.filter((key) => key.startsWith('old-')).length + 2, 'files, the database and the part');
  for (const key of keys) assert.ok(await textOf(copied.objects, 'b', key), key);
  const [first, second] = await Promise.all(['first', 'second'].map((key) => textOf(copied.objects, 'b', key)));
  assert.ok([0, 1].includes(Number(first ?? 0) - Number(second ?? 0)), `${first} and ${second}`);
  for (const at of [0, 25, 49]) assert.equal(await textOf(copied.objects, 'b', `old-${at}`), old(at));
  assert.equal((await copied.objects.parts(upload)).length, 1);
  await copied.close();
  // What was held goes with the hold.
  const left = (await store.objects.list('b', {})).filter(({ key }) => key.startsWith('old-'));
  assert.ok(left.length < 26 && blobsIn(live).length >= 51);
  snapshot.close();
  await store.close();
  assert.equal(blobsIn(live).length, left.length + 1);
  assert.ok(!existsSync(join(live, 'objects', 'holds')));
});

test('a server that stops during a backup leaves the files to it, and the next one removes them', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  const open = () => openStore(base);
  const store = await open();
  await store.objects.createBucket(bucketOf('b'));
  await store.objects.put({ bucket: 'b', key: 'k' }, bytesOf('large'.repeat(5000)));
  const snapshot = openSnapshot(foldersIn(base));
  await store.objects.remove('b', 'k');
  await store.close();
  assert.equal(blobsIn(base).length, 1);
  // The sweep of the next one waits for the backup as well.
  const next = await open();
  await next.objects.put({ bucket: 'b', key: 'k' }, bytesOf('large'.repeat(5000)));
  snapshot.close();
  await next.close();
  for (let tries = 0; blobsIn(base).length > 1; tries++) {
    assert.ok(tries < 50);
    const last = await open();
    // A sweep takes a few steps, and ends with the store.
    for (let reads = 0; reads < 100 && blobsIn(base).length > 1; reads++) await last.objects.list('b', {});
    await last.close();
  }
});

test('a hold of a backup that was killed holds nothing', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  const store = await openStore(base);
  await store.objects.createBucket(bucketOf('b'));
  await store.objects.put({ bucket: 'b', key: 'k' }, bytesOf('large'.repeat(5000)));
  const holds = join(foldersIn(base).objects, 'holds');
  mkdirSync(join(holds, '.left'), { recursive: true });
  for (const path of ['left', '.left/records.sqlite']) writeFileSync(join(holds, path), '');
  await store.objects.remove('b', 'k');
  assert.deepEqual([blobsIn(base), readdirSync(holds)], [[], []]);
  await store.close();
});

const blobsIn = (folder: string): string[] =>
  readdirSync(join(folder, 'objects', 'blobs'), { recursive: true })
    .map(String)
    .filter((name) => name.length > 3)
    .sort();

test('a folder without a store has nothing to be backed up, and is left as it is', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  assert.throws(
    () => openSnapshot(foldersIn(base)),
    (error) => error instanceof DataError && error.message.includes(base),
  );
  assert.deepEqual(readdirSync(base), []);
});
