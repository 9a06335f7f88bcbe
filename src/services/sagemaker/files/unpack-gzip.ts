import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { checkUnpacked, DataError, messageOf } from '../../../base/index.ts';

/** The limit of one object: more rows belong into more objects. */
const unpackedBytesMax = 2 ** 40;

/**
 * Unpacks bytes as they come. Throws DataError for bytes that are not gzip or unpack to far too much; `what` begins the
 * message of the latter, `broken` that of the former.
 */
export async function* unpackGzip(
  body: Readable,
  { what, broken }: { what: string; broken: string },
): AsyncGenerator<Uint8Array> {
  const inflated = createGunzip();
  const done = pipeline(body, inflated);
  // The loop below sees the same error; here it only must not go unhandled.
  done.catch(() => undefined);
  let count = 0;
  try {
    for await (const chunk of inflated as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      checkUnpacked(what, { stored: inflated.bytesWritten, unpacked: count }, { bytesMax: unpackedBytesMax });
      yield chunk;
    }
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw new DataError(`${broken} cannot be unpacked: ${messageOf(cause)}`);
  } finally {
    inflated.destroy();
  }
}
