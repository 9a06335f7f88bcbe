import { DataError } from '../../base/index.ts';

export const modelFileName = 'model_algo-1';

/** The file name that is a model's: `model_algo-1`, or the only one of another host. Undefined when there is none. */
export function modelNameAmong(names: readonly string[]): string | undefined {
  const models = names.filter((name) => name.startsWith('model_algo-'));
  if (models.includes(modelFileName)) return modelFileName;
  if (models.length > 1) throw new DataError(`There are several models: ${models.join(', ')}`);
  return models[0];
}
