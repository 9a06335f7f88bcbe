import type { JsonObject } from '../../base/index.ts';
import { decodeText } from './event-text.ts';
import type { RecordOf, SequencedEvent } from './records.ts';

/** A row of the table of records. PostgreSQL's bigint comes as text. */
export interface RecordRow extends Record<string, unknown> {
  kind: string;
  id: string;
  version: string | number;
  status: string;
  created_at_ms: number;
  updated_at_ms: number;
  body: string;
}

/** A row of the table of events. */
export interface EventRow extends Record<string, unknown> {
  sequence: string | number;
  time_ms: number;
  text: string;
}

export const recordOf = <Body extends JsonObject>(row: RecordRow): RecordOf<Body> => ({
  kind: row.kind,
  id: row.id,
  version: Number(row.version),
  status: row.status,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  body: JSON.parse(row.body) as Body,
});

export const eventOf = (row: EventRow): SequencedEvent => ({
  sequence: Number(row.sequence),
  timeMs: row.time_ms,
  text: decodeText(row.text),
});
