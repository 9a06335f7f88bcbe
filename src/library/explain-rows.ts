import { DataError } from '../base/index.ts';
import type { RowBlock } from '../formats/index.ts';
import {
  baselineOf,
  contributionsOf,
  expandedFeatureNames,
  type LinearModel,
  makeExpander,
} from '../learners/index.ts';
import type { Explanation } from './explanation.ts';

/** `means` are those of the model's columns, after expansion. */
export function explainRows(model: LinearModel, means: ArrayLike<number>, rows: RowBlock): Explanation {
  const { expansion, outputCount } = model;
  return {
    baseline: baselineOf(model, means),
    contributions: Array.from(columnsOf(model, rows), (row) => contributionsOf(model, means, row)),
    columnNames: expandedFeatureNames(model.featureCount, expansion ?? { degree: 1, interactions: 'none' }).slice(
      0,
      model.weights.length / outputCount,
    ),
  };
}

/** Mean of each of the model's columns. */
export function meansOf(model: LinearModel, rows: RowBlock): Float64Array {
  const means = new Float64Array(model.weights.length / model.outputCount);
  for (const row of columnsOf(model, rows))
    for (let j = 0; j < means.length; j += 1) means[j]! += row[j]! / rows.rowCount;
  return means;
}

/** Each row as the model's columns; the memory of one is reused by the next. */
function* columnsOf({ expansion, hashBits, featureCount }: LinearModel, rows: RowBlock): Generator<ArrayLike<number>> {
  if (hashBits !== undefined)
    throw new DataError('explain needs a model whose columns are not hashed (feature_hash_bits)');
  const expander = expansion && makeExpander(expansion);
  const expanded = new Float64Array(expander?.expandedCount ?? 0);
  for (let row = 0; row < rows.rowCount; row += 1) {
    if (expander === undefined) yield rows.features.subarray(row * featureCount, (row + 1) * featureCount);
    else {
      expander.expand(rows, row, 1, expanded);
      yield expanded;
    }
  }
}
