import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { describeExpansion, type ModelFile, readModelFile } from '../../learners/index.ts';
import type { LoadModel } from '../serving/loaded-model.ts';
import { serveModel } from '../serving/serve.ts';
import { withRawRows } from '../serving/with-raw-rows.ts';
import { invoker } from './invoke.ts';
import { modelFileName, modelNameAmong } from './model-name.ts';

/** Serves a linear model until SIGTERM; returns the exit code. */
export const serve = (root: string): Promise<number> => serveModel(root, loadModel);

const loadModel: LoadModel = async (folder, { batch }) => {
  const file = readModel(folder);
  const { model, precision } = file;
  const expanded = model.expansion === undefined ? '' : ` (with ${describeExpansion(model.expansion)})`;
  const hashed = model.hashBits === undefined ? '' : ', to which columns are hashed';
  return {
    invoke: await withRawRows(folder, model.featureCount, invoker(file, batch)),
    text: `a ${model.predictorType} of ${model.featureCount} features${expanded}${hashed}, scored in ${precision}`,
  };
};

function readModel(folder: string): ModelFile {
  const name = modelNameAmong(readdirSync(folder));
  if (name === undefined) throw new DataError(`There is no file "${modelFileName}"`);
  return readModelFile(readFileSync(join(folder, name)));
}
