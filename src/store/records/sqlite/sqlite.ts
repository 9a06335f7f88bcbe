import type { JsonObject } from '../../../base/index.ts';
import { bodyText, checkChanges, checkEvents, checkId, checkKind, checkQuery, checkStream } from '../checks.ts';
import { conflictOf } from '../conflict.ts';
import { encodeText } from '../event-text.ts';
import { type Dialect, listing, reading } from '../queries.ts';
import type { RecordChange, RecordQuery, Records } from '../records.ts';
import { eventOf, recordOf } from '../rows.ts';
import { createWatchers } from '../watchers.ts';
import type { RowChange } from './statements.ts';
import { openThreads } from './threads.ts';

export const sqliteDialect: Dialect = { schema: '', placeholder: () => '?', position: 'instr' };

/**
 * Records in a SQLite database in a folder, which belongs to one server at a time. Threads have it open, so that the event
 * loop never waits for a disk. Rejects with DataError (folder in use, damaged) or Unavailable.
 */
export async function sqliteRecords(
  folder: string,
  log: (text: string) => void,
  options: { checkedAtOpenBytes?: number } = {},
): Promise<Records> {
  const thread = await openThreads({ folder, ...options }, log);
  const watchers = createWatchers();
  return {
    async get<Body extends JsonObject>(kind: string, id: string) {
      checkKind(kind);
      checkId(id);
      const row = await thread.call({ name: 'get', kind, id });
      return row && recordOf<Body>(row);
    },

    async list<Body extends JsonObject>(kind: string, query: RecordQuery = {}) {
      checkKind(kind);
      checkQuery(query);
      return (await thread.call({ name: 'list', ...listing(kind, query, sqliteDialect) })).map(recordOf<Body>);
    },

    async write(changes) {
      checkChanges(changes);
      if (changes.length === 0) return [];
      const written = await thread.call({ name: 'write', changes: changes.map(rowOf) });
      if (!Array.isArray(written)) throw conflictOf(changes[written.place]!, written.version);
      for (const change of changes) {
        const { kind, id } = 'put' in change ? change.put : change.remove;
        watchers.tell(kind, id);
      }
      return written;
    },

    async append(stream, events) {
      checkStream(stream);
      checkEvents(events);
      if (events.length === 0) return;
      const encoded = events.map(({ timeMs, text }) => ({ timeMs, text: encodeText(text) }));
      await thread.call({ name: 'append', stream, events: encoded });
    },

    async read(stream, query) {
      checkStream(stream);
      return (await thread.call({ name: 'read', ...reading(stream, query, sqliteDialect) })).map(eventOf);
    },

    async removeStream(stream) {
      checkStream(stream);
      await thread.call({ name: 'removeStream', stream });
    },

    watch: watchers.watch,

    async close() {
      watchers.clear();
      await thread.close();
    },
  };
}

function rowOf(change: RecordChange): RowChange {
  if ('remove' in change) return { ...change.remove, expect: change.expect, put: undefined };
  const { kind, id, status = '', createdAtMs, updatedAtMs } = change.put;
  return { kind, id, expect: change.expect, put: { status, createdAtMs, updatedAtMs, body: bodyText(change.put) } };
}
