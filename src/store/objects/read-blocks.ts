import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Unavailable } from '../../base/index.ts';
import type { ByteRange, ObjectStream } from './objects.ts';

const readBytes = 512 * 1024;

/** Bytes start..end (end exclusive) of a file; when `passing`, in blocks that are overwritten once the next is asked for. */
export async function* readBlocks(
  file: FileHandle,
  { start, end }: ByteRange,
  passing: boolean,
): AsyncGenerator<Buffer> {
  const block = (): Buffer => Buffer.allocUnsafeSlow(Math.min(readBytes, end - start));
  const blocks = passing ? [block(), block()] : [];
  const readAt = async (at: number): Promise<Buffer> => {
    const buffer = blocks[0] ?? block();
    blocks.reverse();
    const length = Math.min(buffer.length, end - at);
    const { bytesRead } = await file.read(buffer, 0, length, at).catch((cause: NodeJS.ErrnoException) => {
      throw new Unavailable(`The bytes of an object cannot be read: ${cause.code}`, { cause });
    });
    if (bytesRead === 0) throw new Unavailable(`The file of an object ends ${end - at} bytes early`, { retry: false });
    return buffer.subarray(0, bytesRead);
  };
  let next = start < end ? readAt(start) : undefined;
  try {
    for (let at = start; next !== undefined; ) {
      const bytes: Buffer = await next;
      at += bytes.length;
      // The next bytes are read while these are on their way.
      next = at < end ? readAt(at) : undefined;
      next?.catch(() => undefined);
      yield bytes;
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

/** A stream of pieces with memory of their own, or of passing blocks. */
export function streamOf(bytes: (passing: boolean) => AsyncIterable<Buffer> | Iterable<Buffer>): ObjectStream {
  return Object.assign(Readable.from(bytes(false), { objectMode: false }), { passingBlocks: () => bytes(true) });
}
