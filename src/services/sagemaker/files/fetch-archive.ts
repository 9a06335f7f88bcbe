import { createHash, type Hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../../../base/index.ts';
import type { Objects } from '../../../store/index.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { unpackArchive } from './unpack-archive.ts';

/**
 * Unpacks a .tar.gz of S3 below a folder and returns the SHA-256 of the archive. Throws DataError, which names it by `what`, when it is
 * missing or broken.
 */
export async function fetchArchive(
  objects: Objects,
  { uri, what }: { uri: string; what: string },
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const { bucket, key } = parseS3Uri(uri, what);
  const found = (await objects.bucket(bucket)) === undefined ? undefined : await objects.get(bucket, key);
  if (found === undefined) throw new DataError(`Could not find ${what} at ${uri}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stop = (): void => void found.body.destroy(new Error('The work was stopped'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const hash = createHash('sha256');
    const hashed = hashing(hash);
    // Its end, well or not, is that of the unpacking.
    const reading = pipeline(found.body, hashed).catch(() => undefined);
    await unpackArchive(hashed, folder, uri);
    await reading;
    return hash.digest('hex');
  } finally {
    // Behind the end, nobody waits for the body any more: its error would be nobody's, and end the server.
    signal.removeEventListener('abort', stop);
    found.body.destroy();
  }
}

/** Passes bytes on and adds them to a hash. */
export const hashing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
