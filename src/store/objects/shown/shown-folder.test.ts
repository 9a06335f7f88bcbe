import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Conflict, DataError } from '../../../base/index.ts';
import { memoryRecords } from '../../records/memory.ts';
import { compareUtf8 } from '../../records/utf8-order.ts';
import { folderObjects } from '../folder.ts';
import type { Objects } from '../objects.ts';
import { shownFolder } from './shown-folder.ts';
import { withShownFolders } from './with-shown-folders.ts';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-shown-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function write(root: string, ...keys: string[]): void {
  for (const key of keys) {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), key);
  }
}

/** A store with one folder shown as the bucket `shown`. */
async function showing(t: TestContext, root: string): Promise<Objects> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-shown-'));
  const store = await folderObjects({ folder, records: memoryRecords(), nowMs: Date.now, newId: randomUUID });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const options = { hidden: [folder], nowMs: Date.now };
  return withShownFolders(store, [shownFolder({ name: 'shown', path: root, region: 'us-east-1' }, options)]);
}

const keysOf = async (objects: Objects, query: Parameters<Objects['list']>[1] = {}): Promise<string[]> =>
  (await objects.list('shown', query)).map(({ key }) => key);

test('files are listed in the order of their keys, by prefix, after and from a key, page by page', async (t) => {
  const root = temporaryFolder(t);
  const keys = ['a', 'a-b/x', 'a.b', 'b/1', 'b/2/3', 'b/2.txt', 'b0', 'ü/x', '.hidden', 'Z'].sort(compareUtf8);
  write(root, ...keys);
  mkdirSync(join(root, 'empty'));
  const objects = await showing(t, root);
  assert.deepEqual(await keysOf(objects), keys);
  for (const key of [...keys, 'b', 'b/', 'b/2/', 'c', '']) {
    assert.deepEqual(
      await keysOf(objects, { prefix: key }),
      keys.filter((each) => each.startsWith(key)),
    );
    assert.deepEqual(
      await keysOf(objects, { after: key, limit: 2 }),
      keys.filter((each) => compareUtf8(each, key) > 0).slice(0, 2),
    );
    assert.deepEqual(
      await keysOf(objects, { from: key }),
      keys.filter((each) => compareUtf8(each, key) >= 0),
    );
  }
  assert.deepEqual(
    (await objects.versions('shown', { after: { key: 'b/1' }, limit: 2 })).map(({ key, versionId }) => [
      key,
      versionId,
    ]),
    [
      ['b/2.txt', 'null'],
      ['b/2/3', 'null'],
    ],
  );
});

test('bytes, ranges and files for jobs are what lies in the folder, and changes are seen', async (t) => {
  const root = temporaryFolder(t);
  write(root, 'in/k');
  writeFileSync(join(root, 'big'), Buffer.alloc(2_000_000, 'big'));
  const objects = await showing(t, root);
  const text = async (range?: { start: number; end: number }) =>
    (await buffer((await objects.get('shown', 'in/k', range))!.body)).toString();
  assert.equal(await text(), 'in/k');
  assert.equal(await text({ start: 1, end: 3 }), 'n/');
  const big = await objects.get('shown', 'big');
  assert.ok((await buffer(big!.body)).equals(readFileSync(join(root, 'big'))));
  const before = await objects.head('shown', 'in/k');
  assert.match(before!.etag, /^[0-9a-f]{32}-1$/);
  assert.deepEqual(await objects.head('shown', 'in/k', 'null'), before);
  appendFileSync(join(root, 'in/k'), ' and more');
  assert.equal(await text(), 'in/k and more');
  assert.notEqual((await objects.head('shown', 'in/k'))!.etag, before!.etag);
  const place = join(temporaryFolder(t), 'placed');
  await objects.place('shown', 'in/k', place, { shared: true });
  writeFileSync(place, 'changed by a job');
  assert.equal(await text(), 'in/k and more');
  for (const key of ['in', 'none', 'in/k/x', '../x', 'in//k', './in/k', '', '\0', 'x'.repeat(300)])
    assert.equal(await objects.head('shown', key), undefined, key);
  unlinkSync(join(root, 'in/k'));
  assert.deepEqual(await keysOf(objects), ['big']);
});

test('links within the folder are followed, those out of it and round in it are not', async (t) => {
  const root = temporaryFolder(t);
  const outside = temporaryFolder(t);
  write(outside, 'secret');
  write(root, 'real/k');
  symlinkSync(join(outside, 'secret'), join(root, 'out'));
  symlinkSync(outside, join(root, 'outside'));
  symlinkSync('real/k', join(root, 'link'));
  symlinkSync('real', join(root, 'folder'));
  symlinkSync('..', join(root, 'real', 'up'));
  symlinkSync('nowhere', join(root, 'dangling'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const objects = await showing(t, root);
  assert.deepEqual(await keysOf(objects), ['folder/k', 'link', 'real/k']);
  assert.equal((await buffer((await objects.get('shown', 'link'))!.body)).toString(), 'real/k');
  for (const key of ['out', 'outside/secret', 'dangling', 'pipe']) {
    assert.equal(await objects.get('shown', key), undefined, key);
    assert.equal(await objects.place('shown', key, join(outside, 'copy')), undefined, key);
  }
});

test('nothing is written to the folder, and its bucket stands among the others', async (t) => {
  const root = temporaryFolder(t);
  write(root, 'k');
  const objects = await showing(t, root);
  const target = { bucket: 'shown', key: 'k' };
  for (const change of [
    () => objects.put(target, Buffer.from('x')),
    () => objects.remove('shown', 'k'),
    () => objects.updateAttributes('shown', 'k', () => ({})),
    () => objects.createUpload(target, {}),
    () => objects.removeBucket('shown'),
    () => objects.updateBucket('shown', (bucket) => bucket),
  ])
    await assert.rejects(change(), DataError);
  const own = { name: 'own', createdAtMs: 1, region: 'us-east-1', publicRead: false, readOnly: false, attributes: {} };
  await objects.createBucket(own);
  await assert.rejects(objects.createBucket({ ...own, name: 'shown' }), Conflict);
  assert.deepEqual(
    (await objects.buckets()).map(({ name, shows }) => [name, shows]),
    [
      ['own', undefined],
      ['shown', root],
    ],
  );
  const options = { hidden: [], nowMs: Date.now };
  await assert.rejects(
    withShownFolders(objects, [shownFolder({ name: 'own', path: root, region: 'us-east-1' }, options)]),
    /bucket own already/,
  );
});

test('what is no folder, or has the data folder in it, is not shown', async (t) => {
  const root = temporaryFolder(t);
  write(root, 'data/credentials.json');
  const show = (path: string) => () =>
    shownFolder({ name: 'b', path, region: 'us-east-1' }, { hidden: [join(root, 'data')], nowMs: Date.now });
  assert.throws(show(join(root, 'none')), /is no folder/);
  assert.throws(show(join(root, 'data/credentials.json')), /is no folder/);
  for (const path of [root, join(root, 'data'), '/']) assert.throws(show(path), /has the server's key/);
});
