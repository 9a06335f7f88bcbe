import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DataError, type JsonObject, Unavailable } from '../../../base/index.ts';
import { listing } from '../queries.ts';
import { recordsSuite } from '../records.suite.ts';
import type { Records } from '../records.ts';
import { recordsModelSuite } from '../records-model.suite.ts';
import { openFile } from './driver.ts';
import { databaseFile } from './folder.ts';
import { sqliteDialect, sqliteRecords } from './sqlite.ts';

// More by hand: LINNET_CRASH_CYCLES=200 npm test -- sqlite
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 12);

describe('records in SQLite', () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'linnet-sqlite-')));
  after(() => rmSync(base, { recursive: true }));
  let count = 0;
  const newFolder = (): string => join(base, String(++count));
  const open = (folder = newFolder()): Promise<Records> => sqliteRecords(folder, assert.fail);
  const write = (records: Records, id: string, body: JsonObject = {}): Promise<number[]> =>
    records.write([{ put: { kind: 'k', id, createdAtMs: 1, updatedAtMs: 1, body } }]);

  recordsSuite('sqliteRecords', open);
  recordsModelSuite('sqliteRecords', open);

  for (const [sortBy, index] of [
    ['createdAt', 'records_by_creation'],
    ['updatedAt', 'records_by_change'],
  ] as const)
    it(`reads a page by ${sortBy} in the order of an index, bounded by ids or not`, async () => {
      const folder = newFolder();
      await (await open(folder)).close();
      const database = openFile(databaseFile(folder));
      for (const query of [{}, { idFrom: '"' }, { idContains: 'a' }, { statuses: ['Failed'] }]) {
        const { text, values } = listing('job', { ...query, sortBy, descending: true, limit: 10 }, sqliteDialect);
        const plan = database.prepare(`explain query plan ${text}`).all(...values);
        assert.match(
          JSON.stringify(plan.map(({ detail }) => detail)),
          new RegExp(`^\\["SEARCH records USING INDEX ${index} `),
        );
        assert.equal(plan.length, 1, 'and sorts nothing');
      }
      database.close();
    });

  it('records are there again after a stop, in a private folder', async () => {
    const folder = newFolder();
    const first = await open(folder);
    await write(first, 'a');
    await first.append('s', [{ timeMs: 1, text: 'event' }]);
    await first.close();
    await first.close();
    assert.equal(statSync(folder).mode & 0o077, 0);
    const second = await open(folder);
    assert.equal((await second.get('k', 'a'))?.version, 1);
    assert.deepEqual(await second.read('s', {}), [{ sequence: 1, timeMs: 1, text: 'event' }]);
    await second.close();
  });

  it('reads are answered while a write waits for the disk, and see each write that was answered', async () => {
    const folder = newFolder();
    const records = await open(folder);
    await write(records, 'a');
    // The thread that reads is started by the first read that would wait for a commit.
    for (let each = 0; each < 3; each += 1) await Promise.all([write(records, 'a'), sleep(1), records.get('k', 'a')]);
    // Who holds the database's lock keeps a write as long as a slow disk would.
    const other = openFile(databaseFile(folder));
    const readBesideWrite = async (): Promise<boolean> => {
      other.exec('begin immediate');
      let isWritten = false;
      const written = write(records, 'a').then(() => {
        isWritten = true;
      });
      // By then the write waits for the lock.
      await sleep(100);
      const read = await Promise.race([records.get('k', 'a'), sleep(2_000)]);
      const wasFirst = read !== undefined && !isWritten;
      other.exec('rollback');
      await written;
      return wasFirst;
    };
    let wasFirst = false;
    // A busy machine may take its time to start the thread that reads.
    for (let tries = 0; tries < 10 && !wasFirst; tries += 1) wasFirst = await readBesideWrite();
    other.close();
    assert.ok(wasFirst, 'the read was answered before the write');
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        for (let version = 1; version <= 20; version++) {
          await write(records, `k${at}`);
          assert.equal((await records.get('k', `k${at}`))?.version, version);
        }
      }),
    );
    await records.close();
  });

  it('a second server on the folder is refused with the folder and the process, and the first goes on', async () => {
    const folder = newFolder();
    const first = await open(folder);
    const refused = (error: unknown): boolean =>
      error instanceof DataError && error.message.includes(base) && error.message.includes(`process ${process.pid}`);
    await assert.rejects(open(folder), refused);
    await assert.rejects(open(folder), refused);
    await write(first, 'b');
    await first.close();
    await (await open(folder)).close();
  });

  it('of servers that start together on an empty folder one wins and the others are refused', async () => {
    const folder = newFolder();
    const outcomes = await Promise.allSettled([open(folder), open(folder), open(folder)]);
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    assert.equal(opened.length, 1, refusals.join());
    assert.ok(
      refusals.every((reason) => reason instanceof DataError),
      refusals.join(),
    );
    await write(opened[0]!, 'a');
    await opened[0]!.close();
  });

  for (const [what, name] of [
    ['spaces, quotes, marks of URLs and other letters', `a 'b' "c", d%20?x=1#é 日本`],
    ['a long path', `${'x'.repeat(120)}/${'y'.repeat(120)}`],
  ] as const) {
    it(`a folder works whose path has ${what}`, async () => {
      const folder = join(base, name);
      const first = await open(folder);
      await write(first, 'a');
      await first.close();
      const second = await open(folder);
      assert.equal((await second.get('k', 'a'))?.version, 1);
      await second.close();
    });
  }

  it('a data folder whose records are in a PostgreSQL of its own is refused with the commit that reads it', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'postgres'), { recursive: true });
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '18\n');
    await assert.rejects(
      open(folder),
      (error) => error instanceof DataError && /bbe71f6.*aws s3 sync/.test(error.message) && !/\n/.test(error.message),
    );
  });

  it('a folder that cannot be made is refused with its path', async () => {
    const file = newFolder();
    writeFileSync(file, '');
    await assert.rejects(
      open(join(file, 'records')),
      (error) => error instanceof DataError && error.message.includes(file),
    );
  });

  it('a database that a newer Linnet has written to is refused', async () => {
    const folder = newFolder();
    await (await open(folder)).close();
    const database = openFile(databaseFile(folder));
    database.exec('pragma user_version = 99');
    database.close();
    await assert.rejects(open(folder), (error) => error instanceof DataError && /newer Linnet.*99/.test(error.message));
  });

  describe('a damaged database', () => {
    const filled = async (): Promise<string> => {
      const folder = newFolder();
      const records = await open(folder);
      for (let at = 0; at < 200; at++) await write(records, `id-${at}`, { text: 'x'.repeat(2000) });
      await records.close();
      return folder;
    };
    const isDamage = (error: unknown): boolean =>
      error instanceof DataError && /is damaged/.test(error.message) && error.message.includes(base);
    const scribble = (file: string): void => {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, 3 * 4096, 20 * 4096);
      writeFileSync(file, bytes);
    };

    it('is refused when pages were overwritten, the file was cut, or it is another file', async () => {
      const overwritten = await filled();
      scribble(databaseFile(overwritten));
      await assert.rejects(open(overwritten), isDamage);
      const cut = await filled();
      truncateSync(databaseFile(cut), 30 * 4096);
      await assert.rejects(open(cut), isDamage);
      const other = await filled();
      writeFileSync(databaseFile(other), 'not a database '.repeat(1000));
      await assert.rejects(open(other), isDamage);
    });

    it('too big to be checked first is found while it serves: it says so and refuses from then on', async () => {
      const folder = await filled();
      scribble(databaseFile(folder));
      const said: string[] = [];
      const records = await sqliteRecords(folder, (text) => said.push(text), { checkedAtOpenBytes: 0 });
      while (said.length === 0) await sleep(5);
      assert.match(said[0]!, /is damaged/);
      await assert.rejects(
        records.get('k', 'a'),
        (error) => error instanceof Unavailable && /is damaged/.test(error.message),
      );
      await records.close();
      const sound = await sqliteRecords(await filled(), assert.fail, { checkedAtOpenBytes: 0 });
      assert.equal((await sound.get('k', 'id-0'))?.version, 1);
      await sound.close();
    });
  });

  it('the log of writes is copied into the database now and then, however much is written and read meanwhile', async () => {
    const folder = newFolder();
    const records = await open(folder);
    for (let round = 0; round < 60; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          await write(records, `id-${at}`, { text: 'x'.repeat(20_000) });
          await records.get('k', `id-${at}`);
          await records.list('k', { limit: 5 });
        }),
      );
    }
    assert.ok(statSync(`${databaseFile(folder)}-wal`).size < 16 * 1024 * 1024);
    await records.close();
  });

  it('a disk that takes no more is Unavailable and loses nothing, and the store goes on once there is room', async () => {
    const folder = newFolder();
    await (await open(folder)).close();
    // The limit on a file's size is a full disk that anybody may have.
    const writer = startWriter(folder, 'ulimit -f 3000 &&', 100_000);
    const complaint = await writer.complaint();
    assert.match(complaint, /^Unavailable: The d/);
    await writer.kill();
    const records = await open(folder);
    const last = await records.get<{ n: number }>('counter', 'last');
    assert.equal(last?.body.n, writer.last());
    await write(records, 'a');
    await records.close();
  });

  it(`no acknowledged write is lost in ${cycles} kills, and no half of one is seen`, {
    timeout: 60_000 + cycles * 5000,
  }, async (t) => {
    const folder = newFolder();
    let acknowledged = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const writer = startWriter(folder);
      // From the first write on, so that a kill also meets the end of a recovery.
      await writer.acknowledged(1 + ((cycle * 37) % 150));
      await writer.kill();
      acknowledged = writer.last();
    }
    const records = await open(folder);
    const last = await records.get<{ n: number }>('counter', 'last');
    assert.ok(last !== undefined && last.body.n >= acknowledged, `${last?.body.n} of ${acknowledged}`);
    // Each write put the counter and one record together.
    let found = 0;
    for (let after = ''; ; ) {
      const page = await records.list('one', { idAfter: after });
      if (page.length === 0) break;
      found += page.length;
      after = page.at(-1)!.id;
    }
    assert.equal(found, last.body.n);
    await records.close();
    t.diagnostic(`${acknowledged} writes acknowledged`);
  });

  it('a kill at any moment of the first start leaves nothing that the next one stumbles over', async () => {
    for (const delayMs of [60, 90, 120, 150, 180]) {
      const folder = newFolder();
      const writer = startWriter(folder);
      await sleep(delayMs);
      await writer.kill();
      const records = await open(folder);
      await write(records, 'a');
      await records.close();
    }
  });
});

const writerProgram = fileURLToPath(new URL('../records-writer.testing.js', import.meta.url));

function startWriter(folder: string, prelude = '', letters = 0) {
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', `${prelude} exec "$0" "$@"`, process.execPath, writerProgram, JSON.stringify({ folder }), String(letters)],
    { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let last = 0;
  let complaint = '';
  const numbers: number[] = [];
  let more: () => void = () => undefined;
  createInterface(child.stdout!).on('line', (line) => {
    last = Number(line);
    numbers.push(last);
    more();
  });
  child.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  void closed.then(() => more());
  return {
    last: () => last,
    async acknowledged(atLeast: number): Promise<void> {
      while (numbers.length < atLeast) {
        if (child.exitCode !== null) assert.fail(`The writer ended: ${complaint}`);
        await new Promise<void>((resolve) => {
          more = resolve;
        });
      }
    },
    async complaint(): Promise<string> {
      await closed;
      return complaint;
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
