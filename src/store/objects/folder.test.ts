import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Unavailable } from '../../base/index.ts';
import { faultyRecords } from '../records/faulty.testing.ts';
import { memoryRecords } from '../records/memory.ts';
import type { Records } from '../records/records.ts';
import { folderObjects } from './folder.ts';
import { bucketOf, bytesOf, objectsSuite, textOf } from './objects.suite.ts';
import type { Objects } from './objects.ts';
import { openSeal } from './sealing/seal.ts';

const suiteFolder = mkdtempSync(join(tmpdir(), 'linnet-objects-'));
process.once('exit', () => rmSync(suiteFolder, { recursive: true, force: true }));
objectsSuite('A folder', () =>
  folderObjects({ folder: join(suiteFolder, 'some'), records: memoryRecords(), nowMs: Date.now, newId: randomUUID }),
);
objectsSuite('A folder with a key', () =>
  folderObjects({
    folder: join(suiteFolder, 'sealed'),
    records: memoryRecords(),
    nowMs: Date.now,
    newId: randomUUID,
    seal: openSeal(new Uint8Array(32).fill(7), randomBytes),
  }),
);
objectsSuite('A folder with all bytes in files', () => open(join(suiteFolder, 'all'), memoryRecords()));

/** All bytes are in files, those of the small objects of these tests too. */
const open = (folder: string, records: Records, nowMs: () => number = Date.now): Promise<Objects> =>
  folderObjects({ folder, records, nowMs, newId: randomUUID, smallBytesMax: 0 });

function newFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-objects-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const blobFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'tidy')
    .map(({ name }) => name);

const twoParts = async (objects: Objects, key: string): Promise<void> => {
  const upload = await objects.createUpload({ bucket: 'b', key }, {});
  const parts = [await objects.putPart(upload, 1, bytesOf('1')), await objects.putPart(upload, 2, bytesOf('2'))];
  await objects.completeUpload(upload, parts, { etag: 'e' });
};

test('what was put is there after another start, with nothing left over', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const first = await open(folder, records);
  await first.createBucket(bucketOf('b'));
  await first.put({ bucket: 'b', key: '../../etc/passwd' }, bytesOf('one'));
  await first.put({ bucket: 'b', key: '../../etc/passwd' }, bytesOf('two'));
  await twoParts(first, 'parts');
  await first.close();
  const second = await open(folder, records);
  assert.equal(await textOf(second, 'b', '../../etc/passwd'), 'two');
  assert.equal(await textOf(second, 'b', 'parts'), '12');
  assert.equal(blobFiles(folder).length, 3);
  for (const name of blobFiles(folder)) assert.match(name, /^[0-9a-f]{32}$/);
});

test('small objects have no files, whatever their keys had before', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const objects = await folderObjects({ folder, records, nowMs: Date.now, newId: randomUUID, smallBytesMax: 3 });
  await objects.createBucket(bucketOf('b'));
  const put = (text: string) => objects.put({ bucket: 'b', key: 'k' }, bytesOf(text));
  const keptInRecords = async () => (await records.list('small/b')).length;
  for (const [text, files, small] of [
    ['one', 0, 1],
    ['three', 1, 0],
    ['two', 0, 1],
    ['six', 0, 1],
  ] as const) {
    await put(text);
    assert.equal(await textOf(objects, 'b', 'k'), text);
    assert.deepEqual([blobFiles(folder).length, await keptInRecords()], [files, small], text);
  }
  await objects.updateAttributes('b', 'k', () => ({ tags: { a: '1' } }));
  assert.equal(await textOf(objects, 'b', 'k'), 'six');
  await twoParts(objects, 'k');
  assert.deepEqual([blobFiles(folder).length, await keptInRecords()], [2, 0]);
  await put('two');
  await objects.remove('b', 'k');
  assert.deepEqual([blobFiles(folder).length, await keptInRecords()], [0, 0]);
  await objects.removeBucket('b');
  await objects.close();
});

test('a start after a crash sweeps files that no record names, and no others', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const crashed = await open(folder, records);
  await crashed.createBucket(bucketOf('b'));
  await crashed.put({ bucket: 'b', key: 'k' }, bytesOf('kept'));
  const upload = await crashed.createUpload({ bucket: 'b', key: 'u' }, {});
  const part = await crashed.putPart(upload, 1, bytesOf('part'));
  await twoParts(crashed, 'parts');
  mkdirSync(join(folder, 'blobs/ab'), { recursive: true });
  writeFileSync(join(folder, 'blobs/ab', 'ab'.repeat(16)), 'orphan');
  const objects = await open(folder, records);
  // Written and completed while the sweep goes on.
  await objects.put({ bucket: 'b', key: 'new' }, bytesOf('new'));
  await objects.completeUpload(upload, [part], { etag: 'e' });
  while (blobFiles(folder).includes('ab'.repeat(16))) await new Promise(setImmediate);
  await objects.close();
  assert.ok(existsSync(join(folder, 'tidy')));
  const again = await open(folder, records);
  assert.deepEqual(await Promise.all(['k', 'u', 'parts', 'new'].map((key) => textOf(again, 'b', key))), [
    'kept',
    'part',
    '12',
    'new',
  ]);
  assert.equal(blobFiles(folder).length, 5);
  await crashed.close();
});

