import * as zlib from 'node:zlib';
import type { DataError } from '../../base/index.ts';
import { unpackZstdFrame } from '../../formats/index.ts';
import { throughZlib, unpackChunkBytes } from './through-zlib.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** Node has a decoder from 22.15 on, twice as fast as the one in WebAssembly. */
const { createZstdDecompress } = zlib as unknown as {
  createZstdDecompress?: (options: { chunkSize: number }) => zlib.Gunzip;
};

/**
 * The content of all frames of zstd data, each by a decoder of its own: Node's stops without a word behind the first. Throws
 * what `damaged` makes of invalid bytes, wrong checksums included.
 */
export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  damaged: (fact: string) => DataError,
): AsyncGenerator<Uint8Array> {
  const input = chunks[Symbol.asyncIterator]();
  const frames = new ZstdFrames(damaged);
  let rest = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await input.next();
      if (next.done) return false;
      rest = next.value as Uint8Array<ArrayBuffer>;
    }
    return true;
  };
  const frame = async function* (): AsyncGenerator<Uint8Array> {
    while (await more()) {
      const length = frames.pass(rest);
      const part = rest.subarray(0, length);
      rest = rest.subarray(length);
      yield part;
      if (frames.isBetween) return;
    }
    frames.end();
  };
  while (await more()) {
    yield* createZstdDecompress === undefined
      ? unpackZstdFrame(frame(), damaged)
      : throughZlib(createZstdDecompress({ chunkSize: unpackChunkBytes }), frame(), damaged);
  }
}
