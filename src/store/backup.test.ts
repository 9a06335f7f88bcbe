import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { backUpStore } from './backup.ts';
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

test('a copy of a store that goes on being written is one moment of it, with every object of that moment', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [live, copy] = [join(base, 'live'), join(base, `a 'copy'`)];
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
      if (n < 50) await store.objects.remove('b', `old-${n}`);
    }
  })();
  const count = await backUpStore(foldersIn(live), foldersIn(copy));
  done = true;
  await writing;
  const copied = await openStore(copy);
  const keys = (await copied.objects.list('b', {})).map(({ key }) => key);
  const files = readdirSync(join(copy, 'objects', 'blobs'), { recursive: true }).filter(
    (name) => String(name).length > 3,
  );
  assert.equal(count, keys.filter((key) => key.startsWith('old-')).length + 1);
  assert.equal(files.length, count);
  for (const key of keys) assert.ok(await textOf(copied.objects, 'b', key), key);
  const [first, second] = await Promise.all(['first', 'second'].map((key) => textOf(copied.objects, 'b', key)));
  assert.ok([0, 1].includes(Number(first ?? 0) - Number(second ?? 0)), `${first} and ${second}`);
  assert.equal(await textOf(copied.objects, 'b', 'old-0'), old(0));
  const parts = await copied.objects.parts(upload);
  assert.equal(parts.length, 1);
  await copied.close();
  await store.close();
});

test('a folder without a store has nothing to be copied, and is left as it is', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'linnet-backup-'));
  t.after(() => rmSync(base, { recursive: true }));
  await assert.rejects(
    backUpStore(foldersIn(base), foldersIn(join(base, 'copy'))),
    (error) => error instanceof DataError && error.message.includes(base),
  );
  assert.deepEqual(readdirSync(base), []);
});
