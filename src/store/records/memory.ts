import { type JsonObject, Unavailable } from '../../base/index.ts';
import { bodyText, checkChanges, checkEvents, checkId, checkKind, checkQuery, checkStream } from './checks.ts';
import { conflictOf } from './conflict.ts';
import {
  type RecordChange,
  type RecordOf,
  type RecordQuery,
  type Records,
  recordListLimit,
  type SequencedEvent,
  type StreamQuery,
  streamReadLimit,
} from './records.ts';
import { compareUtf8 } from './utf8-order.ts';
import { createWatchers } from './watchers.ts';

/** A record with its body as text, so that nobody shares an object with the store. */
type Stored = Omit<RecordOf, 'body'> & { body: string };

interface Stream {
  lastSequence: number;
  events: SequencedEvent[];
}

/** Records in memory: the reference of the seam, for tests and throw-away servers. Nothing survives `close`. */
export function memoryRecords(): Records {
  const kinds = new Map<string, Map<string, Stored>>();
  const streams = new Map<string, Stream>();
  const watchers = createWatchers();
  let closed = false;

  const checkOpen = (): void => {
    if (closed) throw new Unavailable('The store is closed', { retry: false });
  };
  const apply = (change: RecordChange, text: string): number => {
    const { kind, id } = 'put' in change ? change.put : change.remove;
    const records = kinds.get(kind) ?? new Map<string, Stored>();
    kinds.set(kind, records);
    if ('remove' in change) {
      records.delete(id);
      return 0;
    }
    const { status = '', createdAtMs, updatedAtMs } = change.put;
    const version = (records.get(id)?.version ?? 0) + 1;
    records.set(id, { kind, id, version, status, createdAtMs, updatedAtMs, body: text });
    return version;
  };

  return {
    async get<Body extends JsonObject>(kind: string, id: string) {
      checkOpen();
      checkKind(kind);
      checkId(id);
      const found = kinds.get(kind)?.get(id);
      return found && opened<Body>(found);
    },

    async list<Body extends JsonObject>(kind: string, query: RecordQuery = {}) {
      checkOpen();
      checkKind(kind);
      checkQuery(query);
      const records = [...(kinds.get(kind)?.values() ?? [])].filter((record) => matches(record, query));
      const direction = query.descending ? -1 : 1;
      records.sort(
        (left, right) => direction * (compareBy(query.sortBy ?? 'id', left, right) || compareUtf8(left.id, right.id)),
      );
      const offset = query.offset ?? 0;
      return records
        .slice(offset, offset + Math.min(query.limit ?? recordListLimit, recordListLimit))
        .map(opened<Body>);
    },

    async write(changes) {
      checkOpen();
      checkChanges(changes);
      for (const change of changes) {
        const { kind, id } = 'put' in change ? change.put : change.remove;
        const version = kinds.get(kind)?.get(id)?.version;
        if (!meets(change, version)) throw conflictOf(change, version);
      }
      const texts = changes.map((change) => ('put' in change ? bodyText(change.put) : ''));
      const versions = changes.map((change, at) => apply(change, texts[at]!));
      for (const change of changes) {
        const { kind, id } = 'put' in change ? change.put : change.remove;
        watchers.tell(kind, id);
      }
      return versions;
    },

    async append(name, events) {
      checkOpen();
      checkStream(name);
      checkEvents(events);
      const stream = streams.get(name) ?? { lastSequence: 0, events: [] };
      streams.set(name, stream);
      for (const { timeMs, text } of events) stream.events.push({ sequence: ++stream.lastSequence, timeMs, text });
    },

    async read(name, query) {
      checkOpen();
      checkStream(name);
      const events = (streams.get(name)?.events ?? []).filter((event) => inRange(event, query));
      if (query.backward) events.reverse();
      return events.slice(0, Math.min(query.limit ?? streamReadLimit, streamReadLimit)).map((event) => ({ ...event }));
    },

    async removeStream(name) {
      checkOpen();
      checkStream(name);
      const stream = streams.get(name);
      if (stream) stream.events = [];
    },

    watch: watchers.watch,

    async close() {
      closed = true;
      watchers.clear();
    },
  };
}

const opened = <Body extends JsonObject>(record: Stored): RecordOf<Body> => ({
  ...record,
  body: JSON.parse(record.body) as Body,
});

const meets = ({ expect }: RecordChange, version: number | undefined): boolean =>
  expect === undefined || (expect === 'absent' ? version === undefined : version === expect);

function matches(record: Stored, query: RecordQuery): boolean {
  const { id, status, createdAtMs, updatedAtMs } = record;
  if (query.idPrefix !== undefined && !id.startsWith(query.idPrefix)) return false;
  if (query.idAfter !== undefined && compareUtf8(id, query.idAfter) <= 0) return false;
  if (query.idFrom !== undefined && compareUtf8(id, query.idFrom) < 0) return false;
  if (query.idContains !== undefined && !lowerAscii(id).includes(lowerAscii(query.idContains))) return false;
  if (query.statuses !== undefined && !query.statuses.includes(status)) return false;
  if (query.createdAfterMs !== undefined && createdAtMs <= query.createdAfterMs) return false;
  if (query.createdBeforeMs !== undefined && createdAtMs >= query.createdBeforeMs) return false;
  if (query.updatedAfterMs !== undefined && updatedAtMs <= query.updatedAfterMs) return false;
  return query.updatedBeforeMs === undefined || updatedAtMs < query.updatedBeforeMs;
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function compareBy(sortBy: NonNullable<RecordQuery['sortBy']>, left: Stored, right: Stored): number {
  if (sortBy === 'createdAt') return left.createdAtMs - right.createdAtMs;
  if (sortBy === 'updatedAt') return left.updatedAtMs - right.updatedAtMs;
  return sortBy === 'status' ? compareUtf8(left.status, right.status) : 0;
}

function inRange({ sequence, timeMs }: SequencedEvent, query: StreamQuery): boolean {
  if (query.after !== undefined && sequence <= query.after) return false;
  if (query.before !== undefined && sequence >= query.before) return false;
  if (query.fromTimeMs !== undefined && timeMs < query.fromTimeMs) return false;
  return query.toTimeMs === undefined || timeMs < query.toTimeMs;
}
