import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DataError, messageOf } from '../base/index.ts';
import type { TableSource } from '../tables/index.ts';

const pieceBytes = 1 << 20;

/** A file as the source of a table. Throws DataError where there is none to read. */
export function fileSource(path: string): TableSource {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new DataError(`There is no file "${path}"`, { source: path });
  if (!stat.isFile()) throw new DataError(`"${path}" is no file`, { source: path });
  return {
    name: path,
    byteLength: stat.size,
    async *stream() {
      const stream = createReadStream(path, { highWaterMark: pieceBytes });
      try {
        for await (const chunk of stream) yield chunk as Uint8Array;
      } catch (error) {
        throw new DataError(`"${path}" cannot be read: ${messageOf(error)}`, { source: path });
      } finally {
        stream.destroy();
      }
    },
    async slice(start, end = stat.size) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        return bytes.buffer.slice(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
