import { createGunzip } from 'node:zlib';
import { checkUnpacked, DataError, type UnpackedSize } from '../../base/index.ts';
import { throughZlib, unpackChunkBytes } from './through-zlib.ts';
import { unzstd } from './unzstd.ts';

export type Compression = 'gzip' | 'zstd';

/** The formats by the first four bytes of a file. Skippable frames of zstd (RFC 8878, section 3.1.2) may come first. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  return a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : undefined;
}

const compressionNames = { gz: 'gzip', gzip: 'gzip', zst: 'zstd', zstd: 'zstd' } as const;

/** The limit of one file: more rows belong into more files. */
const unpackedBytesMax = 2 ** 40;

/**
 * The bytes behind gzip or zstd, of one or more members or frames, as they are asked for; other bytes as they are. Throws
 * DataError for bytes that are damaged, cut off, not of the format that `name` ends in, or that unpack to too much.
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
    else yield* unpacked(all, name, compression);
  } finally {
    await input.return?.();
  }
}

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

/** Stored bytes that a decoder is given at once, so that its output is measured in time. */
const storedSliceBytes = 64 * 1024;

async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const size: UnpackedSize = { stored: 0, unpacked: 0 };
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      for (let p = 0; p < chunk.length; p += storedSliceBytes) {
        const slice = chunk.subarray(p, p + storedSliceBytes);
        size.stored += slice.length;
        yield slice;
      }
    }
  };
  const damaged = (fact: string): DataError =>
    new DataError(`"${name}" is damaged: ${fact} (it begins as a ${compression} file)`, { source: name });
  const pieces =
    compression === 'gzip'
      ? throughZlib(createGunzip({ chunkSize: unpackChunkBytes }), counted(), damaged)
      : unzstd(counted(), damaged);
  for await (const piece of pieces) {
    size.unpacked += piece.length;
    checkUnpacked(`"${name}"`, size, { bytesMax: unpackedBytesMax });
    yield piece;
  }
}
