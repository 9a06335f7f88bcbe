import { compressors as allCompressors } from 'hyparquet-compressors';
import { pageBytesMax } from './parquet-pages.ts';

/** Unpacks a page; never to more than the limit. */
export const compressors: Readonly<Record<string, (input: Uint8Array, outputLength: number) => Uint8Array>> =
  Object.fromEntries(
    Object.entries(allCompressors).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, outputLength: number): Uint8Array => {
        if (!(outputLength >= 0 && outputLength <= pageBytesMax)) {
          throw new Error(`a page of ${outputLength} bytes is above ${pageBytesMax}`);
        }
        return unpack(input, outputLength);
      },
    ]),
  );
