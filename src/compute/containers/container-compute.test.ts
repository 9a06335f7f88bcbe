import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Unavailable } from '../../base/index.ts';
import { computeSuite } from '../compute.suite.ts';
import type { Compute, ForeignProgram, Program, RunningProgram } from '../compute.ts';
import { containerCompute } from './container-compute.ts';
import { openTestEngines, type TestEngine, testImage, testUser } from './engine.testing.ts';
import { type ContainerEngine, openEngine } from './engine.ts';

const foreign: ForeignProgram = { path: [], network: false, port: true, container: { image: testImage } };

/** Resolves when a program has printed "ready". */
async function readiness(lines: readonly string[]): Promise<void> {
  while (!lines.includes('ready')) await new Promise((resolve) => setTimeout(resolve, 20).unref());
}

for (const engine of openTestEngines()) {
  after(engine.close);
  testEngine(engine);
}

function testEngine({ kind, skip, command: path, ask }: TestEngine): void {
  const engine = openEngine(kind, { docker: path, podman: path });
  const open = (network = false): Compute => containerCompute({ engine, network, closeGraceMs: 100 });
  const more = { foreign };
  computeSuite(`containerCompute on ${kind}`, open, { node: ['node'], seenRoot: '/opt/ml', more, skip, onHost: false });
  describe(`containerCompute on ${kind}`, { skip }, () => testCompute(engine, open, ask));
}

