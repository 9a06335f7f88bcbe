import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { postgresUser } from './user.ts';

const isRoot = process.getuid?.() === 0;

it('a program started by root is not root and yet enters folders of root, as a clone below /root needs', {
  skip: isRoot ? false : 'needs root',
}, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-user-'));
  try {
    const program = join(folder, 'deep/program');
    mkdirSync(join(folder, 'deep'), { mode: 0o700 });
    writeFileSync(program, '#!/bin/sh\nid -u\n', { mode: 0o700 });
    // Node's accessSync is access(2), which PostgreSQL uses.
    const script = `require('fs').accessSync(${JSON.stringify(program)}, 1); console.log(process.getuid(), require('child_process').execFileSync(${JSON.stringify(program)}).toString())`;
    const { file, args, options } = postgresUser(join(folder, 'none')).as([process.execPath, '-e', script]);
    if (file !== 'setpriv') return context.skip('setpriv of util-linux is missing, or the capabilities to use it');
    assert.equal(
      execFileSync(file, args, { ...options, cwd: '/' })
        .toString()
        .trim(),
      '65534 65534',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('an ordinary user starts programs as they are', { skip: isRoot ? 'runs as root' : false }, () => {
  assert.deepEqual(postgresUser('/nowhere').as(['a', 'b']), { file: 'a', args: ['b'], options: {} });
});