test('an object that was being read when it was removed leaves no file behind', async (t) => {
  const folder = newFolder(t);
  const objects = await open(folder, memoryRecords());
  await objects.createBucket(bucketOf('b'));
  await objects.put({ bucket: 'b', key: 'k' }, bytesOf('x'));
  const reader = await objects.get('b', 'k');
  await objects.remove('b', 'k');
  assert.equal(blobFiles(folder).length, 1);
  reader?.body.destroy();
  while (blobFiles(folder).length > 0) await new Promise(setImmediate);
  await objects.put({ bucket: 'b', key: 'k' }, bytesOf('x'));
  await objects.get('b', 'k');
  await objects.remove('b', 'k');
  await objects.close();
  assert.deepEqual(blobFiles(folder), []);
});

test('large objects that arrive together have their own digests, and one that breaks off leaves no file', async (t) => {
  const folder = newFolder(t);
  const objects = await open(folder, memoryRecords());
  await objects.createBucket(bucketOf('b'));
  const bodies = Array.from({ length: 6 }, (_, at) => Buffer.alloc(2_500_000 + at * 300_001, `body ${at}`));
  async function* pieces(bytes: Buffer, breaks = false): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000);
    if (breaks) throw new RangeError('torn');
  }
  const torn = assert.rejects(objects.put({ bucket: 'b', key: 'torn' }, pieces(bodies[0]!, true)), /torn/);
  const put = await Promise.all(
    bodies.map((bytes, at) => objects.put({ bucket: 'b', key: `k${at}` }, pieces(bytes), { checksums: ['SHA1'] })),
  );
  await torn;
  for (const [at, bytes] of bodies.entries()) {
    assert.equal(put[at]?.etag, createHash('md5').update(bytes).digest('hex'));
    assert.equal(await textOf(objects, 'b', `k${at}`), bytes.toString());
  }
  assert.equal(blobFiles(folder).length, bodies.length);
  await objects.close();
});

test('a folder that cannot be written to is Unavailable, and nothing is seen of the object', async (t) => {
  const folder = newFolder(t);
  const objects = await open(folder, memoryRecords());
  await objects.createBucket(bucketOf('b'));
  rmSync(join(folder, 'blobs'), { recursive: true });
  await assert.rejects(objects.put({ bucket: 'b', key: 'k' }, bytesOf('x')), Unavailable);
  assert.equal(await objects.head('b', 'k'), undefined);
  writeFileSync(join(folder, 'blobs'), '');
  await assert.rejects(open(folder, memoryRecords()), Unavailable);
  await objects.close();
});

test('a read of bytes that are gone from the disk is Unavailable', async (t) => {
  const folder = newFolder(t);
  const objects = await open(folder, memoryRecords());
  await objects.createBucket(bucketOf('b'));
  await objects.put({ bucket: 'b', key: 'k' }, bytesOf('x'));
  rmSync(join(folder, 'blobs'), { recursive: true });
  await assert.rejects(textOf(objects, 'b', 'k'), Unavailable);
  await objects.close();
});

// Each call of the index fails once, at every position, before and after its effect.
for (const when of ['before', 'after'] as const) {
  test(`an index that fails ${when} a call loses nothing and leaves no file for long`, async (t) => {
    for (let call = 1; ; call++) {
      const folder = newFolder(t);
      const sound = memoryRecords();
      let nowMs = 1_000_000;
      const prepared = await open(folder, sound, () => nowMs);
      await prepared.createBucket(bucketOf('b'));
      await prepared.put({ bucket: 'b', key: 'k' }, bytesOf('old'));
      const upload = await prepared.createUpload({ bucket: 'b', key: 'u' }, {});
      const part = await prepared.putPart(upload, 1, bytesOf('part'));
      await prepared.close();

      const records = faultyRecords(sound, { call, when });
      const objects = await open(folder, records, () => nowMs);
      const failures: unknown[] = [];
      const act = async (run: Promise<unknown>): Promise<boolean> =>
        run.then(
          () => true,
          (thrown: unknown) => {
            failures.push(thrown);
            return false;
          },
        );
      const read = async (key: string) => textOf(objects, 'b', key).catch(() => textOf(objects, 'b', key));

      const replaced = await act(objects.put({ bucket: 'b', key: 'k' }, bytesOf('new')));
      const now = await read('k');
      assert.ok(replaced ? now === 'new' : now === 'old' || now === 'new', `call ${call}`);
      await act(objects.putPart(upload, 2, bytesOf('extra')));
      const completed = await act(objects.completeUpload(upload, [part], { etag: 'e' }));
      const joined = await read('u');
      assert.ok(completed ? joined === 'part' : joined === undefined || joined === 'part', `call ${call}`);
      const removed = await act(objects.remove('b', 'k'));
      if (removed) assert.equal(await read('k'), undefined);
      for (const failure of failures) assert.match(String(failure), /Unavailable|Conflict/);

      // A minute later the next write settles what was in doubt.
      nowMs += 60_000;
      const last = (): Promise<unknown> => objects.put({ bucket: 'b', key: 'last' }, bytesOf('x'));
      await last().catch(last);
      const kept = await Promise.all(['k', 'u', 'last'].map((key) => sound.get('object/b', key)));
      const isWaiting = (await sound.get('upload/b', upload.uploadId)) !== undefined;
      const waiting = isWaiting ? await prepared.parts(upload) : [];
      const expected = kept.filter((found) => found !== undefined).length + waiting.length;
      await objects.close();
      if (!existsSync(join(folder, 'tidy'))) {
        // What only a sweep can find is found by the next start.
        const next = await open(folder, sound, () => nowMs);
        while (blobFiles(folder).length > expected) await new Promise(setImmediate);
        await next.close();
      }
      assert.equal(blobFiles(folder).length, expected, `call ${call} ${when}`);
      if (records.callCount < call) return;
    }
  });
}
