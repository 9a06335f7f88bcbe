/** A .tar.gz of a few files in memory, as archives of models are; those of any size stream through the platform's own code. */
import { gzipSync } from 'fflate';
import { createTar, parseTar } from 'nanotar';
import { checkUnpacked, DataError, messageOf } from '../../base/index.ts';

/** The limits of an archive. Any ratio is allowed below `freeBytes`: most weights of a model may be zeros. */
const unpackLimits = { bytesMax: 2 ** 31 - 1, freeBytes: 2 ** 28 };
const membersMax = 10_000;

/** The files of an archive without times and owners, so that equal files give equal bytes. */
export function packTarGz(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const attributes = { mode: '644', uid: 0, gid: 0, mtime: 0, user: '', group: '' };
  const archive = createTar(
    Object.entries(files).map(([name, data]) => ({ name, data })),
    { attrs: attributes },
  );
  return gzipSync(archive, { mtime: 0 });
}

/**
 * The regular files of a .tar.gz by name, those whose names `wanted` refuses left out. Rejects with DataError when the bytes
 * are no such archive, are damaged, or unpack to more than the limits. `what` begins the message.
 */
export async function unpackTarGz(
  what: string,
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  const archive = await gunzip(what, bytes);
  let members = 0;
  const files = parseTar(archive, {
    filter: ({ name, type }) => {
      members += 1;
      if (members > membersMax) throw new DataError(`${what} holds more than ${membersMax} files and folders`);
      return type === 'file' && wanted(name);
    },
  });
  return new Map(files.map(({ name, data }) => [name, data ?? new Uint8Array(0)]));
}

/** In memory of its own, from its first byte on. */
async function gunzip(what: string, bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let unpacked = 0;
  try {
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      unpacked += next.value.length;
      checkUnpacked(what, { stored: bytes.length, unpacked }, unpackLimits);
      chunks.push(next.value);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${what} is not a readable .tar.gz archive: ${messageOf(error)}`);
  }
  const whole = new Uint8Array(unpacked);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
