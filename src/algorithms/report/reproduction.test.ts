import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerPaths } from '../../contract/index.ts';
import { reproductionOf } from './reproduction.ts';

test('The files of a channel are those that the job read: linked ones too, and none that holds no data', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'linnet-reproduction-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const paths = containerPaths(root);
  const folder = paths.channel('train');
  mkdirSync(join(folder, 'more'), { recursive: true });
  writeFileSync(join(root, 'elsewhere.csv'), '1,2\n');
  symlinkSync(join(root, 'elsewhere.csv'), join(folder, 'a.csv'));
  writeFileSync(join(folder, 'more', 'large.csv'), new Uint8Array(4 * 1024 ** 2));
  writeFileSync(join(folder, '_SUCCESS'), '');
  const given = { hyperparameters: { a: 'b' }, deterministic: true };
  const { inputs, inputsLeftOut, ...rest } = await reproductionOf(paths, ['train', 'validation'], given);
  assert.deepEqual(inputs, [
    { channel: 'train', file: 'a.csv', bytes: 4, sha256: createHash('sha256').update('1,2\n').digest('hex') },
    // The first 4 MB are hashed.
    { channel: 'train', file: 'more/large.csv', bytes: 4 * 1024 ** 2, sha256: null },
  ]);
  assert.equal(inputsLeftOut, 0);
  assert.match(rest.linnet!, /^\d+\.\d+\.\d+/);
  assert.deepEqual({ ...rest, linnet: null }, { ...given, linnet: null });
});
