/**
 * zstd (RFC 8878) by its reference decoder, compiled to WebAssembly: it is fast enough, and it verifies the
 * checksum of its output where the frame has one.
 */
import type { ZSTDDecoder } from 'zstddec/stream';
import { messageOf } from '../base/index.ts';

/** The bytes that the decoder is given at once: each four bytes can stand for 128 KiB. */
const sliceBytes = 4096;

/** The part of the WebAssembly JavaScript interface that a fresh decoder takes. */
interface Compiled {
  module: object;
  instance: { exports: object };
}
const { WebAssembly: engine } = globalThis as unknown as {
  WebAssembly: { instantiate(module: object, imports: object): Promise<Compiled['instance']> };
};

let opened: Promise<ZSTDDecoder> | undefined;
/** Frames that are being read. */
let frames = 0;
/** Whether a damaged frame left memory behind. */
let isLittered = false;

/** The decoder, which is compiled on first use. */
export function openZstd(): Promise<ZSTDDecoder> {
  opened ??= load();
  if (isLittered && frames === 0) {
    isLittered = false;
    opened = opened.then(async (decoder) => {
      await renew?.();
      return decoder;
    });
  }
  return opened;
}

/** Gives the library another instance of its module. It does not free what a frame takes that it never comes to the end of. */
let renew: (() => Promise<void>) | undefined;

async function load(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  const take = decoder._init as unknown as (compiled: Compiled) => void;
  const takeFirst = (compiled: Compiled): void => {
    const { module } = compiled;
    take(compiled);
    renew = async () => {
      // When memory grows, the library looks at it anew.
      const env = { emscripten_notify_memory_growth: () => take({ module, instance }) };
      const instance = await engine.instantiate(module, { env });
      take({ module, instance });
    };
  };
  decoder._init = takeFirst as unknown as typeof decoder._init;
  await decoder.init();
  return decoder;
}

/** Throws what `damaged` makes of bytes that are no such frame. The content comes in pieces of 128 KiB at most. */
export async function* unpackZstdFrame(
  frame: AsyncIterable<Uint8Array>,
  damaged: (fact: string) => Error,
): AsyncGenerator<Uint8Array> {
  // Counted before anything else is awaited: no other frame may change the instance from here on.
  const opening = openZstd();
  frames += 1;
  const input = slicesOf(frame);
  try {
    yield* unpack(await opening, input, damaged);
  } finally {
    frames -= 1;
    await input.return(undefined);
  }
}

async function* unpack(
  decoder: ZSTDDecoder,
  input: AsyncIterator<Uint8Array>,
  damaged: (fact: string) => Error,
): AsyncGenerator<Uint8Array> {
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
    if (!isReleased(pieces, feed)) isLittered = true;
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

/**
 * The decoder frees its memory only at its own end, so it is brought there where not all of the content is needed. Whether that is
 * possible: behind damage it gives empty pieces for ever.
 */
function isReleased(pieces: Iterator<Uint8Array>, feed: Feed): boolean {
  feed.next = undefined;
  try {
    let piece = pieces.next();
    while (!piece.done && piece.value.length > 0) piece = pieces.next();
    return piece.done === true;
  } catch {
    // It reports that the rest is missing, as expected.
    return true;
  }
}
