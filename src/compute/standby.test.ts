import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilGone } from './compute.suite.ts';
import type { Compute } from './compute.ts';
import { processCompute } from './process.ts';

let folder: string;
let script: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-standby-test-'));
  script = join(folder, 'program.mjs');
  // Leaves its number where the test finds it while it waits, and prints what it was given.
  writeFileSync(
    script,
    `import { createInterface } from 'node:readline';
    import { writeFileSync } from 'node:fs';
    const print = (how, cwd, { GIVEN, LINNET_STANDBY }) => console.log([how, cwd, GIVEN, LINNET_STANDBY].join(' '));
    if (process.env.LINNET_STANDBY === '1') {
      const lines = createInterface({ input: process.stdin });
      lines.once('line', (line) => {
        const { directory, environment } = JSON.parse(line);
        print('waited', directory, environment);
        process.exit(0);
      });
      writeFileSync(${JSON.stringify(join(folder, 'waiting'))}, String(process.pid));
    } else print('cold', process.cwd(), process.env);`,
  );
});
after(() => rmSync(folder, { recursive: true }));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let turn = 0; turn < 500; turn += 1) {
    const seen = look();
    if (seen !== undefined) return seen;
    await sleep(20);
  }
  return assert.fail('It has not come in 10 s');
}

/** The number of the program that waits, once it does. */
const waiting = (): Promise<number> =>
  until(() => {
    try {
      return Number(readFileSync(join(folder, 'waiting'), 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  }).finally(() => rmSync(join(folder, 'waiting'), { force: true }));

async function lineOf(compute: Compute, name: string, command: readonly string[]): Promise<string> {
  const root = join(folder, name);
  mkdirSync(root);
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const running = await compute.start({ command, root, environment: { GIVEN: name }, listens: false, onLine });
  assert.deepEqual(await running.exit, { code: 0, signal: null });
  assert.equal(lines.length, 1);
  return lines[0]!;
}

test('One waits ready from the start and after each that has run, and is given root and environment as if started so', async () => {
  const command = [process.execPath, script, 'train'];
  const compute = processCompute({ standby: [command], standbyDelayMs: 0 });
  await waiting();
  assert.equal(await lineOf(compute, 'one', command), `waited ${join(folder, 'one')} one `);
  await waiting();
  assert.equal(await lineOf(compute, 'two', command), `waited ${join(folder, 'two')} two `);
  const pid = await waiting();
  assert.match(await lineOf(compute, 'three', [process.execPath, script, 'serve']), /^cold /);
  assert.ok(alive(pid), 'another command leaves it waiting');
  await compute.close();
  await untilGone(pid);
});

test('One that died while it waited is no loss', async () => {
  const command = [process.execPath, script, 'train'];
  const compute = processCompute({ standby: [command], standbyDelayMs: 0 });
  const pid = await waiting();
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  await sleep(50);
  assert.equal(await lineOf(compute, 'five', command), `cold ${join(folder, 'five')} five `);
  await compute.close();
});

test('A closed compute makes nothing ready', async () => {
  const compute = processCompute({ standby: [[process.execPath, script, 'train']], standbyDelayMs: 100 });
  await compute.close();
  await sleep(1_000);
  assert.equal(existsSync(join(folder, 'waiting')), false);
});

test('Programs that cannot wait are never started ahead', async () => {
  const command = [process.execPath, script, 'train'];
  const compute = processCompute();
  await lineOf(compute, 'six', command);
  assert.match(await lineOf(compute, 'seven', command), /^cold /);
  await compute.close();
});
