import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { removeTree } from './remove-tree.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-remove-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('Files, folders and links go, and what links lead to stays', async (t) => {
  const folder = folderOf(t);
  const kept = folderOf(t);
  writeFileSync(join(kept, 'file'), 'kept');
  const tree = join(folder, 'tree');
  for (const path of ['a/b/c', 'a/d', 'e']) {
    mkdirSync(join(tree, path), { recursive: true });
    for (let i = 0; i < 300; i++) writeFileSync(join(tree, path, `file ${i}`), '');
  }
  symlinkSync(kept, join(tree, 'a/b/folder'));
  symlinkSync(join(kept, 'file'), join(tree, 'file'));
  symlinkSync('nowhere', join(tree, 'e/broken'));
  chmodSync(join(tree, 'a/b'), 0);
  await removeTree(tree);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(readFileSync(join(kept, 'file'), 'utf8'), 'kept');

  symlinkSync(kept, tree);
  await removeTree(tree);
  assert.deepEqual([readdirSync(folder), existsSync(kept)], [[], true]);
  await removeTree(tree);
});

test('Folders go however deep they lie, deeper than any path can say', async (t) => {
  const folder = folderOf(t);
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(folder);
  for (let depth = 0; depth < 60; depth++) {
    mkdirSync('d'.repeat(100));
    process.chdir('d'.repeat(100));
    writeFileSync('file', '');
  }
  process.chdir(before);
  await removeTree(join(folder, 'd'.repeat(100)));
  assert.deepEqual(readdirSync(folder), []);
});

test('While a large tree goes, most of the threads for files are free', async (t) => {
  const tree = join(folderOf(t), 'tree');
  for (let part = 0; part < 20; part++) {
    mkdirSync(join(tree, String(part)), { recursive: true });
    for (let i = 0; i < 50; i++) writeFileSync(join(tree, String(part), String(i)), '');
  }
  let most = 0;
  let isGone = false;
  const look = (): void => {
    most = Math.max(most, process.getActiveResourcesInfo().filter((kind) => /^FSReq/.test(kind)).length);
    if (!isGone) setImmediate(look);
  };
  look();
  await removeTree(tree);
  isGone = true;
  assert.equal(existsSync(tree), false);
  assert.equal(most, 1);
});
