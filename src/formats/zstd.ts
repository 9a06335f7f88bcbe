/**
 * zstd (RFC 8878) by its reference decoder, compiled to WebAssembly: it is fast enough, and it verifies the
 * checksum of its output where the frame has one.
 */
import type { ZSTDDecoder } from 'zstddec/stream';
import { messageOf } from '../base/index.ts';

/** The bytes that the decoder is given at once: each four bytes can stand for 128 KiB. */
const sliceBytes = 4096;

let opened: Promise<ZSTDDecoder> | undefined;

/** The decoder, which is compiled on first use. */
export function openZstd(): Promise<ZSTDDecoder> {
  opened ??= load();
  return opened;
}

async function load(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return decoder;
}

/** Throws what `damaged` makes of bytes that are no such frame. The content comes in pieces of 128 KiB at most. */
export async function* unpackZstdFrame(
  frame: AsyncIterable<Uint8Array>,
  damaged: (fact: string) => Error,
): AsyncGenerator<Uint8Array> {
  const decoder = await openZstd();
  const input = slicesOf(frame);
  const feed = new Feed();
  const pieces = decoder.decodeStreaming(feed);
  try {
    for (let wasEmpty = false; ; ) {
      feed.next ??= (await input.next()).value ?? undefined;
      const { taken } = feed;
      const piece = nextOf(pieces, damaged);
      if (piece === undefined) return;
      if (piece.length > 0) yield piece;
      // The library does not notice the end: it asks again and again for more bytes.
      else if (wasEmpty && feed.taken === taken) throw damaged('its bytes contradict each other or their checksum');
      wasEmpty = piece.length === 0;
    }
  } finally {
    await input.return(undefined);
    release(pieces, feed);
  }
}

async function* slicesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks) {
    for (let p = 0; p < chunk.length; p += sliceBytes) yield chunk.subarray(p, p + sliceBytes);
  }
}

/** The decoder's input: the slice at hand, or else the end. */
class Feed implements Iterable<Uint8Array> {
  next: Uint8Array | undefined;
  taken = 0;

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (; this.next !== undefined; this.taken++) {
      const slice = this.next;
      this.next = undefined;
      yield slice;
    }
  }
}

function nextOf(pieces: Iterator<Uint8Array>, damaged: (fact: string) => Error): Uint8Array | undefined {
  try {
    const { done, value } = pieces.next();
    return done ? undefined : value;
  } catch (error) {
    throw damaged(messageOf(error));
  }
}

/** The decoder frees its memory only at its own end, so it is brought there where not all of the content is needed. */
function release(pieces: Iterator<Uint8Array>, feed: Feed): void {
  feed.next = undefined;
  try {
    for (let piece = pieces.next(); !piece.done && piece.value.length > 0; piece = pieces.next());
  } catch {
    // It reports that the rest is missing, as expected.
  }
}
