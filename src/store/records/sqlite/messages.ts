import type { StreamEvent } from '../records.ts';
import type { EventRow, RecordRow } from '../rows.ts';
import type { OpenOptions } from './database.ts';
import type { SqliteValue } from './driver.ts';
import type { RowChange, RowConflict } from './statements.ts';

/** The calls of the database's thread and their answers; `write` may also answer a RowConflict. */
export interface Calls {
  get: { ask: { kind: string; id: string }; answer: RecordRow | undefined };
  list: { ask: { text: string; values: readonly SqliteValue[] }; answer: RecordRow[] };
  read: { ask: { text: string; values: readonly SqliteValue[] }; answer: EventRow[] };
  write: { ask: { changes: readonly RowChange[] }; answer: number[] | RowConflict };
  append: { ask: { stream: string; events: readonly StreamEvent[] }; answer: undefined };
  removeStream: { ask: { stream: string }; answer: undefined };
}

export type Call = { [Name in keyof Calls]: { name: Name } & Calls[Name]['ask'] }[keyof Calls];

export const isRead = ({ name }: Call): boolean => name === 'get' || name === 'list' || name === 'read';

/** A call on its way, numbered. */
export type Numbered = Call & { number: number };

export type Answer = { number: number } & ({ value: unknown } | { failure: Failure });

/** An error's kind and message: errors lose their class between threads. */
export interface Failure {
  kind: 'Unavailable' | 'DataError' | 'Error';
  message: string;
  stack: string | undefined;
}

/** The task of a thread: to serve a folder, to answer reads of a database file, or to check one once. */
export type ThreadData = OpenOptions | { readFile: string } | { checkFile: string };

/** To the thread: calls that came together, or the request to close. */
export type ToThread = { calls: Numbered[] } | { close: true };

/** From the thread: first that it is open or why not, then answers. */
export type FromThread =
  | { opened: true; uncheckedFile: string | undefined }
  | { failed: Failure }
  | { answers: Answer[] };
