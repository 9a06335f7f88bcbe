import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { DataError, messageOf } from '../../base/index.ts';
import { ZstdFrames } from './zstd-frames.ts';

export type Compression = 'gzip' | 'zstd';

/** What the first four bytes of a file say. Skippable frames of zstd (RFC 8878, section 3.1.2) may come first. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  return a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : undefined;
}

const compressionNames = { gz: 'gzip', gzip: 'gzip', zst: 'zstd', zstd: 'zstd' } as const;

/**
 * The bytes behind gzip or zstd, of one or more members or frames, as they are asked for; other bytes as they are. Throws
 * DataError for bytes that are damaged, cut off, or not what the end of `name` says.
 */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const input = chunks[Symbol.asyncIterator]();
  try {
    let first = await input.next();
    // A pipe may give its first bytes one by one.
    while (!first.done && first.value.length < 4) {
      const start = first.value.slice();
      const next = await input.next();
      first = next.done ? { value: start, done: false } : { value: joined(start, next.value), done: false };
      if (next.done) break;
    }
    if (first.done) return;
    const rest = { [Symbol.asyncIterator]: () => ({ next: () => input.next() }) };
    const all = startingWith(first.value, rest);
    const compression = compressionOf(first.value);
    const ending = compressionNames[/\.(gz|gzip|zst|zstd)$/i.exec(name)?.[1]?.toLowerCase() as 'gz'];
    if (compression === undefined && ending !== undefined) {
      throw new DataError(`"${name}" is named as ${ending} but does not begin as ${ending}`, { source: name });
    }
    if (compression === undefined) yield* all;
    else if (compression === 'gzip') yield* through(zlib.createGunzip({ chunkSize }), all, name, compression);
    else if (createZstdDecompress !== undefined) {
      yield* unzstdByNode(all, name, createZstdDecompress);
    } else yield* unzstd(checkedFrames(all, name), name);
  } finally {
    await input.return?.();
  }
}

const chunkSize = 256 * 1024;

type OpenZstd = (options: { chunkSize: number }) => zlib.Gunzip;

/** Faster than the one in JavaScript; Node has it from 22.15 on. */
const { createZstdDecompress } = zlib as unknown as { createZstdDecompress?: OpenZstd };

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array {
  const both = new Uint8Array(start.length + end.length);
  both.set(start);
  both.set(end, start.length);
  return both;
}

async function* through(
  stream: zlib.Gunzip,
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  // A chunk's memory is reused by the next one, and the stream holds several.
  const copies = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) yield chunk.slice();
  };
  const done = pipeline(Readable.from(copies(), { objectMode: true, highWaterMark: 1 }), stream);
  // The loop below sees the same error; here it only must not go unhandled.
  done.catch(() => {});
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    // What the bytes' own reader said is no fault of the packing.
    if (!/^(Z_|ZSTD_)/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw damaged(name, compression, messageOf(error));
  } finally {
    stream.destroy();
  }
}

/** At most this many bytes at once: each four of them can stand for 128 KiB. */
const zstdSliceBytes = 1024;

async function* unzstd(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((bytes) => {
    if (bytes.length > 0) ready.push(bytes);
  });
  const push = (slice: Uint8Array, final: boolean): Uint8Array[] => {
    ready = [];
    try {
      decompress.push(slice, final);
    } catch (error) {
      throw damaged(name, 'zstd', messageOf(error));
    }
    return ready;
  };
  for await (const chunk of chunks) {
    // Kept until a block is whole, so the memory must be its own.
    const own = chunk.slice();
    for (let p = 0; p < own.length; p += zstdSliceBytes) yield* push(own.subarray(p, p + zstdSliceBytes), false);
  }
  yield* push(new Uint8Array(0), true);
}

/** Node's zstd stops without a word behind the first frame, so each has a stream of its own. */
async function* unzstdByNode(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  open: OpenZstd,
): AsyncGenerator<Uint8Array> {
  const input = chunks[Symbol.asyncIterator]();
  const frames = new ZstdFrames((fact) => damaged(name, 'zstd', fact));
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
  while (await more()) yield* through(open({ chunkSize }), frame(), name, 'zstd');
}

async function* checkedFrames(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames((fact) => damaged(name, 'zstd', fact));
  for await (const chunk of chunks) {
    for (let p = 0; p < chunk.length; ) p += frames.pass(chunk.subarray(p));
    yield chunk;
  }
  frames.end();
}

const damaged = (name: string, compression: Compression, fact: string): DataError =>
  new DataError(`"${name}" is damaged: ${fact} (it begins as a ${compression} file)`, { source: name });
