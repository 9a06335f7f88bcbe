import type { Digests } from '../objects.ts';

/** To a thread: a body begins, goes on, and ends, whole or given up. */
export type ToWriter =
  | { body: number; path: string; algorithms: readonly string[] }
  | { body: number; pieces: readonly Uint8Array[] }
  | { body: number; whole: boolean };

/** From a thread, for each message but the first, in their order: what it asks for is done, or failed. */
export interface FromWriter {
  body: number;
  /** Of the end of a whole body. */
  digests?: Digests;
  failure?: WriterFailure;
}

/** What an error is on another thread. */
export interface WriterFailure {
  message: string;
  /** Of the file system. */
  code?: string | undefined;
}
