import { type FileHandle, open } from 'node:fs/promises';
import { runningDigests } from './digest.ts';
import type { DigestThreads, ThreadedDigests } from './digest-thread.ts';
import type { Digests } from './objects.ts';

/** Pieces from the network are small; bigger writes halve the time of a large upload. */
const chunkBytes = 1024 * 1024;
/** After so many bytes a sync begins while the rest arrives, so that the one at the end has little left. */
const earlySyncBytes = 8 * 1024 * 1024;
/** Chunks of one body that are under way: one fills while others are written and digested. */
const chunksMax = 4;

/**
 * Writes a body to a new file while it arrives and is digested, and has it on disk when it resolves. A body of less than
 * a chunk is digested here (8 µs for 4 KB); a larger one on another thread, since MD5 takes 1.5 ms for each chunk.
 * A failure may leave the file.
 */
export async function writeBody(
  path: string,
  body: AsyncIterable<Uint8Array>,
  algorithms: readonly string[],
  threads: DigestThreads,
): Promise<Digests> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return await writeSmall(path, pieces, algorithms);
      pieces.push(value);
      length += value.length;
      if (length >= chunkBytes) return await writeLarge(path, pieces, iterator, threads.begin(algorithms));
    }
  } finally {
    await iterator.return?.();
  }
}

async function writeSmall(path: string, pieces: Uint8Array[], algorithms: readonly string[]): Promise<Digests> {
  const digests = runningDigests(algorithms);
  for (const piece of pieces) digests.update(piece);
  await withNewFile(path, (file) => writeWhole(file, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
  return digests.result();
}

async function writeLarge(
  path: string,
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  digests: ThreadedDigests,
): Promise<Digests> {
  const free: SharedArrayBuffer[] = [];
  let made = 0;
  let filling: Buffer | undefined;
  let filled = 0;
  /** Writes follow each other; each ends with its chunk free again. */
  let written: Promise<void> = Promise.resolve();
  const underWay = new Set<Promise<void>>();
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  let syncFailure: unknown;
  const nextChunk = async (): Promise<Buffer> => {
    while (free.length === 0 && made === chunksMax) await Promise.race(underWay);
    const chunk = free.pop();
    if (chunk !== undefined) return Buffer.from(chunk);
    made++;
    return Buffer.from(new SharedArrayBuffer(chunkBytes));
  };
  const syncEarly = (file: FileHandle, count: number): void => {
    unsynced += count;
    if (unsynced < earlySyncBytes || syncing !== undefined) return;
    unsynced = 0;
    // The system reports a disk error to one sync only, so this one's is kept for the end.
    syncing = file.datasync().then(
      () => {
        syncing = undefined;
      },
      (cause) => {
        syncFailure = cause;
      },
    );
  };
  const flush = (file: FileHandle): void => {
    const chunk = filling!;
    const bytes = chunk.subarray(0, filled);
    filling = undefined;
    filled = 0;
    written = written.then(() => writeWhole(file, bytes)).then(() => syncEarly(file, bytes.length));
    const memory = chunk.buffer as unknown as SharedArrayBuffer;
    const both: Promise<void> = Promise.all([written, digests.update(memory, bytes.length)]).then(() => {
      underWay.delete(both);
      free.push(memory);
    });
    underWay.add(both);
    // The code that waits for a chunk or for the end gets its failure.
    both.catch(() => undefined);
  };
  const take = async (file: FileHandle, piece: Uint8Array): Promise<void> => {
    for (let at = 0; at < piece.length; ) {
      filling ??= await nextChunk();
      const count = Math.min(piece.length - at, chunkBytes - filled);
      filling.set(piece.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled === chunkBytes) flush(file);
    }
  };
  try {
    await withNewFile(path, async (file) => {
      try {
        for (const piece of first) await take(file, piece);
        for (let next = await rest.next(); !next.done; next = await rest.next()) await take(file, next.value);
        if (filled > 0) flush(file);
        await Promise.all(underWay);
        await syncing;
        if (syncFailure !== undefined) throw syncFailure;
      } finally {
        // A file may be closed only when nothing is being written to it.
        await written.catch(() => undefined);
        await syncing;
      }
    });
    return await digests.result();
  } catch (thrown) {
    digests.abandon();
    throw thrown;
  }
}

/** The file is never changed afterwards: others may be given it by name (see place.ts). */
const fileMode = 0o400;

async function withNewFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx', fileMode);
  try {
    await write(file);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
