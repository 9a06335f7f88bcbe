/** The `model` channel: an earlier artifact, ours or Amazon's, from which training continues. */
import type { InputDataConfig, PassedOver } from '../../contract/index.ts';
import { type LinearModel, readModelFile } from '../../learners/index.ts';
import { inModel, type ModelNames, readModelChannel } from '../program/model-channel.ts';
import { modelFileName, modelNameAmong } from './model-name.ts';

export interface EarlierModel {
  /** `model/model.tar.gz`, for messages. */
  name: string;
  model: LinearModel;
}

const names: ModelNames = {
  algorithm: 'a Linear Learner',
  usual: modelFileName,
  among: modelNameAmong,
  mayBe: (name) => name.startsWith('model_algo-'),
};

/** The model in the folder of the channel. Throws DataError when there is none, more than one, or one that no Linear Learner wrote. */
export async function readEarlierModel(
  config: InputDataConfig[string],
  folder: string,
  passedOver?: PassedOver,
): Promise<EarlierModel> {
  const { name, bytes } = await readModelChannel(config, folder, names, passedOver);
  return { name, model: inModel(() => readModelFile(bytes).model, name) };
}
