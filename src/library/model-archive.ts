import { DataError } from '../base/index.ts';

/** `model.tar.gz` around the bytes of `model_algo-1`. */
export const packModel = async (file: Uint8Array): Promise<Uint8Array> =>
  (await import('./tar-archive.ts')).packArchive(file);

/** The bytes of `model_algo-1`, given them or a `model.tar.gz`. Rejects with DataError when they are neither. */
export async function unpackModel(given: Uint8Array | ArrayBuffer): Promise<Uint8Array> {
  const bytes = given instanceof ArrayBuffer ? new Uint8Array(given) : given;
  if (!(bytes instanceof Uint8Array))
    throw new DataError('load needs the bytes of a model.tar.gz, as a Uint8Array or an ArrayBuffer');
  // A zip archive, as the model file is one.
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return bytes;
  return (await import('./tar-archive.ts')).unpackArchive(bytes);
}
