/** Decoding in a thread of its own, some blocks ahead of training. */
import { Worker } from 'node:worker_threads';
import { DataError, type DataPlace, Unavailable } from '../../base/index.ts';
import { keepHashes, type RowHashes } from '../inspection/row-hash.ts';
import type { ChannelFile } from './channel-files.ts';
import type { PassSpec, PlacedBlock } from './decode.ts';

/** Loads of blocks that the thread may be ahead, each in shared memory of its own that is used again and again. */
export const slotCount = 6;

/** To the thread: begin a pass, or reuse a slot. */
export type ToThread = ({ pass: PassSpec; files: readonly ChannelFile[] } & ThreadOptions) | { free: number };

export interface ThreadOptions {
  /** Whether rows are hashed there, too: in the pass that is inspected. */
  hashes: boolean;
}

/** A block as the thread sends it. */
export interface LoadedBlock extends PlacedBlock {
  hashes: RowHashes | undefined;
}

/** From the thread. The blocks' arrays are views of the slot's memory. */
export type FromThread =
  | { load: readonly LoadedBlock[]; slot: number }
  | { end: true }
  | { fault: { kind: 'data'; message: string; place: DataPlace } | { kind: 'world'; message: string; retry: boolean } };

/** A thread that is started by the first pass, stays warm between passes, and is stopped by one that is left early. */
export class DecodeThread {
  #worker: Worker | undefined;

  /** As `decodePass`, with the same errors. */
  async *pass(
    spec: PassSpec,
    files: readonly ChannelFile[],
    options: ThreadOptions = { hashes: false },
  ): AsyncGenerator<PlacedBlock> {
    const worker = this.#start();
    const arrived: FromThread[] = [];
    let wake = (): void => {};
    let broken: { error: unknown } | undefined;
    const onMessage = (message: FromThread): void => {
      arrived.push(message);
      wake();
    };
    const onError = (error: unknown): void => {
      broken ??= { error };
      wake();
    };
    const onExit = (): void => onError(new Unavailable('The thread that decodes rows ended', { retry: false }));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    let isOver = false;
    const send = (message: ToThread): void => worker.postMessage(message);
    try {
      send({ pass: spec, files, ...options });
      for (;;) {
        const message = arrived.shift();
        if (message === undefined) {
          if (broken !== undefined) throw broken.error;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if ('load' in message) {
          for (const { hashes, ...placed } of message.load) {
            if (hashes !== undefined) keepHashes(placed.block, hashes);
            yield placed;
          }
          send({ free: message.slot });
          continue;
        }
        isOver = true;
        if ('end' in message) return;
        throw errorOf(message.fault);
      }
    } finally {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
      if (!isOver) await this.#terminate(worker);
    }
  }

  /** Ends the thread, wherever it is. */
  stop(): void {
    if (this.#worker !== undefined) void this.#terminate(this.#worker);
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    // A socket closes the pipe it was made of, which Node would not hear of: at the thread's end it would close the number
    // once more, whichever thread has it by then, and abort the program when that is the event loop.
    const worker = new Worker(new URL('decode-worker.js', import.meta.url), { trackUnmanagedFds: false });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  async #terminate(worker: Worker): Promise<void> {
    this.#worker = undefined;
    await worker.terminate();
  }
}

function errorOf(fault: Extract<FromThread, { fault: unknown }>['fault']): Error {
  return fault.kind === 'data'
    ? new DataError(fault.message, fault.place)
    : new Unavailable(fault.message, { retry: fault.retry });
}
