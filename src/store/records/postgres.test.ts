import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { Conflict, DataError, Unavailable } from '../../base/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/start.ts';
import { memoryRecords } from './memory.ts';
import { postgresRecords } from './postgres.ts';
import { recordsSuite } from './records.suite.ts';
import type { RecordChange, RecordQuery, Records } from './records.ts';

describe('records in PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-records-'));
  let postgres: EmbeddedPostgres;
  before(async () => {
    postgres = await startEmbeddedPostgres(folder, { log: () => undefined });
  });
  after(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });
  const open = (): Promise<Records> => postgresRecords({ connection: postgres.connection });

  recordsSuite('postgresRecords as one client of several', open);
  describe('on a database of its own', () => {
    let fresh: pg.ClientConfig;
    before(async () => {
      fresh = await newDatabase(postgres.connection);
    });
    recordsSuite('postgresRecords as the only client', () => postgresRecords({ connection: fresh, onlyClient: true }));
  });

  it('any sequence of writes and listings answers as the records in memory do', async () => {
    const records = await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        const memory = memoryRecords();
        const kind = `model-${++run}`;
        for (const operation of operations) {
          const [expected, actual] = await Promise.all([
            outcome(memory, kind, operation),
            outcome(records, kind, operation),
          ]);
          assert.deepEqual(actual, expected);
        }
      }),
      { numRuns: 40 },
    );
    await records.close();
  });

  it('a watcher hears of a write by another client, and of each of its own once', async () => {
    const [mine, other] = await Promise.all([open(), open()]);
    const heard: string[] = [];
    const heardLast = new Promise<void>((resolve) => {
      mine.watch('watched', (id) => {
        heard.push(id);
        if (id === 'last') resolve();
      });
    });
    await mine.write([put('watched', 'of mine')]);
    await other.write([
      put('watched', 'of other 🦉'),
      { remove: { kind: 'watched', id: 'of mine' } },
      put('other kind', 'x'),
    ]);
    await other.write([put('watched', 'last')]);
    await heardLast;
    assert.deepEqual(heard.sort(), ['last', 'of mine', 'of mine', 'of other 🦉']);
    await Promise.all([mine.close(), other.close()]);
  });

  it('a store goes on by itself after its connections were cut, and its watchers are told what they may have missed', async () => {
    const records = await open();
    await records.write([put('cut', 'before')]);
    const told = new Promise<string>((resolve) => void records.watch('cut', resolve));
    await cutConnections(postgres.connection);
    assert.equal((await records.get('cut', 'before'))?.version, 1);
    assert.equal(await told, 'before');
    await records.close();
  });

  it('a write whose connection is cut in the middle is Unavailable and leaves all or nothing', async () => {
    const records = await open();
    await records.write([put('locked', 'a')]);
    const holder = new pg.Client(postgres.connection);
    await holder.connect();
    await holder.query(`begin; update linnet.records set status = status where kind = 'locked'`);
    const writing = assert.rejects(records.write([put('locked', 'a'), put('locked', 'b')]), Unavailable);
    await waitFor(holder, `select 1 from pg_stat_activity where wait_event_type = 'Lock'`);
    await holder.query(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`);
    await writing;
    await holder.query('rollback');
    await holder.end();
    assert.deepEqual(
      (await records.list('locked')).map(({ id, version }) => [id, version]),
      [['a', 1]],
    );
    await records.close();
  });

  it('a database where nobody answers is Unavailable', async () => {
    await assert.rejects(postgresRecords({ connection: { host: folder, port: 1, user: 'linnet' } }), Unavailable);
  });

  it('many servers that start together on an empty database make its tables once', async () => {
    const connection = await newDatabase(postgres.connection);
    const opened = await Promise.all(
      Array.from({ length: 4 }, () => postgresRecords({ connection, onlyClient: true })),
    );
    assert.deepEqual(await opened[0]!.write([put('k', 'a')]), [1]);
    assert.equal((await opened[3]!.get('k', 'a'))?.version, 1);
    await Promise.all(opened.map((records) => records.close()));
  });

  it('a database that a newer Linnet has written to is refused', async () => {
    const connection = await newDatabase(postgres.connection);
    await (await postgresRecords({ connection, onlyClient: true })).close();
    const client = new pg.Client(connection);
    await client.connect();
    await client.query(`insert into linnet.migrations values ('9999-from-the-future', now())`);
    await client.end();
    await assert.rejects(
      postgresRecords({ connection }),
      (error) => error instanceof DataError && /9999-from-the-future/.test(error.message),
    );
  });
});

type Operation = { list: RecordQuery } | { write: Change[] };
type Change = { id: string; status: string; timeMs: number; expect: 'absent' | number | undefined; remove: boolean };

const id = fc.constantFrom('a', 'A', 'b', 'ab', 'a/', 'é', '\uffff', '\u{10000}', '%', '_');
const status = fc.constantFrom('', 'Failed', 'InProgress');
const timeMs = fc.integer({ min: 0, max: 5 });
const change: fc.Arbitrary<Change> = fc.record({
  id,
  status,
  timeMs,
  expect: fc.constantFrom(undefined, undefined, 'absent' as const, 1, 2),
  remove: fc.boolean(),
});
const query = fc.record(
  {
    idPrefix: id,
    idAfter: id,
    idFrom: id,
    idContains: id,
    statuses: fc.subarray(['', 'Failed', 'InProgress']),
    createdAfterMs: timeMs,
    createdBeforeMs: timeMs,
    updatedAfterMs: timeMs,
    updatedBeforeMs: timeMs,
    sortBy: fc.constantFrom('id' as const, 'createdAt' as const, 'updatedAt' as const, 'status' as const),
    descending: fc.boolean(),
    offset: fc.nat(3),
    limit: fc.nat(4),
  },
  { requiredKeys: [] },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ write: fc.uniqueArray(change, { maxLength: 5, selector: (each) => each.id }) }),
  fc.record({ list: query }),
);

/** What an operation answers, or the message of its Conflict. */
async function outcome(records: Records, kind: string, operation: Operation): Promise<unknown> {
  if ('list' in operation) return (await records.list(kind, operation.list)).map((record) => ({ ...record, kind: '' }));
  const changes = operation.write.map(({ id, status, timeMs, expect, remove }): RecordChange => {
    if (remove) return { remove: { kind, id }, ...(typeof expect === 'number' ? { expect } : {}) };
    return {
      put: { kind, id, status, createdAtMs: timeMs, updatedAtMs: 5 - timeMs, body: { timeMs } },
      ...(expect === undefined ? {} : { expect }),
    };
  });
  try {
    return await records.write(changes);
  } catch (error) {
    if (error instanceof Conflict) return 'conflict';
    throw error;
  }
}

const put = (kind: string, id: string): RecordChange => ({
  put: { kind, id, createdAtMs: 1, updatedAtMs: 1, body: {} },
});

let databaseCount = 0;
async function newDatabase(connection: pg.ClientConfig): Promise<pg.ClientConfig> {
  const database = `test_${++databaseCount}`;
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(`create database ${database}`);
  await client.end();
  return { ...connection, database };
}

async function cutConnections(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  await client.end();
}

async function waitFor(client: pg.Client, query: string): Promise<void> {
  while ((await client.query(query)).rows.length === 0) await client.query('select pg_sleep(0.005)');
}
