// Power cuts and full disks under the store of objects, with the database it really runs on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipWithoutPostgres, startPostgres } from '../../src/store/records/postgres-server.testing.ts';
import { compare, type Found, type Known, known, stateOf } from './objects-ledger.ts';

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- faults/objects
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 8);
const program = fileURLToPath(new URL('./objects-writer.js', import.meta.url));

const promise = `kill -9 at ${cycles} random moments loses no acknowledged object, shows no torn one and leaves no file`;
const timeout = 60_000 + cycles * 10_000;

test(promise, { timeout }, (t) => killedAgainAndAgain(t));

test(`${promise}, while what was plain is encrypted`, { timeout }, (t) =>
  // The first of the starts with the key find plain objects, and may be killed before all of those are sealed.
  killedAgainAndAgain(t, { keyAt: (cycle) => (cycle < 2 ? '' : '07'.repeat(32)) }),
);

test(`${promise}, with records in PostgreSQL`, { timeout, ...skipWithoutPostgres }, async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  await killedAgainAndAgain(t, { databaseUrl: await server.newDatabase() });
});

async function killedAgainAndAgain(
  t: TestContext,
  { databaseUrl = '', keyAt = () => '' }: { databaseUrl?: string; keyAt?(cycle: number): string } = {},
): Promise<void> {
  const folder = newFolder(t);
  const ledger = new Map<string, Known>();
  let acknowledged = 0;
  let slowestOpenMs = 0;
  for (let cycle = 0; cycle <= cycles; cycle++) {
    const isLast = cycle === cycles;
    const found = new Map<string, Found>();
    let olderBlobs = 0;
    const blobs = join(folder, 'objects', 'blobs');
    const isSwept = (): boolean =>
      files(blobs) === [...found.values()].reduce((sum, { blobCount }) => sum + blobCount, olderBlobs);
    await runWriter(
      [isLast ? 'check' : 'write', folder, 'Infinity', databaseUrl, keyAt(cycle)],
      (words, { kill, end }) => {
        const [word, key = '', value = ''] = words;
        if (word === 'open') slowestOpenMs = Math.max(slowestOpenMs, Number(key));
        if (word === 'have') found.set(key, { md5: value, sizeBytes: Number(words[3]), blobCount: Number(words[4]) });
        if (word === 'older') olderBlobs = Number(key);
        if (word === 'looked') {
          compare(ledger, found);
          if (isLast) void eventually(isSwept).then(end);
          else setTimeout(kill, randomInt(1, 400));
        }
        if (word === 'begin') known(ledger, key).begun = stateOf(value);
        if (word === 'done') {
          ledger.set(key, { done: stateOf(value), begun: undefined });
          acknowledged++;
        }
      },
    );
    if (!isLast) continue;
    assert.ok(isSwept(), `${files(blobs)} files for ${JSON.stringify([...found])}`);
  }
  assert.ok(acknowledged > 0, 'something was acknowledged');
  t.diagnostic(`${acknowledged} writes acknowledged, slowest start of the store ${slowestOpenMs} ms`);
}

test('a disk that takes no more refuses the object, and neither it nor a file of it is left', async (t) => {
  const folder = newFolder(t);
  const told: string[] = [];
  // The limit on a file's size is a full disk that anybody may have: writing beyond it fails just as late.
  await runWriter(['fill', folder], (words) => told.push(words.join(' ')), 'ulimit -f 2000 &&');
  const isRefused = (line: string): boolean => / Unavailable: An object cannot be written: EFBIG/.test(line);
  assert.deepEqual(
    told.slice(1).map((line) => (isRefused(line) ? line.split(' Unavailable')[0] : line)),
    [
      ...['done 20000 20000', 'listed 20000'],
      ...['done 100000 100000', 'listed 100000,20000'],
      ...['failed 3000000', 'listed 100000,20000'],
      // Refused with its last bytes.
      ...['failed 1100000', 'listed 100000,20000'],
      ...['done 600000 600000', 'listed 100000,20000,600000'],
      ...['done 20000 20000', 'listed 100000,20000,600000'],
    ],
  );
  assert.equal(files(join(folder, 'objects', 'blobs')), 3);
});

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-objects-faults-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

/** Runs the writer until it ends or is killed, line by line. Rejects when it ends badly by itself. */
async function runWriter(
  args: readonly string[],
  onLine: (words: string[], writer: { kill(): void; end(): void }) => void,
  prelude = '',
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${prelude} exec "$0" "$@"`, process.execPath, program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let killed = false;
  const kill = (): void => {
    killed = true;
    child.kill('SIGKILL');
  };
  let failure: unknown;
  createInterface(child.stdout).on('line', (line) => {
    try {
      onLine(line.split(' '), { kill, end: () => child.stdin.end() });
    } catch (thrown) {
      failure ??= thrown;
      kill();
    }
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      killed || code === 0 ? resolve() : reject(new Error(`The writer ended with ${code}`)),
    );
  });
  if (failure !== undefined) throw failure;
}

/** Waits until something holds, at most 10 s. */
async function eventually(holds: () => boolean): Promise<void> {
  for (const deadlineMs = Date.now() + 10_000; !holds() && Date.now() < deadlineMs; )
    await new Promise((resolve) => setTimeout(resolve, 10));
}

const files = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
