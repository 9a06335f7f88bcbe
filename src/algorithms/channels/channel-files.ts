import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DataError } from '../../base/index.ts';
import { holdsNoData, type PassedOver } from '../../contract/index.ts';
import type { FileSlices } from '../../formats/index.ts';
import { unavailable } from '../program/output/failure.ts';

/** One file of a channel. */
export interface ChannelFile {
  path: string;
  /** `train/part-0`, for messages. */
  name: string;
  /** Stored bytes; 0 for a pipe, whose size is unknown. */
  sizeBytes: number;
  /** A named pipe, which is read once. */
  isPipe?: true;
}

/** The deepest folder; beyond it there is a loop of links. */
const depthMax = 32;
const filesMax = 1_000_000;
const chunkBytes = 1024 * 1024;

/**
 * All files of a channel, in the order of their paths, those in folders included, except files whose names say that they hold no data.
 * Empty when the folder does not exist.
 */
export async function listChannelFiles(
  channel: string,
  folder: string,
  passedOver?: PassedOver,
): Promise<ChannelFile[]> {
  const files: ChannelFile[] = [];
  const walk = async (path: string, depth: number): Promise<void> => {
    if (depth > depthMax) throw new DataError(`Channel "${channel}" has folders more than ${depthMax} deep`);
    for (const entry of await readdir(path)) {
      const full = join(path, entry);
      if (holdsNoData(entry)) {
        passedOver?.add(channel, `${channel}/${nameBelow(folder, full)}`);
        continue;
      }
      const stats = await stat(full);
      if (stats.isDirectory()) await walk(full, depth + 1);
      else if (stats.isFile()) {
        if (files.length >= filesMax) throw new DataError(`Channel "${channel}" has more than ${filesMax} files`);
        files.push({ path: full, name: `${channel}/${nameBelow(folder, full)}`, sizeBytes: stats.size });
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

const nameBelow = (folder: string, path: string): string => relative(folder, path).split(sep).join('/');

/** The bytes of a file as they are stored. A chunk's memory is reused by the next one. */
export async function* readChunks(file: ChannelFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path).catch((error: unknown) => {
    throw unavailable(`Cannot read "${file.name}"`, error);
  });
  try {
    const buffer = new Uint8Array(Math.min(chunkBytes, Math.max(file.sizeBytes, 1)));
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length).catch((error: unknown) => {
        throw unavailable(`Cannot read "${file.name}"`, error);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Gives any parts of a file, until it is closed. */
export async function openSlices(file: ChannelFile): Promise<FileSlices & { close(): Promise<void> }> {
  const failed = (error: unknown): never => {
    throw unavailable(`Cannot read "${file.name}"`, error);
  };
  const handle = await open(file.path).catch(failed);
  return {
    byteLength: file.sizeBytes,
    async slice(start, end = file.sizeBytes) {
      // Places come from the file itself, which may be damaged.
      if (!(start >= 0 && end >= start && end <= file.sizeBytes)) {
        throw new DataError(`"${file.name}" is damaged: it refers to bytes ${start} to ${end}, beyond its end`);
      }
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled).catch(failed);
        if (bytesRead === 0) throw new DataError(`"${file.name}" became shorter while it was read`);
        filled += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => handle.close(),
  };
}
