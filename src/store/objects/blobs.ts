import { mkdirSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Unavailable } from '../../base/index.ts';
import { runningDigests } from './digest.ts';
import type { Digests } from './objects.ts';

/** Files of bytes under names of ours, written once and never changed. */
export interface Blobs {
  /** Writes all bytes and syncs file and folder before it resolves. What fails midway leaves nothing. */
  write(body: AsyncIterable<Uint8Array>, algorithms: readonly string[]): Promise<{ name: string; digests: Digests }>;
  /** Bytes start..end (end exclusive) of a blob. */
  read(name: string, start: number, end: number): AsyncGenerator<Buffer>;
  /** Removes a blob, once nobody holds it. */
  remove(name: string): Promise<void>;
  /** Keeps a blob from being removed until the returned function is called. */
  hold(names: readonly string[]): () => void;
  /** Names of all blobs last changed before a time. */
  list(changedBeforeMs: number): AsyncGenerator<string>;
}

const chunkBytes = 256 * 1024;

export function folderBlobs(folder: string, newId: () => string): Blobs {
  const holders = new Map<string, number>();
  const doomed = new Set<string>();
  const known = new Set<string>();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (name: string): string => join(folder, name.slice(0, 2), name);

  const makeFanOut = async (name: string): Promise<void> => {
    const part = name.slice(0, 2);
    if (known.has(part)) return;
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
    await syncFolder(folder);
    known.add(part);
  };

  const erase = (name: string): Promise<void> => rm(pathOf(name), { force: true });

  return {
    async write(body, algorithms) {
      const name = newId().replaceAll('-', '');
      const running = runningDigests(algorithms);
      try {
        await makeFanOut(name);
        const file = await open(pathOf(name), 'wx', 0o600);
        try {
          for await (const chunk of body) {
            running.update(chunk);
            await writeAll(file, chunk);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        await syncFolder(join(folder, name.slice(0, 2)));
        return { name, digests: await running.result() };
      } catch (thrown) {
        await erase(name).catch(() => {});
        throw worldly(thrown, 'Bytes cannot be written');
      }
    },

    async *read(name, start, end) {
      const file = await open(pathOf(name), 'r').catch((cause: unknown) => {
        throw worldly(cause, 'Bytes cannot be read');
      });
      try {
        for (let at = start; at < end; ) {
          const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0)
            throw new Unavailable(`The file of an object ends ${end - at} bytes early`, { retry: false });
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },

    async remove(name) {
      if ((holders.get(name) ?? 0) > 0) doomed.add(name);
      else await erase(name);
    },

    hold(names) {
      for (const name of names) holders.set(name, (holders.get(name) ?? 0) + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        for (const name of names) {
          const left = (holders.get(name) ?? 1) - 1;
          if (left > 0) holders.set(name, left);
          else {
            holders.delete(name);
            // A file that stays for want of a moment's luck is found by the next sweep.
            if (doomed.delete(name)) void erase(name).catch(() => {});
          }
        }
      };
    },

    async *list(changedBeforeMs) {
      for (const part of await readdir(folder)) {
        for (const name of await readdir(join(folder, part)).catch(() => [])) {
          const found = await stat(pathOf(name)).catch(() => undefined);
          if (found !== undefined && found.mtimeMs < changedBeforeMs) yield name;
        }
      }
    },
  };
}

async function writeAll(
  file: { write(bytes: Uint8Array): Promise<{ bytesWritten: number }> },
  chunk: Uint8Array,
): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk.subarray(at));
    at += bytesWritten;
  }
}

/** A new name in a folder is on disk only after the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A failure of the file system as Unavailable; anything else (a checksum refused, a client gone) as it is. */
function worldly(thrown: unknown, what: string): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  const ours = typeof code === 'string' && /^(ENOSPC|EDQUOT|EIO|EMFILE|ENFILE|EROFS|EACCES|ENOENT|EPERM)$/.test(code);
  return ours
    ? new Unavailable(`${what}: ${code === 'ENOSPC' ? 'the disk is full' : code}`, { cause: thrown })
    : thrown;
}
