import { assert, DataError, type JsonObject } from '../../base/index.ts';
import type { RecordChange, RecordQuery, StreamEvent } from './records.ts';

/** Limits of names in UTF-8 bytes: an entry of a PostgreSQL index holds at most 2704 bytes of kind, status and id together. */
export const idBytesMax = 2100;
export const kindBytesMax = 256;
export const statusBytesMax = 256;

/** The limit of one body as JSON and of one event's text, in UTF-8 bytes. */
export const textBytesMax = 64 * 1024 * 1024;

/** Throws DataError for a name that not every implementation can hold. */
export function checkKind(kind: string): void {
  checkName('kind', kind, kindBytesMax);
}

export function checkId(id: string): void {
  checkName('record id', id, idBytesMax);
}

export function checkStream(stream: string): void {
  checkName('stream name', stream, idBytesMax);
}

/** Checks every name in the changes; a record named twice in one write is a bug of the caller. */
export function checkChanges(changes: readonly RecordChange[]): void {
  const seen = new Set<string>();
  for (const change of changes) {
    const { kind, id } = 'put' in change ? change.put : change.remove;
    checkKind(kind);
    checkId(id);
    if ('put' in change && change.put.status !== undefined && change.put.status !== '') {
      checkName('status', change.put.status, statusBytesMax);
    }
    seen.add(`${kind}\0${id}`);
  }
  assert(seen.size === changes.length, 'A write names each record once');
}

/** The body of a record as text. Throws DataError when it is too long. */
export function bodyText({ kind, id, body }: { kind: string; id: string; body: JsonObject }): string {
  const text = JSON.stringify(body);
  checkLength(`body of the ${kind} ${shown(id)}`, text);
  return text;
}

/** Throws DataError for an event whose text is too long. */
export function checkEvents(events: readonly StreamEvent[]): void {
  for (const { text } of events) checkLength("event's text", text);
}

function checkLength(what: string, text: string): void {
  if (text.length * 3 <= textBytesMax || Buffer.byteLength(text) <= textBytesMax) return;
  throw new DataError(`The ${what} is ${Buffer.byteLength(text)} bytes long; at most ${textBytesMax} are allowed`);
}

/** Checks the texts of a query: they may be empty, but not hold what no id can hold. */
export function checkQuery(query: RecordQuery): void {
  for (const text of [query.idPrefix, query.idAfter, query.idFrom, query.idContains]) {
    if (text !== undefined) checkCharacters('text compared with record ids', text);
  }
  for (const status of query.statuses ?? []) checkCharacters('status', status);
}

function checkName(what: string, name: string, bytesMax: number): void {
  if (name === '') throw new DataError(`The ${what} is empty`, { value: name });
  // A UTF-16 unit becomes at most three bytes: the exact count is needed only near the limit.
  if (name.length > bytesMax || (name.length * 3 > bytesMax && Buffer.byteLength(name) > bytesMax)) {
    throw new DataError(
      `The ${what} ${shown(name)} is ${Buffer.byteLength(name)} bytes long; at most ${bytesMax} are allowed`,
      { value: name },
    );
  }
  checkCharacters(what, name);
}

function checkCharacters(what: string, name: string): void {
  if (name.includes('\0'))
    throw new DataError(`The ${what} ${shown(name)} holds the character NUL, which cannot be stored`, { value: name });
  if (/\p{Surrogate}/u.test(name))
    throw new DataError(`The ${what} ${shown(name)} holds half a surrogate pair, which is not Unicode text`, {
      value: name,
    });
}

const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
