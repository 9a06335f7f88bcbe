import type { ClientBase } from 'pg';
import { DataError } from '../../../base/index.ts';
import { recordsAndStreams } from './0001-records-and-streams.ts';
import { recordsByChange } from './0002-records-by-change.ts';

/** Every migration, in order. One that was released is never edited: a change is a new one. */
const migrations: readonly { name: string; sql: string }[] = [
  { name: '0001-records-and-streams', sql: recordsAndStreams },
  { name: '0002-records-by-change', sql: recordsByChange },
];

/** Any number that other programs on the same database hardly use: "linnet" in ASCII. */
const migrationLock = 0x6c696e6e6574;

/** Schemas of an earlier Linnet's tables begin so; the name of the first migration that they lack follows. */
const copiesBegin = 'linnet_before_';

/**
 * Brings the database to this version's tables, once, however many servers start together. An earlier Linnet's tables are
 * copied into a schema of their own first; of such copies the last one stays. Throws DataError when a newer Linnet has written to the database.
 */
export async function migrate(client: ClientBase, log: (text: string) => void): Promise<void> {
  if ((await namesDone(client)).length === migrations.length) return;
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('create schema if not exists linnet');
    await client.query(
      'create table if not exists linnet.migrations (name text primary key, applied_at timestamptz not null)',
    );
    const done = await namesDone(client);
    const steps = migrations.slice(done.length);
    const copy = done.length > 0 && steps.length > 0 ? await copyTables(client, steps[0]!.name) : undefined;
    for (const { name, sql } of steps) {
      await client.query(sql);
      await client.query('insert into linnet.migrations values ($1, now())', [name]);
    }
    await client.query('commit');
    if (copy !== undefined) log(`The database was upgraded; its tables as they were before are in the schema ${copy}`);
  } catch (cause) {
    // The first failure is the one to report; a rollback fails only when the connection is gone, which rolls back as well.
    await client.query('rollback').catch(() => undefined);
    throw cause;
  }
}

/** Copies every table as it is before a migration. Answers the schema of the copies. */
async function copyTables(client: ClientBase, before: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select nspname as name from pg_namespace');
  for (const { name } of rows) if (name.startsWith(copiesBegin)) await client.query(`drop schema "${name}" cascade`);
  const schema = `${copiesBegin}${before.replaceAll('-', '_')}`;
  await client.query(`create schema "${schema}"`);
  const tables = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'linnet'`,
  );
  for (const { name } of tables.rows)
    await client.query(`create table "${schema}"."${name}" as table linnet."${name}"`);
  return schema;
}

/** The migrations that the database has had. */
async function namesDone(client: ClientBase): Promise<string[]> {
  const table = await client.query<{ present: boolean }>(
    `select to_regclass('linnet.migrations') is not null as present`,
  );
  if (!table.rows[0]?.present) return [];
  const { rows } = await client.query<{ name: string }>('select name from linnet.migrations order by name');
  const unknown = rows.find(({ name }, place) => migrations[place]?.name !== name);
  if (unknown)
    throw new DataError(
      `The database was written by a newer Linnet (its migration "${unknown.name}" is not known here): use that version`,
    );
  return rows.map(({ name }) => name);
}
