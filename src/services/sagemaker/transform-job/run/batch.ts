import type { ContainerAnswer } from '../../serving/container-failure.ts';
import type { Cutting } from '../cutting/cutting.ts';
import type { SplitType } from '../cutting/splits.ts';
import type { BodyProcessing } from '../data-processing/processing-thread.ts';
import type { RecordErrors } from './record-errors.ts';

/** How a job turns objects into requests, and answers into objects. */
export interface Batch {
  /** Each object is one request, of any length. */
  streams: boolean;
  split: SplitType;
  cutting: Cutting;
  processing: BodyProcessing;
  /** The most requests that one instance works on at a time. */
  concurrent: number;
  /** Each answer ends in a newline. */
  lines: boolean;
  /** A record that fails is written to a file of errors; else its whole object fails. */
  keepGoing: boolean;
}

/** One object and the place of its output. */
export interface BatchInput {
  /** `bucket/key`, as Amazon's log names it. */
  name: string;
  /** Chunks may share memory: one is valid until the next is asked for. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Stores the output; nothing of it is visible before all of it is there. Rejects with what the answers throw. */
  store(answers: AsyncIterable<Uint8Array>): Promise<void>;
  storeErrors(errors: RecordErrors): Promise<void>;
}

/** Where requests go: an instance. */
export interface Lane {
  /** Resolves with a good answer. Throws InvocationFault; what `halted` was aborted with once it is. */
  ask(body: Uint8Array): Promise<ContainerAnswer>;
  /** The answer to a body of any length; throws as `ask` does. */
  stream(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  halted: AbortSignal;
}
