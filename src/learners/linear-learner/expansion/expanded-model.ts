import type { LinearModel } from '../model.ts';
import type { Expansion } from './expansion.ts';

/** A model of expanded rows as the model of raw rows that it is. */
export const withExpansion = (model: LinearModel, expansion: Expansion | undefined): LinearModel =>
  expansion === undefined ? model : { ...model, featureCount: expansion.centre.length, expansion };

/** A model of raw rows as the plain linear model of the expanded rows. */
export function withoutExpansion({ expansion, ...model }: LinearModel): LinearModel {
  return expansion === undefined ? model : { ...model, featureCount: model.weights.length / model.outputCount };
}
