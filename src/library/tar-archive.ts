/** The part of the library that knows tar and gzip, which a page loads with its first archive. */
import { modelFileName, modelNameAmong } from '../algorithms/index.ts';
import { DataError } from '../base/index.ts';
import { packTarGz, unpackTarGz } from '../formats/index.ts';

/** `model.tar.gz` around the bytes of `model_algo-1`. */
export const packArchive = (file: Uint8Array): Uint8Array => packTarGz({ [modelFileName]: file });

/** The bytes of `model_algo-1` in a `model.tar.gz`. Rejects with DataError when there are none. */
export async function unpackArchive(bytes: Uint8Array): Promise<Uint8Array> {
  const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
  const files = await unpackTarGz('The archive', bytes, (name) => baseName(name).startsWith('model_algo-'));
  const byName = new Map([...files].map(([name, file]) => [baseName(name), file]));
  const name = modelNameAmong([...byName.keys()]);
  if (name === undefined)
    throw new DataError(`The archive holds no ${modelFileName}: it is no model of a Linear Learner`);
  return byName.get(name)!;
}
