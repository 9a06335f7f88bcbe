import { readFileSync } from 'node:fs';
import { DataError, messageOf } from '../../base/index.ts';
import { explanationsFileName, preparationFileName } from '../../contract/index.ts';
import { unpackTarGz } from '../../formats/index.ts';
import { type Explanations, readExplanations } from '../../learners/index.ts';
import { type Feature, featuresOf, type Preparation, readPreparation } from '../../tables/index.ts';
import { boostedScorer } from './boosted-scorer.ts';
import { linearScorer } from './linear-scorer.ts';
import type { Scorer } from './scorer.ts';

/** A model that can be scored, with what turns raw rows into its features where it has that. */
export interface TrainedModel extends Scorer {
  /** The algorithm's own name. */
  algorithm: 'linear-learner' | 'xgboost';
  preparation: Preparation | undefined;
  /** What its predictions can be trusted by; undefined for models that keep nothing of the kind. */
  explanations: Explanations | undefined;
  /** Of the preparation; undefined without one. */
  features: readonly Feature[] | undefined;
  /** Members of the archive, and their bytes. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The one of them that is the algorithm's model. */
  modelFile: Uint8Array;
}

/** Reads a model.tar.gz, or the model file in it. Rejects with DataError where it is none, or holds no model of Linear Learner or XGBoost. */
export async function openModel(path: string): Promise<TrainedModel> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new DataError(`There is no file "${path}": linnet train makes a model.tar.gz`, { source: path });
    throw new DataError(`"${path}" cannot be read: ${messageOf(error)}`, { source: path });
  }
  if (!startsWith(bytes, gzipSignature)) return bareModel(path, bytes);
  const files = await unpackTarGz(`"${path}"`, bytes, () => true);
  return modelOf(path, new Map([...files].map(([name, file]) => [name.replace(/^(?:\.\/)+/, ''), file])));
}

const gzipSignature = [0x1f, 0x8b];
/** The Linear Learner's model file is a zip. */
const zipSignature = [0x50, 0x4b];
const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, at) => bytes[at] === byte);

/** The model file without its archive. */
function bareModel(path: string, bytes: Uint8Array): TrainedModel {
  const name = startsWith(bytes, zipSignature) ? 'model_algo-1' : 'xgboost-model';
  try {
    return modelOf(path, new Map([[name, bytes]]));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(
      `"${path}" is no model.tar.gz: linnet train makes one, and commands take the model before the table`,
      { source: path },
    );
  }
}

/** A model of the files of its folder. Throws DataError. */
export function modelOf(source: string, files: ReadonlyMap<string, Uint8Array>): TrainedModel {
  const given = files.get(preparationFileName);
  const preparation = given && readPreparation(given, preparationFileName);
  const opened = scorerOf(source, files);
  const features = preparation && featuresOf(preparation);
  if (features !== undefined && features.length !== opened.featureCount)
    throw new DataError(
      `"${source}" is damaged: its preparation makes ${features.length} features, and its model takes ${opened.featureCount}`,
    );
  const kept = files.get(explanationsFileName);
  const explanations = kept && readExplanations(kept, explanationsFileName);
  return { ...opened, preparation, explanations, features, files };
}

function scorerOf(
  source: string,
  files: ReadonlyMap<string, Uint8Array>,
): Scorer & Pick<TrainedModel, 'algorithm' | 'modelFile'> {
  const names = [...files.keys()].filter((name) => !name.split('/').at(-1)!.startsWith('.'));
  const linear = names.find((name) => /(^|\/)model_algo-\d+$/.test(name));
  const boosted = names.filter((name) => /(^|\/)xgboost-model(?:-\d+)?(?:\.\w+)?$/.test(name)).sort();
  const modelFile = files.get(linear ?? boosted[0] ?? '');
  if (linear !== undefined) return { algorithm: 'linear-learner', modelFile: modelFile!, ...linearScorer(modelFile!) };
  if (boosted.length > 1)
    throw new DataError(
      `"${source}" holds ${boosted.length} models of a cross-validation: an endpoint scores them together`,
    );
  if (modelFile !== undefined) return { algorithm: 'xgboost', modelFile, ...boostedScorer(modelFile) };
  const held = names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ');
  throw new DataError(
    `"${source}" holds no model of Linear Learner (model_algo-1) or XGBoost (xgboost-model)${held === '' ? '' : `: it holds ${held}`}`,
  );
}
