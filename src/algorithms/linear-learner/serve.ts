import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { describeExpansion, type Explanations, readModelFile } from '../../learners/index.ts';
import { withExplanations } from '../explaining/with-explanations.ts';
import type { LoadModel } from '../serving/loaded-model.ts';
import { serveModel } from '../serving/serve.ts';
import { withRawRows } from '../serving/with-raw-rows.ts';
import { explainedLinear } from './explaining/explained-linear.ts';
import { invoker } from './invoke.ts';
import { modelFileName, modelNameAmong } from './model-name.ts';

/** Serves a linear model until SIGTERM; returns the exit code. */
export const serve = (root: string): Promise<number> => serveModel(root, loadModel, { explains: true });

const loadModel: LoadModel = async (folder, options) => {
  const bytes = modelBytesIn(folder);
  const file = readModelFile(bytes);
  const { model, precision } = file;
  const expanded = model.expansion === undefined ? '' : ` (with ${describeExpansion(model.expansion)})`;
  const hashed = model.hashBits === undefined ? '' : ', to which columns are hashed';
  const raw = await withRawRows(folder, model.featureCount, invoker(file, options.batch));
  const { featureCount } = model;
  const explainable = { folder, featureCount, open: (kept?: Explanations) => explainedLinear(file, bytes, kept) };
  return {
    invoke: await withExplanations(explainable, options, raw),
    text: `a ${model.predictorType} of ${model.featureCount} features${expanded}${hashed}, scored in ${precision}`,
  };
};

function modelBytesIn(folder: string): Uint8Array {
  const name = modelNameAmong(readdirSync(folder));
  if (name === undefined) throw new DataError(`There is no file "${modelFileName}"`);
  return readFileSync(join(folder, name));
}
