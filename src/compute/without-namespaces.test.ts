// A host that gives nobody a mount namespace: here, one whose PATH has no `unshare`.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Unavailable } from '../base/index.ts';
import { processCompute } from './process.ts';

test('Words of the command that name /opt/ml name the root, and the log says where the files are', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'linnet-compute-test-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'processing/input/code'), { recursive: true });
  writeFileSync(join(root, 'processing/input/code/x.cjs'), 'console.log(process.argv.slice(2).join())');
  process.env.PATH = root;
  const lines: string[] = [];
  const running = await processCompute({}).start({
    command: [
      process.execPath,
      '/opt/ml/processing/input/code/x.cjs',
      '/opt/ml/processing/out',
      '--at=/opt/ml/x',
      '/opt/mlx',
    ],
    root,
    environment: {},
    foreign: { path: [], network: true, port: false },
    listens: false,
    onLine: (line) => void lines.push(line),
  });
  assert.deepEqual(await running.exit, { code: 0, signal: null });
  assert.match(
    lines[0]!,
    /^Linnet: the files of this program are in .*, not in \/opt\/ml \(SAGEMAKER_BASE_DIR says so\)/,
  );
  assert.equal(lines[1], `${root}/processing/out,--at=/opt/ml/x,/opt/mlx`);
});

test('No program runs as another user there, which could not reach its files', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'linnet-compute-test-'));
  t.after(() => rmSync(root, { recursive: true }));
  process.env.PATH = root;
  const compute = processCompute({
    isolation: { hiddenFolders: [], hiddenFiles: [], user: { uid: 1234, gid: 1234 } },
  });
  const started = compute.start({
    command: ['/bin/sh', '-c', 'exit 0'],
    root,
    environment: {},
    foreign: { path: [], network: true, port: false },
    listens: false,
    onLine: () => undefined,
  });
  await assert.rejects(started, (thrown) => {
    assert.ok(thrown instanceof Unavailable);
    assert.match(thrown.message, /Programs cannot run as another user: this host does not allow a mount namespace/);
    return true;
  });
});
