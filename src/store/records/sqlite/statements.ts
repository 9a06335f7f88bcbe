import type { StreamEvent } from '../records.ts';
import type { RecordRow } from '../rows.ts';
import type { SqliteDatabase, SqliteRow, SqliteValue } from './driver.ts';

/** A change as it goes to the database's thread: a removal has no body. */
export interface RowChange {
  kind: string;
  id: string;
  expect: 'absent' | number | undefined;
  put: { status: string; createdAtMs: number; updatedAtMs: number; body: string } | undefined;
}

/** The change whose expectation failed, and the version that it met. */
export interface RowConflict {
  place: number;
  version: number | undefined;
}

/** The calls of the store on an open database; each is done when it returns. */
export function preparedStatements(database: SqliteDatabase) {
  const get = database.prepare('select * from records where kind = ? and id = ?');
  const versionOf = database.prepare('select version from records where kind = ? and id = ?');
  const put = database.prepare(`
    insert into records (version, kind, id, status, created_at_ms, updated_at_ms, body) values (?, ?, ?, ?, ?, ?, ?)
    on conflict (kind, id) do update set version = excluded.version, status = excluded.status,
      created_at_ms = excluded.created_at_ms, updated_at_ms = excluded.updated_at_ms, body = excluded.body`);
  const remove = database.prepare('delete from records where kind = ? and id = ?');
  const stream = database.prepare('select stream_id, last_sequence from streams where name = ?');
  const beginStream = database.prepare('insert into streams (name, last_sequence) values (?, 0)');
  const countStream = database.prepare('update streams set last_sequence = ? where stream_id = ?');
  const append = database.prepare('insert into events (stream_id, sequence, time_ms, text) values (?, ?, ?, ?)');
  const removeStream = database.prepare(
    'delete from events where stream_id = (select stream_id from streams where name = ?)',
  );

  return {
    get: (kind: string, id: string) => get.get(kind, id) as RecordRow | undefined,

    query: (text: string, values: readonly SqliteValue[]): SqliteRow[] => database.prepare(text).all(...values),

    /**
     * Applies all changes or, when an expectation fails, none: they are checked before the first is applied, which is
     * enough because this thread alone writes. Returns the new versions, 0 for removals.
     */
    write(changes: readonly RowChange[]): number[] | RowConflict {
      const before = changes.map(({ kind, id }) => versionOf.get(kind, id)?.version as number | undefined);
      const place = changes.findIndex(({ expect }, at) => !meets(expect, before[at]));
      if (place >= 0) return { place, version: before[place] };
      return changes.map((change, at) => {
        if (change.put === undefined) {
          remove.run(change.kind, change.id);
          return 0;
        }
        const version = (before[at] ?? 0) + 1;
        const { status, createdAtMs, updatedAtMs, body } = change.put;
        put.run(version, change.kind, change.id, status, createdAtMs, updatedAtMs, body);
        return version;
      });
    },

    append(name: string, events: readonly StreamEvent[]): void {
      if (stream.get(name) === undefined) beginStream.run(name);
      const found = stream.get(name) as { stream_id: number; last_sequence: number };
      let sequence = found.last_sequence;
      for (const { timeMs, text } of events) append.run(found.stream_id, ++sequence, timeMs, text);
      countStream.run(sequence, found.stream_id);
    },

    removeStream: (name: string): void => void removeStream.run(name),
  };
}

export type Statements = ReturnType<typeof preparedStatements>;

const meets = (expect: RowChange['expect'], version: number | undefined): boolean =>
  expect === undefined || (expect === 'absent' ? version === undefined : version === expect);
