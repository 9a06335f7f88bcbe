import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Gunzip } from 'node:zlib';
import { messageOf } from '../../base/index.ts';

/** The most bytes that one of Node's decoders returns at once. */
export const unpackChunkBytes = 256 * 1024;

/** The output of one of Node's decoders. Throws what `damaged` makes of the decoder's own errors. */
export async function* throughZlib(
  decoder: Gunzip,
  chunks: AsyncIterable<Uint8Array>,
  damaged: (fact: string) => Error,
): AsyncGenerator<Uint8Array> {
  // A chunk's memory is reused by the next one, and the stream holds several.
  const copies = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) yield chunk.slice();
  };
  const done = pipeline(Readable.from(copies(), { objectMode: true, highWaterMark: 1 }), decoder);
  // The loop below sees the same error; here it only must not go unhandled.
  done.catch(() => {});
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } catch (error) {
    // An error of the bytes' own reader is not a fault of the packing.
    if (!/^(Z_|ZSTD_)/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw damaged(messageOf(error));
  } finally {
    decoder.destroy();
  }
}
