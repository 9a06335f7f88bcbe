import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { JsonObject } from '../../base/index.ts';
import { bodyText, checkChanges, checkEvents, checkId, checkKind, checkQuery, checkStream } from './checks.ts';
import { conflictOf } from './conflict.ts';
import { encodeText } from './event-text.ts';
import { migrate } from './migrations/index.ts';
import { openConnections } from './postgres-connections.ts';
import { conflictState, stateOf, translated } from './postgres-errors.ts';
import { type Listener, listen } from './postgres-watch.ts';
import { type Dialect, listing, reading } from './queries.ts';
import { type RecordChange, type RecordQuery, type Records, recordListLimit } from './records.ts';
import { type EventRow, eventOf, type RecordRow, recordOf } from './rows.ts';
import { compareUtf8 } from './utf8-order.ts';
import { createWatchers } from './watchers.ts';

export interface PostgresOptions {
  /** Where the database answers, in pg's words. */
  connection: pg.ClientConfig;
  log?: (text: string) => void;
}

const dialect: Dialect = { schema: 'linnet.', placeholder: (place) => `$${place}`, position: 'strpos' };

/** Records in a PostgreSQL database, whose tables it brings up to date first. Rejects with Unavailable or DataError. */
export async function postgresRecords({ connection, log = () => undefined }: PostgresOptions): Promise<Records> {
  const connections = openConnections(connection);
  const watchers = createWatchers();
  const sender = randomUUID();
  let listener: Listener;

  const missed = async (): Promise<void> => {
    for (const kind of watchers.kinds()) {
      for (let after = ''; ; ) {
        const text = `select id from linnet.records where kind = $1 and id > $2 order by id limit ${recordListLimit}`;
        const page = await connections.read<{ id: string }>({ text, values: [kind, after] });
        for (const { id } of page) watchers.tell(kind, id);
        if (page.length < recordListLimit) break;
        after = page.at(-1)!.id;
      }
    }
  };

  try {
    await connections.using((client) => migrate(client, log));
    listener = await listen(connection, sender, {
      heard: watchers.tell,
      missed: () => void missed().catch((cause) => log(`Looking for missed changes failed: ${cause}`)),
      log,
    });
  } catch (cause) {
    await connections.close();
    throw translated(cause);
  }

  return {
    async get<Body extends JsonObject>(kind: string, id: string) {
      checkKind(kind);
      checkId(id);
      const text = 'select * from linnet.records where kind = $1 and id = $2';
      const [row] = await connections.read<RecordRow>({ name: 'get', text, values: [kind, id] });
      return row && recordOf<Body>(row);
    },

    async list<Body extends JsonObject>(kind: string, query: RecordQuery = {}) {
      checkKind(kind);
      checkQuery(query);
      return (await connections.read<RecordRow>(listing(kind, query, dialect))).map(recordOf<Body>);
    },

    async write(changes) {
      checkChanges(changes);
      if (changes.length === 0) return [];
      const sorted = changes
        .map((change, place) => ({ change, place, name: nameOf(change) }))
        .sort((left, right) => compareNames(left.name, right.name));
      const puts = sorted.map(({ change }) => ('put' in change ? change.put : undefined));
      const values = [
        sorted.map(({ name }) => name.kind),
        sorted.map(({ name }) => name.id),
        puts.map((put) => put === undefined),
        sorted.map(({ change }) => (change.expect === 'absent' ? 0 : (change.expect ?? null))),
        puts.map((put) => put?.status ?? ''),
        puts.map((put) => put?.createdAtMs ?? 0),
        puts.map((put) => put?.updatedAtMs ?? 0),
        puts.map((put) => (put === undefined ? '' : bodyText(put))),
        sender,
      ];
      const text = 'select linnet.write($1, $2, $3, $4, $5, $6, $7, $8, $9) as versions';
      const rows = await connections
        .write<{ versions: string[] }>({ name: 'write', text, values })
        .catch((cause: pg.DatabaseError) => {
          if (stateOf(cause) !== conflictState) throw cause;
          throw conflictOf(sorted[Number(cause.message) - 1]!.change, cause.detail ? Number(cause.detail) : undefined);
        });
      const versions: number[] = [];
      for (const [at, version] of rows[0]!.versions.entries()) versions[sorted[at]!.place] = Number(version);
      for (const { name } of sorted) watchers.tell(name.kind, name.id);
      return versions;
    },

    async append(stream, events) {
      checkStream(stream);
      checkEvents(events);
      if (events.length === 0) return;
      const text = `
        with counter as (
          insert into linnet.streams as s (name, last_sequence) values ($1, $2)
          on conflict (name) do update set last_sequence = s.last_sequence + $2
          returning stream_id, last_sequence - $2 as before
        )
        insert into linnet.events (stream_id, sequence, time_ms, text)
        select stream_id, before + place, time_ms, text
        from counter, unnest($3::double precision[], $4::text[]) with ordinality as event (time_ms, text, place)`;
      const values = [
        stream,
        events.length,
        events.map((event) => event.timeMs),
        events.map((event) => encodeText(event.text)),
      ];
      await connections.write({ name: 'append', text, values });
    },

    async read(stream, query) {
      checkStream(stream);
      return (await connections.read<EventRow>(reading(stream, query, dialect))).map(eventOf);
    },

    async removeStream(stream) {
      checkStream(stream);
      // The stream's row stays: it remembers the numbers used.
      const text = 'delete from linnet.events where stream_id = (select stream_id from linnet.streams where name = $1)';
      await connections.write({ text, values: [stream] });
    },

    watch: watchers.watch,

    async close() {
      watchers.clear();
      await listener.close();
      await connections.close();
    },
  };
}

const nameOf = (change: RecordChange): { kind: string; id: string } => ('put' in change ? change.put : change.remove);

const compareNames = (left: { kind: string; id: string }, right: { kind: string; id: string }): number =>
  compareUtf8(left.kind, right.kind) || compareUtf8(left.id, right.id);
