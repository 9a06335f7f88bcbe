import type { Digests } from '../objects.ts';
import type { Envelope } from '../sealing/seal.ts';

/** To a thread: a body begins, continues, and ends, whole or discarded. */
export type ToWriter =
  | { body: number; path: string; algorithms: readonly string[]; envelope: Envelope | undefined }
  | { body: number; pieces: readonly Uint8Array[] }
  | { body: number; whole: boolean };

/** From a thread: the answer to each message but the first, in their order. */
export interface FromWriter {
  body: number;
  /** Present in the answer to the end of a whole body. */
  digests?: Digests;
  failure?: WriterFailure;
}

/** An error as it travels between threads. */
export interface WriterFailure {
  message: string;
  /** The file system's code. */
  code?: string | undefined;
}
