import { close, constants, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DataError, Unavailable } from '../../base/index.ts';
import { unavailable } from '../program/output/failure.ts';

/** How long a pipe may take to appear: hosts make the next one while the last is read. */
const appearMs = 20_000;
const pollMs = { least: 1, most: 100 };

/** An open named pipe, whose bytes can be read once. */
export interface PipeReader {
  /** Begin to read them, or the pipe stays open. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Whether waiting for its bytes keeps the program alive. */
  hold(alive: boolean): void;
}

/**
 * Opens a named pipe of Pipe mode without waiting for its writer: a blocking open would hold one of the few threads that
 * serve all files, even beyond the end of the program. Rejects with Unavailable when there is none, with DataError when
 * it is no pipe.
 */
export async function openPipe(path: string, name: string): Promise<PipeReader> {
  const fd = await openWhenThere(path, name);
  if (!(await promisify(fstat)(fd)).isFIFO()) {
    await promisify(close)(fd);
    throw new DataError(`"${path}" is not a named pipe, as Pipe mode has them`, { source: name });
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  return {
    async *chunks() {
      try {
        yield* socket as AsyncIterable<Uint8Array>;
      } catch (error) {
        throw unavailable(`Cannot read "${name}"`, error);
      } finally {
        socket.destroy();
      }
    },
    hold: (alive) => void (alive ? socket.ref() : socket.unref()),
  };
}

async function openWhenThere(path: string, name: string): Promise<number> {
  const giveUpMs = performance.now() + appearMs;
  for (let waitMs = pollMs.least; ; waitMs = Math.min(2 * waitMs, pollMs.most)) {
    try {
      return await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unavailable(`Cannot read "${name}"`, error);
      if (performance.now() > giveUpMs) {
        throw new Unavailable(`The pipe "${path}" did not appear within ${appearMs / 1000} s`, { retry: false });
      }
    }
    await sleep(waitMs);
  }
}
