import type { JsonObject } from '../../base/index.ts';

/**
 * The seam for small facts: versioned documents with compare-and-set, and append-only streams.
 * Implementations: SQLite (in the data folder), PostgreSQL (by address), memory (tests), a faulty twin (fault tests).
 * Every method rejects with `Unavailable` when the store cannot be reached; a write that rejected in this way may still have
 * been done. An awaited write is durable. Names (kinds, ids, statuses, streams) are
 * UTF-8 without NUL or lone surrogates, of limited length; others reject with `DataError` (see checks.ts). Bodies and
 * event texts may hold any character.
 */
export interface Records {
  get<Body extends JsonObject = JsonObject>(kind: string, id: string): Promise<RecordOf<Body> | undefined>;

  /** One page in the order asked for. Ids compare by their UTF-8 bytes. */
  list<Body extends JsonObject = JsonObject>(kind: string, query?: RecordQuery): Promise<RecordOf<Body>[]>;

  /** Applies all changes or none; names each record once. Rejects with `Conflict` when an expectation fails. Returns the new versions, 0 for removals. */
  write(changes: readonly RecordChange[]): Promise<number[]>;

  /** Appends to a stream, in order; sequence numbers grow and are never reused. */
  append(stream: string, events: readonly StreamEvent[]): Promise<void>;

  /** Events of a stream in ascending sequence order (descending if `backward`). */
  read(stream: string, query: StreamQuery): Promise<SequencedEvent[]>;

  /** Removes a stream's events. A stream of that name may begin again; it goes on counting where this one stopped. */
  removeStream(stream: string): Promise<void>;

  /**
   * Calls `changed` with the id after each committed write or removal in `kind` made through any client, in no promised
   * order, and now and then once too often (after a lost connection). Returns the function that ends the watch.
   */
  watch(kind: string, changed: (id: string) => void): () => void;

  close(): Promise<void>;
}

export interface RecordOf<Body extends JsonObject = JsonObject> {
  kind: string;
  id: string;
  /** Grows by one with each write, from 1. */
  version: number;
  /** The searchable status of the resource, such as `InProgress`; empty when it has none. */
  status: string;
  createdAtMs: number;
  updatedAtMs: number;
  body: Body;
}

export type RecordChange =
  | {
      put: { kind: string; id: string; status?: string; createdAtMs: number; updatedAtMs: number; body: JsonObject };
      /** `absent`: must not exist. A number: must have this version. Left out: any version, or none. */
      expect?: 'absent' | number;
    }
  | { remove: { kind: string; id: string }; expect?: number };

export interface RecordQuery {
  idPrefix?: string;
  /** Only ids greater than this one. */
  idAfter?: string;
  /** Only ids greater than or equal to this one. */
  idFrom?: string;
  /** Substring of the id; upper and lower case of A to Z are the same. */
  idContains?: string;
  statuses?: readonly string[];
  /** Strictly after, strictly before, here and below. */
  createdAfterMs?: number;
  createdBeforeMs?: number;
  updatedAfterMs?: number;
  updatedBeforeMs?: number;
  /** Default `id`. Ties are broken by id, in the same direction. */
  sortBy?: 'id' | 'createdAt' | 'updatedAt' | 'status';
  descending?: boolean;
  /** Rows to skip, for paging in an order other than by id. */
  offset?: number;
  /** Default and maximum 1000. */
  limit?: number;
}

export interface StreamEvent {
  timeMs: number;
  text: string;
}

export interface SequencedEvent extends StreamEvent {
  sequence: number;
}

export interface StreamQuery {
  /** Only events with a greater sequence number. */
  after?: number;
  /** Only events with a smaller sequence number. */
  before?: number;
  /** At or after this time. */
  fromTimeMs?: number;
  /** Before this time. */
  toTimeMs?: number;
  backward?: boolean;
  /** Default and maximum 10,000. */
  limit?: number;
}

export const recordListLimit = 1000;
export const streamReadLimit = 10_000;
