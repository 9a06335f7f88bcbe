// What a program that is not ours finds of the server: on a host that gives it namespaces.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Program, ProgramExit, RunningProgram } from './compute.ts';
import { findNamespaces } from './namespaces.ts';
import { type ProcessComputeOptions, processCompute } from './process.ts';
import { processesStartedWith } from './process-table.ts';

const namespaces = await findNamespaces();
const whole = !('why' in namespaces) && namespaces.bound && namespaces.ownProcesses;
const needsNamespaces = { skip: whole ? false : 'this host does not give programs all namespaces' };
const needsRoot = {
  skip: whole && process.getuid?.() === 0 ? false : 'only root can run programs as another user',
};

interface Server {
  dataFolder: string;
  keyFile: string;
  image: string;
  root: string;
  /** Starts a shell script, an image's program, on the root of job a. */
  start(script: string, more?: Partial<Program>): Promise<{ running: RunningProgram; lines: string[] }>;
  /** The same to its end. */
  run(script: string): Promise<{ exit: ProgramExit; lines: string[] }>;
}

/** A data folder with keys, an image and the folders of two jobs, and a key beside it. */
function serverOf(t: TestContext, isolation: Partial<ProcessComputeOptions['isolation']> = {}): Server {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-isolation-'));
  // Another user passes through to what is shown.
  chmodSync(folder, 0o755);
  const dataFolder = join(folder, 'data');
  const keyFile = join(folder, 'tls.key');
  const image = join(dataFolder, 'images/mine/1');
  const root = join(dataFolder, 'programs/jobs/a');
  for (const made of [image, root, join(dataFolder, 'programs/jobs/b')]) mkdirSync(made, { recursive: true });
  chmodSync(dataFolder, 0o700);
  writeFileSync(join(dataFolder, 'server.json'), 'the secret key');
  writeFileSync(join(dataFolder, 'programs/jobs/b/rows.csv'), 'rows of another job');
  writeFileSync(keyFile, 'the key of the certificate');
  writeFileSync(join(root, 'rows.csv'), 'own rows');
  const compute = processCompute({
    isolation: { hiddenFolders: [dataFolder], hiddenFiles: [keyFile], ...isolation },
  });
  t.after(async () => {
    await compute.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const start: Server['start'] = async (script, more = {}) => {
    const program = join(image, 'train');
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const lines: string[] = [];
    const running = await compute.start({
      command: [program, 'train'],
      root,
      environment: { DATA: dataFolder, KEY: keyFile },
      foreign: { path: [image], folders: [image], network: true, port: false },
      listens: false,
      onLine: (line) => void lines.push(line),
      ...more,
    });
    return { running, lines };
  };
  const run: Server['run'] = async (script) => {
    const { running, lines } = await start(script);
    return { exit: await running.exit, lines };
  };
  return { dataFolder, keyFile, image, root, start, run };
}

test(
  "A program reads its own files, and neither the server's keys nor other jobs' data",
  needsNamespaces,
  async (t) => {
    const { run } = serverOf(t);
    const { exit, lines } = await run(
      'cat rows.csv; echo; cat "$DATA/server.json" "$DATA/programs/jobs/b/rows.csv" "$KEY" 2>/dev/null; find "$DATA" -type f; wc -c < "$KEY"; grep -l LINNET_SERVER /proc/[0-9]*/environ 2>/dev/null',
    );
    assert.equal(exit.signal, null);
    assert.equal(lines[0], 'own rows');
    assert.deepEqual(
      lines.slice(1).map((line) => line.trim().replace(/^.*\/data\//, '')),
      ['images/mine/1/train', '0'],
    );
  },
);

test('A program cannot show itself what is hidden, nor change its image', needsNamespaces, async (t) => {
  const { run, image } = serverOf(t);
  const { lines } = await run(
    `umount "$DATA" 2>/dev/null && echo unmounted
    unshare -Urm sh -c 'umount "$DATA"; cat "$DATA/server.json"' 2>/dev/null
    cat "/proc/$PPID/root$DATA/server.json" "/proc/1/cwd/$DATA/server.json" 2>/dev/null
    (echo x > ${image}/other) 2>/dev/null && echo written
    grep NoNewPrivs /proc/self/status
    echo end`,
  );
  assert.deepEqual(lines, ['NoNewPrivs:\t1', 'end']);
  assert.equal(existsSync(join(image, 'other')), false);
});

test('A program sees no other processes, and whatever it started ends with it', needsNamespaces, async (t) => {
  const { run, root } = serverOf(t);
  const { exit, lines } = await run('setsid env -i sleep 600 & ls -d /proc/[0-9]* | wc -l; exit 3');
  assert.deepEqual(exit, { code: 3, signal: null });
  assert.ok(Number(lines[0]) < 8, lines[0]);
  assert.deepEqual(processesStartedWith('LINNET_PROGRAM_ROOT', root), []);
});

test(
  'A program hears of a stop as it would without namespaces, and its end by a signal is one',
  needsNamespaces,
  async (t) => {
    const deaf = serverOf(t);
    const { running } = await deaf.start('echo ready; sleep 600');
    await running.stop(20_000);
    assert.deepEqual(await running.exit, { code: null, signal: 'SIGTERM' });
    const { exit, lines } = await deaf.run('kill -KILL $$');
    assert.deepEqual([exit, lines], [{ code: null, signal: 'SIGKILL' }, []]);

    const hearing = serverOf(t);
    let ready = (): void => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const onLine = (line: string): void => void (line === 'ready' && ready());
    const trapping = await hearing.start("trap 'exit 5' TERM; echo ready; sleep 600 & wait", { onLine });
    await isReady;
    await trapping.running.stop(20_000);
    assert.deepEqual(await trapping.running.exit, { code: 5, signal: null });
  },
);

test('The memory of a process, its open files and its dumps are limited', needsNamespaces, async (t) => {
  const { run } = serverOf(t, { memoryBytes: 1e9 });
  const { lines } = await run(
    `sed -n 's/^Max \\(data size\\|core file size\\|open files\\)  *\\([^ ]*\\) .*/\\2/p' /proc/self/limits
    ${process.execPath} -e 'console.log(new Uint8Array(5e7).fill(1).length); try { new Uint8Array(2e9).fill(1); } catch (error) { console.log(error.name); }'`,
  );
  const [data, core, files, ...printed] = lines;
  assert.equal(data, String(Math.floor(1e9 / 1024) * 1024));
  assert.equal(core, '0');
  assert.ok(Number(files) <= 65_536, files);
  assert.deepEqual(printed, ['50000000', 'RangeError'], 'the space that a runtime reserves does not count');
});

test("A serving program reaches its own socket, and no other program's", needsNamespaces, async (t) => {
  const { start, image } = serverOf(t);
  writeFileSync(
    join(image, 'serve.cjs'),
    `const { createServer } = require('http'); const fs = require('fs'); const path = require('path');
    const socket = process.env.LINNET_BIND_TO_SOCKET;
    createServer((_, response) => response.end()).listen(socket, () => console.log('ready ' + fs.readdirSync(path.dirname(path.dirname(socket))).length));
    process.stdin.on('end', () => process.exit()).resume();`,
  );
  let seen = (_: string): void => undefined;
  const line = new Promise<string>((resolve) => {
    seen = resolve;
  });
  const { running } = await start(`exec ${process.execPath} ${join(image, 'serve.cjs')}`, {
    listens: true,
    onLine: (text) => seen(text),
  });
  assert.equal(await line, 'ready 1');
  const { address } = running;
  assert.ok(address !== undefined && 'socketPath' in address && existsSync(address.socketPath));
  await running.stop(5_000);
  assert.equal(existsSync(address.socketPath), false);
});

test('Programs run as the user that the operator names, with no rights of root', needsRoot, async (t) => {
  const { run, root } = serverOf(t, { user: { uid: 61_234, gid: 61_235 } });
  const { exit, lines } = await run(
    'id -u; id -g; sed -n "s/^CapEff:.//p" /proc/self/status; cat rows.csv; echo; echo done > model && cat model; cat "$DATA/server.json" 2>/dev/null; exit 0',
  );
  assert.deepEqual(exit, { code: 0, signal: null });
  assert.deepEqual(lines, ['61234', '61235', '0000000000000000', 'own rows', 'done']);
  assert.ok(existsSync(join(root, 'model')));
});
