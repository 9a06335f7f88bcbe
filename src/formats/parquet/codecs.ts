import { crc32 } from '@foxglove/crc';
import { compressors as libraryCodecs } from 'hyparquet-compressors';
import type { ZSTDDecoder } from 'zstddec/stream';
import { openZstd } from '../zstd.ts';
import { pageBytesMax } from './pages.ts';

type Unpack = (input: Uint8Array, outputLength: number) => Uint8Array;

let zstd: ZSTDDecoder | undefined;

/** Loads the decoders of these codecs. */
export async function openCodecs(codecs: Iterable<string>): Promise<void> {
  if (zstd === undefined && [...codecs].includes('ZSTD')) zstd = await openZstd();
}

const codecs: Readonly<Record<string, Unpack>> = {
  ...libraryCodecs,
  // The library's own decoder can be made to loop for ever, and checks nothing.
  ZSTD: (input, outputLength) => zstd!.decode(input, outputLength),
  GZIP: (input, outputLength) => checkedGzip(input, libraryCodecs.GZIP!(input, outputLength)),
};

/** Unpacks a page, to as many bytes as its header says and no others. Throws for damaged bytes. */
export const compressors: Readonly<Record<string, Unpack>> = Object.fromEntries(
  Object.entries(codecs).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, outputLength: number): Uint8Array => {
      if (!(outputLength >= 0 && outputLength <= pageBytesMax)) {
        throw new Error(`a page of ${outputLength} bytes is above ${pageBytesMax}`);
      }
      if (outputLength === 0) return new Uint8Array(0);
      const page = unpack(input, outputLength);
      if (page.length !== outputLength)
        throw new Error(`a page does not unpack to the ${outputLength} bytes that it has`);
      return page;
    },
  ]),
);

/** Compares a page with the trailer of its last member (RFC 1952, section 2.3.1), which the library ignores. */
function checkedGzip(input: Uint8Array, page: Uint8Array): Uint8Array {
  if (input[0] !== 0x1f || input[1] !== 0x8b || input.length < 18) throw new Error('a page does not begin as gzip');
  const trailer = new DataView(input.buffer, input.byteOffset + input.length - 8, 8);
  const size = trailer.getUint32(4, true);
  const isWhole = size <= page.length && trailer.getUint32(0, true) === crc32(page.subarray(page.length - size));
  if (!isWhole) throw new Error('a page is not what its checksum says');
  return page;
}
