import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { DataError } from '../../base/index.ts';
import { filesBelow, packFiles, unpackArchive } from './archive.ts';

function folderOf(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-archive-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const packed = async (folder: string): Promise<Buffer> => buffer(packFiles(folder, await filesBelow(folder)));

test('What was packed comes out again, and the same files give the same bytes at any time', async (t) => {
  const files = { 'b/2': 'two'.repeat(100_000), a: '', 'b/1': 'one' };
  const one = folderOf(t, files);
  const two = folderOf(t, files);
  utimesSync(join(two, 'a'), 1, 1);
  const archive = await packed(one);
  assert.deepEqual(await packed(two), archive);
  const target = folderOf(t);
  await unpackArchive(Readable.from([archive]), target, 'archive');
  assert.deepEqual(await filesBelow(target), ['a', 'b/1', 'b/2']);
  assert.equal(readFileSync(join(target, 'b/2'), 'utf8'), files['b/2']);
});

test('Links are not packed: neither files nor folders of the host come with them', async (t) => {
  const folder = folderOf(t, { real: 'x' });
  symlinkSync('/etc/passwd', join(folder, 'file'));
  symlinkSync('/etc', join(folder, 'folder'));
  assert.deepEqual(await filesBelow(folder), ['real']);
  symlinkSync('/etc', `${folder}-link`);
  t.after(() => rmSync(`${folder}-link`));
  assert.deepEqual(await filesBelow(`${folder}-link`), []);
  assert.deepEqual(await filesBelow(`${folder}-missing`), []);
});

test('An archive beyond the limits is refused before it fills the disk', async (t) => {
  const archive = await packed(folderOf(t, { a: 'x'.repeat(10_000), b: 'y' }));
  const unpack = (limits: { filesMax: number; bytesMax: number }) =>
    unpackArchive(Readable.from([archive]), folderOf(t), 's3://b/m.tar.gz', limits);
  const refused = (pattern: RegExp) => (thrown: unknown) => thrown instanceof DataError && pattern.test(thrown.message);
  await assert.rejects(unpack({ filesMax: 1, bytesMax: 1e6 }), refused(/^s3:\/\/b\/m.tar.gz holds more than 1 files$/));
  await assert.rejects(unpack({ filesMax: 9, bytesMax: 9_999 }), refused(/unpacks to more than 9999 bytes/));
  await unpack({ filesMax: 2, bytesMax: 10_001 });
});
