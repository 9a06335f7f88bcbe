import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack, pack } from 'tar-stream';
import { DataError, messageOf } from '../../base/index.ts';

/** The regular files below a folder, as sorted paths with `/`. Links are left out: they could show the host's files. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const entries = await readdir(join(folder, path), { withFileTypes: true });
    for (const entry of entries) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) await walk(below);
      else if (entry.isFile()) found.push(below);
    }
  };
  // The folder itself may have been replaced by a link as well.
  const top = await lstat(folder).catch(() => undefined);
  if (top?.isDirectory() === true) await walk('');
  return found.sort((left, right) => (left < right ? -1 : 1));
}

/** A .tar.gz of the files, as a stream: the same files give the same bytes (no times, no owners, sorted). */
export function packFiles(folder: string, files: readonly string[]): Readable {
  const archive = pack();
  const gzip = createGzip();
  pipeline(archive, gzip).catch((cause: Error) => gzip.destroy(cause));
  fill(archive, folder, files).catch((cause: Error) => archive.destroy(cause));
  return gzip;
}

async function fill(archive: Pack, folder: string, files: readonly string[]): Promise<void> {
  for (const name of files) {
    const path = join(folder, name);
    const { size } = await stat(path);
    await new Promise<void>((resolve, reject) => {
      const header = { name, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
      const entry = archive.entry(header, (cause) => (cause ? reject(cause) : resolve()));
      createReadStream(path).on('error', reject).pipe(entry);
    });
  }
  archive.finalize();
}

export interface UnpackLimits {
  filesMax: number;
  bytesMax: number;
}

export const unpackLimitsDefault: UnpackLimits = { filesMax: 10_000, bytesMax: 20 * 1024 ** 3 };

/**
 * Writes the files of a .tar.gz below a folder. Throws DataError for what is not such an archive, for names that lead
 * out of the folder, for links and devices, and beyond the limits.
 */
export async function unpackArchive(
  archive: Readable,
  folder: string,
  source: string,
  limits = unpackLimitsDefault,
): Promise<void> {
  const entries = extract();
  const reading = pipeline(archive, createGunzip(), entries);
  reading.catch(() => undefined);
  let files = 0;
  let bytes = 0;
  try {
    for await (const entry of entries) {
      const { name, type, size = 0 } = entry.header;
      const path = safePath(name, source);
      if (type === 'file' || type === 'contiguous-file') {
        files += 1;
        bytes += size;
        if (files > limits.filesMax) throw new DataError(`${source} holds more than ${limits.filesMax} files`);
        if (bytes > limits.bytesMax) throw new DataError(`${source} unpacks to more than ${limits.bytesMax} bytes`);
        if (path.length === 0) throw new DataError(`${source} holds a file without a name`);
        const file = join(folder, ...path);
        await mkdir(dirname(file), { recursive: true });
        await pipeline(entry, createWriteStream(file, { flags: 'w', mode: 0o644 }));
      } else if (type === 'directory') {
        await mkdir(join(folder, ...path), { recursive: true });
        entry.resume();
      } else {
        throw new DataError(`${source} holds "${name}", a ${type}; only files and folders are unpacked`);
      }
    }
    await reading;
  } catch (thrown) {
    entries.destroy();
    await reading.catch(() => undefined);
    throw unreadable(thrown)
      ? new DataError(`${source} is not a readable .tar.gz archive: ${messageOf(thrown)}`)
      : thrown;
  }
}

function safePath(name: string, source: string): string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (
    name.startsWith('/') ||
    parts.some((part) => part === '..' || part.includes('\0') || Buffer.byteLength(part) > 255)
  ) {
    throw new DataError(`${source} holds "${name}", a name that leads out of the archive`);
  }
  return parts;
}

/** Whether the bytes themselves are at fault: zlib's codes and the messages of the tar reader. */
function unreadable(thrown: unknown): boolean {
  if (thrown instanceof DataError) return false;
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  return code.startsWith('Z_') || /tar|Unexpected end|Size/i.test(message ?? '');
}
