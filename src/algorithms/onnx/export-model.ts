/** A trained model, packed or not, as ONNX. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import { boostedModelToOnnx, linearModelToOnnx, readBoostedModel, readModelFile } from '../../learners/index.ts';
import { type ModelNames, unpackModel } from '../program/model-channel.ts';

/** An archive holds one file that is a model, and perhaps others that hide. */
const names: ModelNames = {
  algorithm: 'the Linear Learner or XGBoost',
  usual: 'model_algo-1 or xgboost-model',
  mayBe: (name) => /^(model_algo-|xgboost-model)/.test(name),
  among(found) {
    if (found.length > 1)
      throw new DataError(`There are several models: ${found.join(', ')}; unpack the archive and export one`);
    return found[0];
  },
};

/** Writes `out`; answers what was written, in one sentence. Throws DataError for what is no model or has no form in ONNX. */
export async function exportModel(path: string, out: string): Promise<string> {
  const bytes = await readModelBytes(path);
  // The Linear Learner's model file is a zip.
  const isLinear = bytes[0] === 0x50 && bytes[1] === 0x4b;
  let onnx: Uint8Array;
  try {
    onnx = isLinear ? linearModelToOnnx(readModelFile(bytes).model) : boostedModelToOnnx(readBoostedModel(bytes));
  } catch (error) {
    throw error instanceof DataError ? new DataError(`"${path}": ${error.message}`) : error;
  }
  try {
    await writeFile(out, onnx);
  } catch (error) {
    throw new DataError(`Cannot write "${out}": ${messageOf(error)}`);
  }
  return `"${out}" is a model of ${isLinear ? 'the Linear Learner' : 'XGBoost'} in ONNX (${onnx.length} bytes)`;
}

async function readModelBytes(path: string): Promise<Uint8Array> {
  if (/\.(tar\.gz|tgz)$/i.test(path)) return unpackModel({ name: basename(path), path }, names);
  try {
    return await readFile(path);
  } catch (error) {
    throw new DataError(`Cannot read "${path}": ${messageOf(error)}`);
  }
}
