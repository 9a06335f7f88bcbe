// The promise "no connection that nobody asked for", seen from outside: the whole notebook on a host without routes, with
// every connection written down by the kernel's tracer.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './sources.ts';

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

function missing(): string | false {
  if (process.platform !== 'linux') return 'only Linux has network namespaces';
  if (!runs('ip', '-V')) return 'the package iproute2 is not installed';
  if (!runs('strace', '-V')) return 'the package strace is not installed';
  return runs('unshare', '--map-root-user', '--net', 'true') ? false : 'this host gives nobody a network namespace';
}

test('Training, hosting and prediction work without a network, and nothing beyond loopback is ever called', {
  skip: missing(),
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-no-network-'));
  try {
    const script =
      'ip link set lo up && exec strace -ff -q -e trace=connect,sendto,sendmsg,sendmmsg -o "$0/trace" "$@"';
    const demo = [process.execPath, join(repositoryRoot, 'dist/src/demo/main.js')];
    const run = spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script, folder, ...demo], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
    });
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    const calls = readdirSync(folder)
      .filter((name) => name.startsWith('trace.'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    const addressed = calls.filter((line) => /sa_family=AF_INET6?/.test(line));
    assert.ok(addressed.length > 0, 'the tracer saw no connection at all');
    const outbound = addressed.filter((line) => !/inet_addr\("127\.|"::1"/.test(line));
    assert.deepEqual(outbound, []);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
