import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { DataError, Unavailable } from '../../base/index.ts';
import { postgresRecords } from './postgres.ts';
import { type PostgresServer, skipWithoutPostgres, startPostgres, within } from './postgres-server.testing.ts';
import { recordsSuite } from './records.suite.ts';
import type { RecordChange, Records } from './records.ts';
import { recordsModelSuite } from './records-model.suite.ts';

describe('records in PostgreSQL', skipWithoutPostgres, () => {
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await startPostgres();
    url = await server.newDatabase();
  });
  after(() => server.stop());
  const open = (connectionString = url): Promise<Records> => postgresRecords({ connection: { connectionString } });

  recordsSuite('postgresRecords', open);
  recordsModelSuite('postgresRecords', open);

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
    await cutConnections(url);
    assert.equal((await records.get('cut', 'before'))?.version, 1);
    assert.equal(await told, 'before');
    await records.close();
  });

  it('a write whose connection is cut in the middle is Unavailable and leaves all or nothing', async () => {
    const records = await open();
    await records.write([put('locked', 'a')]);
    const holder = new pg.Client({ connectionString: url });
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
    await assert.rejects(postgresRecords({ connection: { host: '/nowhere', port: 1, user: 'linnet' } }), Unavailable);
  });

  it('many servers that start together on an empty database make its tables once', async () => {
    const empty = await server.newDatabase();
    const opened = await Promise.all(Array.from({ length: 4 }, () => open(empty)));
    assert.deepEqual(await opened[0]!.write([put('k', 'a')]), [1]);
    assert.equal((await opened[3]!.get('k', 'a'))?.version, 1);
    await Promise.all(opened.map((records) => records.close()));
  });

  it('the tables of an earlier Linnet are copied before they are changed, and nothing is copied again', async () => {
    const earlier = await server.newDatabase();
    const opened = await open(earlier);
    await opened.write([put('k', 'a')]);
    await opened.append('s', [{ timeMs: 1, text: 'event' }]);
    await opened.close();
    await within(earlier, async (client) => {
      await client.query(`delete from linnet.migrations where name = '0002-records-by-change'`);
      await client.query('drop index linnet.records_by_change');
      await client.query('create schema linnet_before_0001; create table linnet_before_0001.records (kind text)');
    });
    const said: string[] = [];
    for (let start = 0; start < 2; start++) {
      const records = await postgresRecords({
        connection: { connectionString: earlier },
        log: (text) => said.push(text),
      });
      assert.equal((await records.get('k', 'a'))?.version, 1);
      await records.close();
    }
    assert.deepEqual(said, [
      'The database was upgraded; its tables as they were before are in the schema linnet_before_0002_records_by_change',
    ]);
    const copied = await within(earlier, async (client) => {
      const schemas = await client.query(`select nspname from pg_namespace where nspname like 'linnet\\_before%'`);
      const tables = await client.query(
        `select (select count(*) from linnet_before_0002_records_by_change.records where id = 'a') as records,
          (select count(*) from linnet_before_0002_records_by_change.events) as events,
          (select count(*) from linnet_before_0002_records_by_change.migrations) as migrations`,
      );
      return { schemas: schemas.rows.length, ...tables.rows[0] };
    });
    assert.deepEqual(copied, { schemas: 1, records: '1', events: '1', migrations: '1' });
  });

  it('a database that a newer Linnet has written to is refused', async () => {
    const newer = await server.newDatabase();
    await (await open(newer)).close();
    await within(newer, (client) =>
      client.query(`insert into linnet.migrations values ('9999-from-the-future', now())`),
    );
    await assert.rejects(
      open(newer),
      (error) => error instanceof DataError && /9999-from-the-future/.test(error.message),
    );
  });
});

const put = (kind: string, id: string): RecordChange => ({
  put: { kind, id, createdAtMs: 1, updatedAtMs: 1, body: {} },
});

const cutConnections = (url: string): Promise<unknown> =>
  within(url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    ),
  );

async function waitFor(client: pg.Client, query: string): Promise<void> {
  while ((await client.query(query)).rows.length === 0) await client.query('select pg_sleep(0.005)');
}
