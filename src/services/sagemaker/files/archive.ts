import { createReadStream } from 'node:fs';
import { lstat, opendir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { DataError } from '../../../base/index.ts';

/** The limits of the files that a program may leave, or an endpoint keep. */
export const treeLimitsDefault = { entriesMax: 100_000, depthMax: 64 };

/**
 * The regular files below a folder, as sorted paths with `/`. Links are left out, since they could show the host's files, and
 * so are pipes, sockets and names that are not UTF-8; `leftOut` hears of each. Throws DataError beyond the limits.
 */
export async function filesBelow(
  folder: string,
  { entriesMax, depthMax } = treeLimitsDefault,
  leftOut: (name: string) => void = () => undefined,
): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  const walk = async (path: string, depth: number): Promise<void> => {
    if (depth > depthMax) {
      throw new DataError(`The folder "${basename(folder)}" holds folders more than ${depthMax} deep`);
    }
    for await (const entry of await opendir(join(folder, path), { bufferSize: 256 })) {
      entries++;
      if (entries > entriesMax) {
        throw new DataError(`The folder "${basename(folder)}" holds more than ${entriesMax} files and folders`);
      }
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (!(entry.isDirectory() || entry.isFile()) || (await isMisread(join(folder, below)))) leftOut(below);
      else if (entry.isDirectory()) await walk(below, depth + 1);
      else found.push(below);
    }
  };
  // The folder itself may have been replaced by a link as well.
  const top = await lstat(folder).catch(() => undefined);
  if (top?.isDirectory() === true) await walk('', 0);
  else if (top !== undefined) leftOut('.');
  return found.sort((left, right) => (left < right ? -1 : 1));
}

/** Whether a listed name stands for other bytes, which are not UTF-8: such a file cannot be opened by it. */
async function isMisread(path: string): Promise<boolean> {
  return path.includes('\uFFFD') && (await lstat(path).catch(() => undefined)) === undefined;
}

/** A file to pack: its name there, and where it is. */
export interface PackedFile {
  name: string;
  path: string;
}

/** A .tar.gz of the files, as a stream: the same files give the same bytes (no times, no owners). */
export function packFiles(files: readonly PackedFile[]): Readable {
  const archive = pack();
  const gzip = createGzip();
  pipeline(archive, gzip).catch((cause: Error) => gzip.destroy(cause));
  fill(archive, files).catch((cause: Error) => archive.destroy(cause));
  return gzip;
}

async function fill(archive: Pack, files: readonly PackedFile[]): Promise<void> {
  for (const { name, path } of files) {
    const { size } = await stat(path);
    await new Promise<void>((resolve, reject) => {
      const header = { name, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
      const entry = archive.entry(header, (cause) => (cause ? reject(cause) : resolve()));
      createReadStream(path).on('error', reject).pipe(entry);
    });
  }
  archive.finalize();
}
