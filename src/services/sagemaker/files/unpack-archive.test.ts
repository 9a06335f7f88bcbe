import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { DataError } from '../../../base/index.ts';
import { LimitedTree, treeLimits } from './limited-tree.ts';
import { unpackArchive } from './unpack-archive.ts';

type Member = [name: string, content?: string];

/** Names that end in a slash are folders. */
async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content = ''] of members) {
    const mtime = new Date(0);
    if (name.endsWith('/')) archive.entry({ name, mtime, type: 'directory' });
    else archive.entry({ name, mtime }, content);
  }
  archive.finalize();
  return gzipSync(await buffer(archive));
}

const source = 's3://b/m.tar.gz';

async function unpack(t: TestContext, archive: Buffer, limits = treeLimits): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-unpack-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await unpackArchive(Readable.from([archive]), folder, source, new LimitedTree(folder, source, limits));
  return readdirSync(folder, { recursive: true }).map(String).sort();
}

const refused = (pattern: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof DataError, String(thrown));
  assert.ok(thrown.message.startsWith(source), thrown.message);
  return pattern.test(thrown.message);
};

test('Files and folders count alike, whether a member names a folder or only a path does', async (t) => {
  const limits = { ...treeLimits, entriesMax: 4 };
  const few = await archiveOf([['a/'], ['a/b/'], ['a/b/1'], ['a/b/2']]);
  assert.deepEqual(await unpack(t, few, limits), ['a', 'a/b', 'a/b/1', 'a/b/2']);
  assert.deepEqual(await unpack(t, await archiveOf([['a/b/1'], ['a/b/2']]), limits), ['a', 'a/b', 'a/b/1', 'a/b/2']);
  const tooMany = refused(/holds more than 4 files and folders$/);
  for (const members of [
    [['a/'], ['b/'], ['c/'], ['d/'], ['e/']],
    [['a/b/c/d/']].concat([['e']]),
    [['1'], ['2'], ['3'], ['4'], ['5']],
  ] as Member[][]) {
    await assert.rejects(unpack(t, await archiveOf(members), limits), tooMany);
  }
});

test('Paths have a depth and a length', async (t) => {
  const deep = (names: number): string => new Array<string>(names).fill('d').join('/');
  assert.equal((await unpack(t, await archiveOf([[deep(treeLimits.depthMax)]]))).length, treeLimits.depthMax);
  await assert.rejects(
    unpack(t, await archiveOf([[deep(treeLimits.depthMax + 1)]])),
    refused(/a path of 33 names; at most 32 are allowed$/),
  );
  await assert.rejects(
    unpack(t, await archiveOf([[`${deep(treeLimits.depthMax + 1)}/`]])),
    refused(/a path of 33 names; at most 32 are allowed$/),
  );
  const long = (bytes: number): string => 'n'.repeat(bytes);
  await assert.rejects(unpack(t, await archiveOf([[long(256)]])), refused(/a name of more than 255 bytes$/));
  const path = [200, 200, 200, 200, 221].map(long).join('/');
  await assert.rejects(unpack(t, await archiveOf([[path]])), refused(/a path of more than 1024 bytes$/));
});

test('Names that lead out of the folder are refused, and so are links', async (t) => {
  for (const name of ['/etc/x', '../x', 'a/../../x']) {
    await assert.rejects(
      unpack(t, await archiveOf([[name, 'x']])),
      refused(/a name that leads out of the archive or folder$/),
    );
  }
  const archive = pack();
  archive.entry({ name: 'link', type: 'symlink', linkname: '/etc/passwd' });
  archive.finalize();
  await assert.rejects(unpack(t, gzipSync(await buffer(archive))), refused(/holds "link", a symlink; only files/));
});

test('A file and a folder of one name are refused', async (t) => {
  for (const members of [
    [['start'], ['start/b']],
    [['start/b'], ['start']],
  ] as Member[][]) {
    await assert.rejects(
      unpack(t, await archiveOf(members)),
      refused(/holds a file and a folder of the same name: "start"$/),
    );
  }
});

test('An archive that unpacks to too much, or to far more than its bytes, is refused before it fills the disk', async (t) => {
  const zeros = await archiveOf([
    ['a', '\0'.repeat(4_000_000)],
    ['b', 'x'],
  ]);
  assert.deepEqual(await unpack(t, zeros), ['a', 'b']);
  await assert.rejects(
    unpack(t, zeros, { ...treeLimits, bytesMax: 3_999_999 }),
    refused(/unpacks to more than 3999999 bytes$/),
  );
  await assert.rejects(
    unpack(t, zeros, { ...treeLimits, freeBytes: 100_000 }),
    refused(/unpacks to more than 500 times its bytes \(\d+ from \d+\), which is refused beyond 100000 bytes/),
  );
});

test('An archive that is cut off or damaged at any place is refused, and never waited for', async (t) => {
  const whole = await archiveOf([
    ['a', 'some content'],
    ['b/c', 'more content'.repeat(100)],
  ]);
  for (let end = 0; end < whole.length; end++) {
    await assert.rejects(
      unpack(t, whole.subarray(0, end)),
      refused(/is not a readable \.tar\.gz archive/),
      `${end} bytes`,
    );
  }
  for (let bit = 80; bit < 8 * whole.length; bit += 3) {
    const copy = Buffer.from(whole);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    const found = await unpack(t, copy).catch((thrown: unknown) => assert.ok(refused(/./)(thrown), `bit ${bit}`));
    // Some bits mean nothing.
    if (found !== undefined) assert.deepEqual(found, ['a', 'b', 'b/c']);
  }
});
