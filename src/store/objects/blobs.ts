import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unavailable } from '../../base/index.ts';
import { runningDigests } from './digest.ts';
import type { Digests } from './objects.ts';

/** Files of bytes under names of ours, written once and never changed. */
export interface Blobs {
  /** Writes all bytes; file and folder are synced before it resolves. What fails midway leaves nothing. */
  write(body: AsyncIterable<Uint8Array>, algorithms: readonly string[]): Promise<{ name: string; digests: Digests }>;
  /** Bytes start..end (end exclusive) of a blob. */
  read(name: string, start: number, end: number): AsyncGenerator<Buffer>;
  /** Removes a blob as soon as nobody holds it. Never rejects: what cannot be removed is left for a sweep. */
  remove(name: string): Promise<void>;
  /** Keeps blobs from being removed until the returned function is called. */
  hold(names: readonly string[]): () => void;
  /** How many removals were asked for so far: as long as it stands still, no blob has gone. */
  removalCount(): number;
  /** Names of the blobs that are there now, without those written from this call on. Called at most once. */
  old(): AsyncGenerator<string>;
  /** False when a file may be left that nobody needs. */
  isTidy(): boolean;
  /** Removes what only waited for readers, who have to be gone by now. */
  close(): Promise<void>;
}

const readBytes = 256 * 1024;
/** Pieces from the network are small; bigger writes halve the time of a large upload. */
const writeBytes = 1024 * 1024;

/** Where a blob lies in a folder of objects. */
export const blobPath = (folder: string, name: string): string => join(folder, 'blobs', name.slice(0, 2), name);

/** Opens the folder, and empties it of files that were being written when the last process ended. */
export async function folderBlobs(folder: string, newId: () => string): Promise<Blobs> {
  const incoming = join(folder, 'incoming');
  const placed = join(folder, 'blobs');
  const holders = new Map<string, number>();
  const doomed = new Set<string>();
  /** Kept only while somebody goes through the old ones. */
  let young: Set<string> | undefined;
  const fanOut = new Map<string, Promise<void>>();
  let removalCount = 0;
  let tidy = true;
  await failingAsUnavailable('The folder of objects cannot be made', async () => {
    for (const path of [incoming, placed]) await mkdir(path, { recursive: true, mode: 0o700 });
    await syncFolder(folder);
    for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });
  });

  const pathOf = (name: string): string => blobPath(folder, name);
  const fanOutOf = (name: string): string => dirname(pathOf(name));
  const makeFanOut = (path: string): Promise<void> => {
    const made = fanOut.get(path) ?? mkdir(path, { recursive: true, mode: 0o700 }).then(() => syncFolder(placed));
    fanOut.set(path, made);
    // A folder that could not be made is tried again by the next upload.
    made.catch(() => fanOut.delete(path));
    return made;
  };
  const erase = async (path: string): Promise<void> => {
    await rm(path, { force: true }).catch(() => {
      tidy = false;
    });
  };

  return {
    async write(body, algorithms) {
      const name = newId().replaceAll('-', '');
      const running = runningDigests(algorithms);
      young?.add(name);
      let path = join(incoming, name);
      try {
        await makeFanOut(fanOutOf(name));
        const file = await open(path, 'wx', 0o600);
        try {
          await writeAll(file, body, running.update);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(path, pathOf(name));
        path = pathOf(name);
        await syncFolder(fanOutOf(name));
        return { name, digests: await running.result() };
      } catch (thrown) {
        await erase(path);
        throw worldly(thrown, 'An object cannot be written');
      }
    },

    async *read(name, start, end) {
      const file = await failingAsUnavailable('The bytes of an object cannot be read', () => open(pathOf(name), 'r'));
      try {
        for (let at = start; at < end; ) {
          const buffer = Buffer.allocUnsafe(Math.min(readBytes, end - at));
          const { bytesRead } = await failingAsUnavailable('The bytes of an object cannot be read', () =>
            file.read(buffer, 0, buffer.length, at),
          );
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
      removalCount++;
      if (holders.has(name)) doomed.add(name);
      else await erase(pathOf(name));
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
            if (doomed.delete(name)) void erase(pathOf(name));
          }
        }
      };
    },

    removalCount: () => removalCount,

    old() {
      const born = new Set<string>();
      young = born;
      return (async function* () {
        try {
          for (const part of await readdir(placed)) {
            for (const name of await readdir(join(placed, part))) if (!born.has(name)) yield name;
          }
        } finally {
          young = undefined;
        }
      })();
    },

    isTidy: () => tidy,

    async close() {
      for (const name of doomed) await erase(pathOf(name));
      doomed.clear();
    },
  };
}

/** Writes while the next bytes arrive and are digested: one write is on its way at any time. */
async function writeAll(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  digest: (bytes: Uint8Array) => void,
): Promise<void> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
    pieces = [];
    length = 0;
    await writing;
    writing = writeWhole(file, bytes);
    // Its failure is met by the next flush or at the end; until then nobody listens.
    writing.catch(() => {});
  };
  try {
    for await (const piece of body) {
      digest(piece);
      pieces.push(piece);
      length += piece.length;
      if (length >= writeBytes) await flush();
    }
    if (length > 0) await flush();
  } finally {
    await writing;
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
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

async function failingAsUnavailable<Value>(what: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (thrown) {
    throw worldly(thrown, what);
  }
}

/** A failure of the file system as Unavailable; anything else (a checksum refused, a client gone) as it is. */
function worldly(thrown: unknown, what: string): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (typeof code !== 'string' || !fileFailures.test(code)) return thrown;
  return new Unavailable(`${what}: ${code === 'ENOSPC' ? 'the disk is full' : code}`, { cause: thrown });
}

const fileFailures = /^E(NOSPC|DQUOT|FBIG|IO|MFILE|NFILE|ROFS|ACCES|PERM|NOENT|NOTDIR|EXIST)$/;
