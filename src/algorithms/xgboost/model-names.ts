import { DataError } from '../../base/index.ts';
import type { ModelNames } from '../program/model-channel.ts';

/** The model's file in an artifact; models of a cross-validation have a number after it. */
export const modelFileName = 'xgboost-model';

export const modelNames: ModelNames = {
  algorithm: 'XGBoost',
  usual: modelFileName,
  among(names) {
    const models = names.filter((name) => name.startsWith(modelFileName));
    if (models.includes(modelFileName)) return modelFileName;
    if (models.length > 1) throw new DataError(`There are several models: ${models.join(', ')}`);
    return models[0];
  },
  mayBe: (name) => name.startsWith(modelFileName),
};