function testCompute(engine: ContainerEngine, open: (network?: boolean) => Compute, ask: TestEngine['ask']): void {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-containers-test-'));
  const compute = open();
  after(async () => {
    await compute.close();
    rmSync(folder, { recursive: true });
  });
  const newRoot = (name: string): string => {
    const root = join(folder, name);
    mkdirSync(root, { mode: 0o700 });
    return root;
  };
  const run = async (root: string, script: string, more: Partial<Program> = {}, on = compute) => {
    const lines: string[] = [];
    const running: RunningProgram = await on.start({
      command: ['sh', '-c', script],
      root,
      environment: {},
      foreign,
      listens: false,
      onLine: (line) => void lines.push(line),
      ...more,
    });
    return { running, lines };
  };
  const named = (root: string): string => ask('ps', '--all', '--quiet', '--filter', `label=linnet.root=${root}`);

  it('a program has the user of its image, who may write into every folder of the root and into no file', async () => {
    const root = newRoot('user');
    mkdirSync(join(root, 'model'), { mode: 0o700 });
    writeFileSync(join(root, 'given'), 'given\n', { mode: 0o600 });
    const { running, lines } = await run(
      root,
      'id -u; cat given; (echo x > given) || echo refused; echo made > model/made',
    );
    assert.deepEqual(await running.exit, { code: 0, signal: null });
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('sh:')),
      [String(testUser), 'given', 'refused'],
    );
    assert.equal(readFileSync(join(root, 'model/made'), 'utf8'), 'made\n');
    // An ordinary user has the files again, and could not remove them else.
    assert.equal(statSync(join(root, 'model/made')).uid, process.getuid?.() || testUser);
  });

  it('a link that takes the place of a folder of the root leads nobody to files of this machine', async () => {
    const root = newRoot('links');
    mkdirSync(join(root, 'output'));
    const { running } = await run(root, 'mv output gone && ln -s /etc output && echo linked');
    await running.exit;
    assert.deepEqual(
      readdirSync(root).filter((name) => name !== 'tmp'),
      ['gone'],
    );
  });

  it('files that may be run still may', async () => {
    const root = newRoot('run');
    writeFileSync(join(root, 'entry.sh'), '#!/bin/sh\nexit 4\n');
    chmodSync(join(root, 'entry.sh'), 0o700);
    chmodSync(join(root, 'entry.sh'), 0o755);
    const { running } = await run(root, './entry.sh');
    assert.equal((await running.exit).code, 4);
  });

  it('values reach the program as they are, and its container is gone when it has ended', async () => {
    const environment = {
      PLAIN: 'a=b',
      QUOTED: `{"a": "b's $HOME"}`,
      LINES: 'one\n two ',
      HASH: '#x',
      EMPTY: '',
      LD_PRELOAD: '',
    };
    const root = newRoot('values');
    const { running, lines } = await run(root, '', {
      command: ['node', '-e', 'console.log(JSON.stringify(process.env))'],
      environment,
    });
    await running.exit;
    const seen = JSON.parse(lines.join('')) as Record<string, string>;
    for (const [name, value] of Object.entries(environment)) assert.equal(seen[name], value);
    assert.equal(named(root), '');
  });

  it('there is no network but where both the operator and the request allow one, and the lines say so', async () => {
    const script = 'cat /proc/net/dev';
    const isolated = await run(newRoot('isolated'), script);
    await isolated.running.exit;
    assert.doesNotMatch(isolated.lines.join('\n'), /eth0|tap0|Linnet/);
    const wanting = { foreign: { ...foreign, network: true } };
    const refused = await run(newRoot('refused'), script, wanting);
    await refused.running.exit;
    assert.match(refused.lines.join('\n'), /no network; `linnet up --container-network on`/);
    assert.doesNotMatch(refused.lines.join('\n'), /eth0|tap0/);
    const allowing = open(true);
    const allowed = await run(newRoot('allowed'), script, wanting, allowing);
    await allowed.running.exit;
    assert.match(allowed.lines.join('\n'), /eth0|tap0/);
    assert.doesNotMatch(allowed.lines.join('\n'), /Linnet/);
    await allowing.close();
  });

  it('a container is limited to its share of the machine, and an end by want of memory is said', async (t) => {
    const state = await engine.find();
    if (!('kind' in state) || !state.limits.memory) return t.skip('this engine has no means to limit memory');
    const limits = { processors: 1000, memoryBytes: 64 * 2 ** 20 };
    // Ends by itself where the limit does not hold, before it takes what others need.
    const script =
      'console.log(os.hostname()); const held = []; while (held.length < 300) held.push(Buffer.alloc(1e6, 1))';
    const { running, lines } = await run(newRoot('memory'), '', {
      foreign: { ...foreign, container: { image: testImage, limits, hostName: 'algo-1' } },
      command: ['node', '-e', script],
    });
    assert.deepEqual(await running.exit, { code: 137, signal: null });
    assert.equal(lines[0], 'algo-1');
    assert.match(lines.at(-1)!, /needed more than the 0\.1 GiB of memory of its instance type/);
  });

  it('a program that the image does not have ends with the reason', async () => {
    const { running, lines } = await run(newRoot('missing'), '', { command: ['no-such-program'] });
    assert.ok((await running.exit).code! >= 125);
    assert.match(lines.join('\n'), /no-such-program/);
  });

  it('an image that is not there, or a folder that cannot be mounted, is Unavailable and says which', async () => {
    const other = { foreign: { ...foreign, container: { image: 'localhost/none:1' } } };
    await assert.rejects(
      run(newRoot('no-image'), '', other),
      (error) => error instanceof Unavailable && !error.retry && /localhost\/none:1/.test(error.message),
    );
    await assert.rejects(run(newRoot('a:b'), ''), /a:b has a colon in its path/);
    await assert.rejects(run(join(folder, 'none'), ''), /none does not exist/);
  });

  it('what an ended server left running is removed before its root is used again', async () => {
    const root = newRoot('left');
    const { running, lines } = await run(root, 'echo left > left && echo ready && sleep 600');
    assert.notEqual(named(root), '');
    await Promise.race([readiness(lines), running.exit]);
    await open().reap(root);
    assert.equal(named(root), '');
    assert.equal(statSync(join(root, 'left')).uid, process.getuid?.() || testUser);
    await running.exit;
  });
}
