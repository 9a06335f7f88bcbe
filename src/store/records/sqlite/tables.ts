import { DataError } from '../../../base/index.ts';
import type { SqliteDatabase } from './driver.ts';

/**
 * The steps that made the tables of each version; a step that was released is never edited: a change is a new one.
 * Texts compare by their UTF-8 bytes (collation binary). Without rowid, so that a write touches one tree fewer.
 * A stream's row counts its events and stays when they go, so that no number is used again.
 */
const steps: readonly string[] = [
  `
create table records (
  kind text not null,
  id text not null,
  version integer not null,
  status text not null,
  created_at_ms real not null,
  updated_at_ms real not null,
  body text not null,
  primary key (kind, id)
) without rowid;
create index records_by_creation on records (kind, created_at_ms, id);
-- Most records have no status: kept out, they cost this index nothing.
create index records_by_status on records (kind, status, id) where status <> '';

create table streams (
  stream_id integer primary key,
  name text not null unique,
  last_sequence integer not null
);
create table events (
  stream_id integer not null,
  sequence integer not null,
  time_ms real not null,
  text text not null,
  primary key (stream_id, sequence)
) without rowid;
`,
  // Kinds with a slash are the many small records of a bucket: they are listed by their ids alone, and cost these nothing.
  `
drop index records_by_creation;
create index records_by_creation on records (kind, created_at_ms, id) where instr(kind, '/') = 0;
create index records_by_change on records (kind, updated_at_ms, id) where instr(kind, '/') = 0;
`,
];

/** The version of the tables. A step more is a new version of the data folder, whose upgrade backs it up before (see the server's data-version.ts). */
export const tablesVersion = steps.length;

/** Brings the database to this version's tables. Throws DataError when a newer Linnet has written to it. */
export function makeTables(database: SqliteDatabase, file: string): void {
  const version = Number(database.prepare('pragma user_version').get()?.user_version);
  if (version > steps.length)
    throw new DataError(
      `The database ${file} was written by a newer Linnet (its tables are of version ${version}, known here is ${steps.length}): use that version`,
    );
  if (version === steps.length) return;
  database.exec('begin immediate');
  for (const step of steps.slice(version)) database.exec(step);
  database.exec(`pragma user_version = ${steps.length}`);
  database.exec('commit');
}
