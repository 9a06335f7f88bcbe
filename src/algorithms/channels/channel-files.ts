import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError, messageOf } from '../../base/index.ts';
import { unavailable } from '../program/failure.ts';

/** One file of a channel. */
export interface ChannelFile {
  path: string;
  /** `train/part-0`, for messages. */
  name: string;
  sizeBytes: number;
}

/** Folders below each other; beyond it there is a loop of links. */
const depthMax = 32;
const filesMax = 1_000_000;
const chunkBytes = 1024 * 1024;

/** All files of a channel, in the order of their paths, folders included. Empty when the folder does not exist. */
export async function listChannelFiles(channel: string, folder: string): Promise<ChannelFile[]> {
  const files: ChannelFile[] = [];
  const walk = async (path: string, depth: number): Promise<void> => {
    if (depth > depthMax) throw new DataError(`Channel "${channel}" has folders more than ${depthMax} deep`);
    for (const entry of await readdir(path)) {
      const full = join(path, entry);
      const stats = await stat(full);
      if (stats.isDirectory()) await walk(full, depth + 1);
      else if (stats.isFile()) {
        if (files.length >= filesMax) throw new DataError(`Channel "${channel}" has more than ${filesMax} files`);
        const name = relative(folder, full).split(sep).join('/');
        files.push({ path: full, name: `${channel}/${name}`, sizeBytes: stats.size });
      } else throw new DataError(`"${full}" of channel "${channel}" is neither a file nor a folder`);
    }
  };
  try {
    await walk(folder, 0);
  } catch (error) {
    if (error instanceof DataError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unavailable(`Cannot list channel "${channel}"`, error);
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The bytes of a file, decompressed when they are gzip. A chunk's memory is reused by the next one. */
export async function* readChunks(file: ChannelFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path).catch((error: unknown) => {
    throw unavailable(`Cannot read "${file.name}"`, error);
  });
  try {
    const buffer = new Uint8Array(Math.min(chunkBytes, Math.max(file.sizeBytes, 1)));
    for (let first = true; ; first = false) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length).catch((error: unknown) => {
        throw unavailable(`Cannot read "${file.name}"`, error);
      });
      if (bytesRead === 0) return;
      if (first && buffer[0] === 0x1f && buffer[1] === 0x8b) {
        yield* gunzip(file);
        return;
      }
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* gunzip(file: ChannelFile): AsyncGenerator<Uint8Array> {
  const inflated = createGunzip({ chunkSize: 256 * 1024 });
  const done = pipeline(createReadStream(file.path, { highWaterMark: chunkBytes }), inflated);
  // The loop below sees the same error; here it only must not go unhandled.
  done.catch(() => {});
  try {
    yield* inflated as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new DataError(`"${file.name}" is damaged: ${messageOf(error)} (it begins as a gzip file)`, {
      source: file.name,
    });
  }
}
