import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataError } from '../base/index.ts';
import { findNamespaces } from '../compute/index.ts';
import { programUser } from './program-user.ts';

const isRoot = process.getuid?.() === 0;
const namespaces = await findNamespaces();
const canChange = isRoot && !('why' in namespaces) && namespaces.bound;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-program-user-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  return folder;
}

const refused = async (setting: string, folder: string): Promise<string> => {
  const thrown = await programUser(setting, join(folder, 'data')).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof DataError, String(thrown));
  return thrown.message;
};

test('A user that there is not, and root, are refused', async (t) => {
  const folder = folderOf(t);
  assert.equal(
    await refused('no-such-user', folder),
    '--program-user no-such-user: there is no such user on this machine',
  );
  assert.match(await refused('root', folder), /: programs would keep the rights of root; name another user$/);
  assert.match(await refused('0:5', folder), /: programs would keep the rights of root; name another user$/);
});

test("A server that is not root's cannot change the user", { skip: isRoot ? 'this is root' : false }, async (t) => {
  assert.match(await refused('1500:1500', folderOf(t)), /: only a server that runs as root can/);
});

test('A user is known by name or numbers, and must reach the images', {
  skip: canChange ? false : 'only root can start programs as another user',
}, async (t) => {
  const folder = folderOf(t);
  chmodSync(folder, 0o755);
  assert.deepEqual(await programUser('1500:1501', join(folder, 'data')), { uid: 1500, gid: 1501 });
  assert.notEqual((await programUser('nobody', join(folder, 'data'))).uid, 0);
  chmodSync(folder, 0o700);
  assert.equal(
    await refused('1500:1501', folder),
    `--program-user 1500:1501: this user may not pass through ${folder} to the images; move the data folder elsewhere (--data-dir), such as to /var/lib/linnet`,
  );
});
