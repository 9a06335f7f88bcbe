/** A row's scores as sums: a baseline, and what each feature adds to it. */
import { makeExpander } from '../linear-learner/expansion/expander.ts';
import { expandedFeatureNames } from '../linear-learner/expansion/expansion.ts';
import type { LinearModel } from '../linear-learner/model.ts';
import { baselineOf, contributionsOf } from '../linear-learner/statistics/contributions.ts';

/** Before any link. baselines[k] and all values[feature * K + k] add up to score k. */
export interface ScoreParts {
  baselines: Float64Array;
  values: Float64Array;
}

/** The scores themselves. */
export function sumsOf({ baselines, values }: ScoreParts): Float64Array {
  const sums = baselines.slice();
  for (let at = 0; at < values.length; at += 1) sums[at % sums.length] += values[at];
  return sums;
}

interface Rows {
  rowCount: number;
  features: ArrayLike<number>;
}

/** Explains rows of a linear model against the means of its columns. A power or product belongs to its features in equal parts. */
export function explainLinear(model: LinearModel, means: ArrayLike<number>): (rows: Rows) => ScoreParts[] {
  const { featureCount, outputCount: K } = model;
  const names = expandedFeatureNames(featureCount, model.expansion ?? { degree: 1, interactions: 'none' });
  const sources = names.map((name) => name.replace(/\^.*/, '').split(':').map(Number));
  const baselines = baselineOf(model, means);
  const expand = expandedRows(model);
  return ({ rowCount, features }) =>
    Array.from({ length: rowCount }, (_, row) => {
      const all = contributionsOf(model, means, expand(features, row));
      const values = new Float64Array(featureCount * K);
      for (const [column, of] of sources.entries())
        for (const feature of of)
          for (let k = 0; k < K; k += 1) values[feature * K + k] += all[column * K + k] / of.length;
      return { baselines, values };
    });
}

/** Means of a linear model's columns over rows of its features. */
export function meansOfRows(model: LinearModel, { rowCount, features }: Rows): Float64Array {
  const expand = expandedRows(model);
  const means = new Float64Array(model.weights.length / model.outputCount);
  for (let row = 0; row < rowCount; row += 1) {
    const columns = expand(features, row);
    for (let at = 0; at < means.length; at += 1) means[at] += columns[at] / rowCount;
  }
  return means;
}

/** A row as the model's columns. */
function expandedRows({
  featureCount,
  expansion,
}: LinearModel): (features: ArrayLike<number>, row: number) => Float64Array {
  const expander = expansion && makeExpander(expansion);
  return (features, row) => {
    const own = Float64Array.from({ length: featureCount }, (_, j) => features[row * featureCount + j]);
    if (expander === undefined) return own;
    const expanded = new Float64Array(expander.expandedCount);
    expander.expand({ features: own }, 0, 1, expanded);
    return expanded;
  };
}
