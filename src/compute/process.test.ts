import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { computeSuite, untilGone } from './compute.suite.ts';
import { processCompute } from './process.ts';
import { processesStartedWith } from './process-table.ts';

/** Without /proc nothing can be reaped, see program-note.ts. */
const needsProc = { skip: existsSync('/proc/self/stat') ? false : 'this system has no /proc' };

computeSuite('processCompute', () => processCompute());

describe('processCompute', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'linnet-compute-test-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const newRoot = (name: string): string => {
    const root = join(folder, name);
    mkdirSync(root);
    return root;
  };

  it('a program says what its processes use, also those it started', needsProc, async () => {
    const compute = processCompute();
    const inner =
      "const until = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < until); console.log('used')";
    const outer = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${inner}; setInterval(() => {}, 1e6)`)}], { stdio: 'inherit' })`;
    let used: (() => void) | undefined;
    const isUsed = new Promise<void>((resolve) => {
      used = resolve;
    });
    const running = await compute.start({
      command: [process.execPath, '-e', outer],
      root: newRoot('usage'),
      environment: {},
      listens: false,
      onLine: (line) => (line === 'used' ? used?.() : undefined),
    });
    await isUsed;
    const { processorSeconds, memoryBytes } = running.usage!()!;
    assert.ok(processorSeconds > 0.25 && processorSeconds < 60, String(processorSeconds));
    assert.ok(memoryBytes > 2 ** 24 && memoryBytes < 2 ** 32, String(memoryBytes));
    await running.stop(0);
    assert.equal(running.usage!(), undefined);
  });

  it('variables that make a runtime load code are withheld, and the log says so', async () => {
    const lines: string[] = [];
    const root = newRoot('loader');
    const compute = processCompute();
    const command = [
      process.execPath,
      '-e',
      'console.log(String(process.env.NODE_OPTIONS), process.env.LD_PRELOAD, process.env.KEPT)',
    ];
    const environment = {
      NODE_OPTIONS: '--import=data:text/javascript,process.exit(9)',
      LD_PRELOAD: '/x.so',
      KEPT: 'kept',
    };
    const running = await compute.start({
      command,
      root,
      environment,
      listens: false,
      onLine: (line) => void lines.push(line),
    });
    assert.deepEqual(await running.exit, { code: 0, signal: null });
    assert.match(lines[0]!, /NODE_OPTIONS, LD_PRELOAD/);
    assert.equal(lines[1], 'undefined undefined kept');
  });

  it('the socket of a listening program lies in a folder of its own that only we may enter, however long the system folder', async () => {
    const root = newRoot('private');
    const parent = join(folder, 'x'.repeat(100));
    const compute = processCompute({ socketParent: parent });
    const running = await compute.start({
      command: ['sleep', '60'],
      root,
      environment: {},
      listens: true,
      onLine: () => undefined,
    });
    assert.ok(running.address && 'socketPath' in running.address && running.address.socketPath.length < 100);
    assert.equal(statSync(join(running.address.socketPath, '..')).mode & 0o777, 0o700);
    await compute.close();
    assert.equal(existsSync(join(running.address.socketPath, '..')), false);
  });

  /** A server of its own process that starts a program and is killed; answers the program's process number. */
  const crashedServer = async (root: string, script: string, listens = false): Promise<number> => {
    const file = join(root, 'server.mjs');
    const program = `{ command: [process.execPath, '-e', ${JSON.stringify(script)}], root: ${JSON.stringify(root)}, environment: {}, listens: ${listens}, onLine: (line) => console.log(line) }`;
    writeFileSync(
      file,
      `import { processCompute } from ${JSON.stringify(new URL('./process.js', import.meta.url).href)};\nawait processCompute().start(${program});`,
    );
    const server = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await firstLine(server));
    server.kill('SIGKILL');
    await new Promise((resolve) => server.once('close', resolve));
    return pid;
  };

  it('a program of ours ends by itself when its server is killed', async () => {
    const pid = await crashedServer(
      newRoot('orphan'),
      `process.stdin.on('end', () => process.exit()).resume(); console.log(process.pid)`,
    );
    await untilGone(pid);
  });

  it('reap kills what a killed server left, with all it started, and clears its socket', needsProc, async () => {
    const root = newRoot('reaped');
    const pid = await crashedServer(
      root,
      `require('child_process').spawn('sleep', ['600']).once('spawn', () => console.log(process.pid)); setInterval(() => {}, 1000)`,
      true,
    );
    const { socketPath } = JSON.parse(readFileSync(join(root, '.linnet-program.json'), 'utf8')) as {
      socketPath: string;
    };
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    assert.equal(children.length, 1);
    assert.ok(existsSync(join(socketPath, '..')));
    await processCompute().reap(root);
    await untilGone(pid);
    await untilGone(children[0]!);
    assert.equal(existsSync(join(socketPath, '..')), false);
    assert.equal(existsSync(join(root, '.linnet-program.json')), false);
  });

  it('reap finds the rest of a group whose first process has ended', needsProc, async () => {
    const root = newRoot('headless');
    const pid = await crashedServer(
      root,
      `const c = require('child_process').spawn('sleep', ['600'], { stdio: 'ignore' }); c.once('spawn', () => { console.log(c.pid); process.stdin.on('end', () => process.exit()).resume(); })`,
    );
    await processCompute().reap(root);
    await untilGone(pid);
  });

  it(
    'what a foreign program takes out of its group ends with it, and is the first to go when memory runs out',
    needsProc,
    async () => {
      const root = newRoot('daemon');
      const lines: string[] = [];
      const script = `const c = require('child_process').spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
      c.once('spawn', () => { console.log(require('fs').readFileSync('/proc/self/oom_score_adj', 'utf8')); process.exit(0); })`;
      const running = await processCompute().start({
        command: [process.execPath, '-e', script],
        root,
        environment: {},
        foreign: { path: [], network: true, port: false },
        listens: false,
        onLine: (line) => void (line.startsWith('Linnet') || lines.push(line)),
      });
      assert.deepEqual(await running.exit, { code: 0, signal: null });
      assert.deepEqual(processesStartedWith('LINNET_PROGRAM_ROOT', root), []);
      assert.equal(lines[0], '500');
    },
  );

  it('a foreign program that is gone, as one of an image that was removed, is Unavailable and says which', async () => {
    const started = processCompute().start({
      command: ['/no/such/image/serve', 'serve'],
      root: newRoot('gone'),
      environment: {},
      foreign: { path: [], network: true, port: true },
      listens: true,
      onLine: () => undefined,
    });
    await assert.rejects(started, /\/no\/such\/image\/serve cannot be started: there is no such program/);
  });

  it('reap ends what a killed server left outside of the group', needsProc, async () => {
    const root = newRoot('left');
    const pid = await crashedServer(
      root,
      `const c = require('child_process').spawn('sleep', ['600'], { stdio: 'ignore', detached: true }); c.once('spawn', () => { console.log(c.pid); process.stdin.on('end', () => process.exit()).resume(); })`,
    );
    await processCompute().reap(root);
    await untilGone(pid);
  });

  it('reap spares a stranger who got the process number', needsProc, async () => {
    const root = newRoot('stranger');
    const stranger = spawn('sleep', ['600'], { detached: true });
    await new Promise((resolve) => stranger.once('spawn', resolve));
    for (const note of [
      { pid: stranger.pid, started: 'another boot 12345' },
      { pid: stranger.pid },
      { pid: -1, started: 'x' },
      { pid: 1, started: 'x' },
      'torn',
    ]) {
      writeFileSync(join(root, '.linnet-program.json'), typeof note === 'string' ? '{"pid": 12' : JSON.stringify(note));
      await processCompute().reap(root);
    }
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
    process.kill(stranger.pid!, 0);
    stranger.kill('SIGKILL');
    await new Promise((resolve) => stranger.once('close', resolve));
    assert.ok(readdirSync(root).length <= 1);
  });

  it('a process that fled the group and holds the output open delays the exit by seconds, not for ever', async () => {
    const root = newRoot('fled');
    const lines: string[] = [];
    const compute = processCompute();
    const script = `const c = require('child_process').spawn('sleep', ['600'], { stdio: 'inherit', detached: true }); console.log(c.pid); c.once('spawn', () => process.exit(4))`;
    const running = await compute.start({
      command: [process.execPath, '-e', script],
      root,
      environment: {},
      listens: false,
      onLine: (line) => void lines.push(line),
    });
    assert.deepEqual(await running.exit, { code: 4, signal: null });
    process.kill(Number(lines[0]), 'SIGKILL');
  });
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0]!);
    });
  });
}
