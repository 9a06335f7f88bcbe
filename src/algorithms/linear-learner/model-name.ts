import { DataError } from '../../base/index.ts';

export const modelFileName = 'model_algo-1';

/** Of file names the one that is a model: `model_algo-1`, or whatever host's the only one is. Undefined when there is none. */
export function modelNameAmong(names: readonly string[]): string | undefined {
  const models = names.filter((name) => name.startsWith('model_algo-'));
  if (models.includes(modelFileName)) return modelFileName;
  if (models.length > 1) throw new DataError(`There are several models: ${models.join(', ')}`);
  return models[0];
}
