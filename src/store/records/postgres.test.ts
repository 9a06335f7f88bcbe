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
