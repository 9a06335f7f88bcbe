import { randomUUID } from 'node:crypto';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type SelectQueryBuilder,
  sql,
} from 'kysely';
import type pg from 'pg';
import type { JsonObject } from '../../base/index.ts';
import { checkChanges, checkId, checkKind, checkQuery, checkStream } from './checks.ts';
import { conflictOf } from './conflict.ts';
import { decodeText, encodeText } from './event-text.ts';
import { migrate } from './migrations/index.ts';
import { openConnections } from './postgres-connections.ts';
import { conflictState, stateOf, translated } from './postgres-errors.ts';
import { type Listener, listen } from './postgres-watch.ts';
import {
  type RecordChange,
  type RecordOf,
  type RecordQuery,
  type Records,
  recordListLimit,
  type StreamQuery,
  streamReadLimit,
} from './records.ts';
import { compareUtf8 } from './utf8-order.ts';
import { createWatchers } from './watchers.ts';

export interface PostgresOptions {
  /** Where the database answers, in pg's words. */
  connection: pg.ClientConfig;
  /**
   * No other client writes to this database: changes need not be announced. Announcing takes a global lock at commit,
   * so that commits no longer share a sync of the disk: 4,000 concurrent writes a second against 8,000 without.
   */
  onlyClient?: boolean;
  log?: (text: string) => void;
}

interface RecordRow extends Record<string, unknown> {
  kind: string;
  id: string;
  /** PostgreSQL's bigint comes as text. */
  version: string;
  status: string;
  created_at_ms: number;
  updated_at_ms: number;
  body: string;
}

interface EventRow extends Record<string, unknown> {
  stream_id: string;
  sequence: string;
  time_ms: number;
  text: string;
}

interface Tables {
  'linnet.records': RecordRow;
  'linnet.events': EventRow;
  'linnet.streams': { stream_id: string; name: string; last_sequence: string };
}

/** Kysely builds the statements whose form depends on the query; the connections run them. */
const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Records in a PostgreSQL database, whose tables it brings up to date first. Rejects with Unavailable or DataError. */
export async function postgresRecords({
  connection,
  onlyClient = false,
  log = () => undefined,
}: PostgresOptions): Promise<Records> {
  const connections = openConnections(connection);
  const watchers = createWatchers();
  const sender = randomUUID();
  let listener: Listener | undefined;

  const missed = async (): Promise<void> => {
    for (const kind of watchers.kinds()) {
      for (let after = ''; ; ) {
        const page = await connections.read<{ id: string }>(
          compiled(
            builder
              .selectFrom('linnet.records')
              .select('id')
              .where('kind', '=', kind)
              .where('id', '>', after)
              .orderBy('id')
              .limit(recordListLimit),
          ),
        );
        for (const { id } of page) watchers.tell(kind, id);
        if (page.length < recordListLimit) break;
        after = page.at(-1)!.id;
      }
    }
  };

  try {
    await connections.using(migrate);
    if (!onlyClient) {
      listener = await listen(connection, sender, {
        heard: watchers.tell,
        missed: () => void missed().catch((cause) => log(`Looking for missed changes failed: ${cause}`)),
        log,
      });
    }
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
      return (await connections.read<RecordRow>(compiled(listing(kind, query)))).map(recordOf<Body>);
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
        puts.map((put) => (put === undefined ? '' : JSON.stringify(put.body))),
        onlyClient ? null : sender,
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
      const rows = await connections.read<EventRow>(compiled(reading(stream, query)));
      return rows.map((row) => ({ sequence: Number(row.sequence), timeMs: row.time_ms, text: decodeText(row.text) }));
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
      await listener?.close();
      await connections.close();
    },
  };
}

function listing(kind: string, query: RecordQuery) {
  const direction = query.descending ? 'desc' : 'asc';
  let select = builder.selectFrom('linnet.records').selectAll().where('kind', '=', kind);
  if (query.idPrefix) {
    select = select.where('id', '>=', query.idPrefix);
    const end = prefixEnd(query.idPrefix);
    if (end !== undefined) select = select.where('id', '<', end);
  }
  if (query.idAfter !== undefined) select = select.where('id', '>', query.idAfter);
  if (query.idFrom !== undefined) select = select.where('id', '>=', query.idFrom);
  // In the collation "C" lower() changes A to Z and nothing else.
  if (query.idContains !== undefined)
    select = select.where(sql<boolean>`strpos(lower(id), lower(${query.idContains}::text collate "C")) > 0`);
  if (query.statuses !== undefined) {
    select = select.where('status', '=', sql<string>`any(${query.statuses}::text[])`);
    // Says that the index of records with a status will do.
    if (!query.statuses.includes('')) select = select.where('status', '<>', '');
  }
  if (query.createdAfterMs !== undefined) select = select.where('created_at_ms', '>', query.createdAfterMs);
  if (query.createdBeforeMs !== undefined) select = select.where('created_at_ms', '<', query.createdBeforeMs);
  if (query.updatedAfterMs !== undefined) select = select.where('updated_at_ms', '>', query.updatedAfterMs);
  if (query.updatedBeforeMs !== undefined) select = select.where('updated_at_ms', '<', query.updatedBeforeMs);
  const column = ({ id: undefined, createdAt: 'created_at_ms', updatedAt: 'updated_at_ms', status: 'status' } as const)[
    query.sortBy ?? 'id'
  ];
  if (column !== undefined) select = select.orderBy(column, direction);
  select = select.orderBy('id', direction).limit(Math.min(query.limit ?? recordListLimit, recordListLimit));
  return query.offset ? select.offset(query.offset) : select;
}

function reading(stream: string, query: StreamQuery) {
  let select = builder
    .selectFrom('linnet.events')
    .select(['sequence', 'time_ms', 'text'])
    .where('stream_id', '=', (from) =>
      from.selectFrom('linnet.streams').select('stream_id').where('name', '=', stream),
    );
  if (query.after !== undefined) select = select.where('sequence', '>', sql<string>`${query.after}::bigint`);
  if (query.before !== undefined) select = select.where('sequence', '<', sql<string>`${query.before}::bigint`);
  if (query.fromTimeMs !== undefined) select = select.where('time_ms', '>=', query.fromTimeMs);
  if (query.toTimeMs !== undefined) select = select.where('time_ms', '<', query.toTimeMs);
  return select
    .orderBy('sequence', query.backward ? 'desc' : 'asc')
    .limit(Math.min(query.limit ?? streamReadLimit, streamReadLimit));
}

/** The least text above everything that starts with the prefix, in code point order; undefined when nothing is above. */
function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    // The surrogates are no characters: U+E000 follows U+D7FF.
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

const compiled = (query: Pick<SelectQueryBuilder<any, any, any>, 'compile'>) => {
  const { sql: text, parameters } = query.compile();
  return { text, values: [...parameters] };
};

const recordOf = <Body extends JsonObject>({
  kind,
  id,
  version,
  status,
  created_at_ms,
  updated_at_ms,
  body,
}: RecordRow): RecordOf<Body> => ({
  kind,
  id,
  version: Number(version),
  status,
  createdAtMs: created_at_ms,
  updatedAtMs: updated_at_ms,
  body: JSON.parse(body) as Body,
});

const nameOf = (change: RecordChange): { kind: string; id: string } => ('put' in change ? change.put : change.remove);

const compareNames = (left: { kind: string; id: string }, right: { kind: string; id: string }): number =>
  compareUtf8(left.kind, right.kind) || compareUtf8(left.id, right.id);
