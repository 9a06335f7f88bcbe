import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { DataError } from '../../../base/index.ts';
import { filesBelow, packFiles } from './archive.ts';
import { unpackArchive } from './unpack-archive.ts';

function folderOf(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-archive-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const packed = async (folder: string): Promise<Buffer> =>
  buffer(packFiles((await filesBelow(folder)).map((name) => ({ name, path: join(folder, name) }))));

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

test('What is left out is named: links, sockets, and names that are not UTF-8', async (t) => {
  const folder = folderOf(t, { 'a/real': 'x', '\uFFFD': 'a name like any other' });
  symlinkSync('real', join(folder, 'a/latest'));
  const server = createServer().listen(join(folder, 'socket'));
  t.after(() => server.close());
  await once(server, 'listening');
  if (process.platform === 'linux') writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.of(0xff)]), 'y');
  const leftOut: string[] = [];
  const files = await filesBelow(folder, undefined, (name) => leftOut.push(name));
  assert.deepEqual(files, ['a/real', '\uFFFD']);
  assert.deepEqual(leftOut.sort(), ['a/latest', ...(process.platform === 'linux' ? ['b\uFFFD'] : []), 'socket']);
  await packed(folder);
  symlinkSync('/etc', `${folder}-link`);
  t.after(() => rmSync(`${folder}-link`));
  await filesBelow(`${folder}-link`, undefined, (name) => leftOut.push(name));
  assert.equal(leftOut.at(-1), '.');
});

test('A folder of too many files and folders, or too deep ones, is refused by its name', async (t) => {
  const folder = folderOf(t, { 'a/1': '', 'a/2': '', 'b/c/d/3': '' });
  const limits = { entriesMax: 7, depthMax: 3 };
  assert.deepEqual(await filesBelow(folder, limits), ['a/1', 'a/2', 'b/c/d/3']);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const refused = (message: string) => (thrown: unknown) => thrown instanceof DataError && thrown.message === message;
  await assert.rejects(
    filesBelow(folder, { ...limits, entriesMax: 6 }),
    refused(`The folder "${name}" holds more than 6 files and folders`),
  );
  await assert.rejects(
    filesBelow(folder, { ...limits, depthMax: 2 }),
    refused(`The folder "${name}" holds folders more than 2 deep`),
  );
});
