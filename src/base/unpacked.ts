import { DataError } from './errors.ts';

/** The highest ratio allowed. Rows and models stay below it; files made to do harm do not (gzip's limit is 1032, zstd's 32,768). */
const ratioMax = 500;
/** Below this size any ratio is allowed: a column of one value packs to next to nothing. */
const freeBytesDefault = 256 * 1024 ** 2;

/** Bytes as they are stored, and what they unpack to, so far or altogether. */
export interface UnpackedSize {
  stored: number;
  unpacked: number;
}

/**
 * Throws DataError when packed bytes unpack to far more than data do, beyond the first `freeBytes`, or for more than
 * `bytesMax`. `what` begins the message.
 */
export function checkUnpacked(
  what: string,
  { stored, unpacked }: UnpackedSize,
  { bytesMax, freeBytes = freeBytesDefault }: { bytesMax: number; freeBytes?: number },
): void {
  if (unpacked > bytesMax) throw new DataError(`${what} unpacks to more than ${bytesMax} bytes`);
  if (unpacked <= Math.max(freeBytes, ratioMax * stored)) return;
  throw new DataError(
    `${what} unpacks to more than ${ratioMax} times its bytes (${unpacked} from ${stored}), which is refused beyond ${freeBytes} bytes: store it unpacked if it is meant to be so`,
  );
}
