// The files of deploy/ and docs/operations.md, held against the program they are about.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { optionVariables } from '../../src/server/index.ts';
import { repositoryRoot } from '../architecture/sources.ts';

const deploy = join(repositoryRoot, 'deploy');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('Every setting that deploy/ and its guide name is one', () => {
  const files = [...readdirSync(deploy).map((name) => join(deploy, name)), join(repositoryRoot, 'docs/operations.md')];
  const known: readonly string[] = [...Object.values(optionVariables), 'LINNET_NAME'];
  const named = files.flatMap((file) => readFileSync(file, 'utf8').match(/\bLINNET_[A-Z_]+\b/g) ?? []);
  assert.ok(named.includes('LINNET_DATA_DIR'));
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
});

test('systemd accepts the unit', { skip: hasSystemd ? false : 'the package systemd is not installed' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-unit-'));
  try {
    // The command need not be installed here.
    const unit = readFileSync(join(deploy, 'linnet.service'), 'utf8').replace(
      /^ExecStart=\S+/m,
      `ExecStart=${process.execPath}`,
    );
    writeFileSync(join(folder, 'linnet.service'), unit);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, 'linnet.service')], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
