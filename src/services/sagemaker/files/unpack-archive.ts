import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError, messageOf } from '../../../base/index.ts';
import { clashOf, LimitedTree } from './limited-tree.ts';

/**
 * Writes the files of a .tar.gz below a folder. Throws DataError for bytes that are not such an archive, for names that lead
 * out of the folder, for links and devices, and beyond the limits.
 */
export async function unpackArchive(
  archive: Readable,
  folder: string,
  source: string,
  tree = new LimitedTree(folder, source),
): Promise<void> {
  const gunzip = createGunzip();
  const entries = extract();
  let unpacked = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      tree.checkUnpacked({ stored: gunzip.bytesWritten, unpacked });
      yield chunk;
    }
  };
  const reading = pipeline(archive, gunzip, counted, entries);
  // A member that is read only after the reading has failed does not report the failure.
  const failed = new AbortController();
  reading.catch((cause: unknown) => failed.abort(cause));
  try {
    for await (const entry of entries) {
      const { name, type, size = 0 } = entry.header;
      if (type === 'file' || type === 'contiguous-file') {
        const path = await tree.file(name, size);
        await pipeline(entry, createWriteStream(path, { flags: 'w', mode: 0o644 }), failed);
      } else if (type === 'directory') {
        await tree.folder(name);
        entry.resume();
      } else {
        throw new DataError(`${source} holds "${name}", a ${type}; only files and folders are unpacked`);
      }
    }
    await reading;
    if (unpacked === 0) throw new DataError(`${source} is not a readable .tar.gz archive: it is empty`);
  } catch (thrown) {
    entries.destroy();
    await reading.catch(() => undefined);
    throw explained((thrown as Error).name === 'AbortError' ? failed.signal.reason : thrown, source, folder);
  }
}

/** The fault of the bytes themselves: zlib's codes and the messages of the tar reader. */
function explained(thrown: unknown, source: string, folder: string): unknown {
  if (thrown instanceof DataError) return thrown;
  const { code = '', message = '', syscall } = thrown as NodeJS.ErrnoException;
  // The system's messages hold paths, in which any word may stand.
  if (syscall !== undefined) return clashOf(thrown, source, folder) ?? thrown;
  if (code.startsWith('Z_') || /tar|Unexpected end|Size|[Hh]eader/.test(message)) {
    return new DataError(`${source} is not a readable .tar.gz archive: ${messageOf(thrown)}`);
  }
  return thrown;
}
