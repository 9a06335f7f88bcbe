import { modelFileName, modelNameAmong } from '../algorithms/index.ts';
import { DataError } from '../base/index.ts';
import { packTarGz, unpackTarGz } from '../formats/index.ts';

/** `model.tar.gz` around the bytes of `model_algo-1`. */
export const packModel = (file: Uint8Array): Uint8Array => packTarGz({ [modelFileName]: file });

/** The bytes of `model_algo-1`, given them or a `model.tar.gz`. Rejects with DataError when they are neither. */
export async function unpackModel(given: Uint8Array | ArrayBuffer): Promise<Uint8Array> {
  const bytes = given instanceof ArrayBuffer ? new Uint8Array(given) : given;
  if (!(bytes instanceof Uint8Array))
    throw new DataError('load needs the bytes of a model.tar.gz, as a Uint8Array or an ArrayBuffer');
  // A zip archive, as the model file is one.
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return bytes;
  const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
  const files = await unpackTarGz('The archive', bytes, (name) => baseName(name).startsWith('model_algo-'));
  const byName = new Map([...files].map(([name, file]) => [baseName(name), file]));
  const name = modelNameAmong([...byName.keys()]);
  if (name === undefined)
    throw new DataError(`The archive holds no ${modelFileName}: it is no model of a Linear Learner`);
  return byName.get(name)!;
}
