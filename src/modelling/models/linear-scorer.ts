import type { RowBlock } from '../../formats/index.ts';
import { lossFacts } from '../../kernels/index.ts';
import {
  baselineOf,
  contributionsOf,
  describeExpansion,
  expandedFeatureNames,
  type LinearModel,
  makeExpander,
  predict,
  readModelFile,
  readModelStatistics,
} from '../../learners/index.ts';
import type { Contributions, PreparedRows, Scorer } from './scorer.ts';

/** Of the bytes of `model_algo-1`. Throws DataError. */
export function linearScorer(file: Uint8Array): Scorer {
  const { model, precision } = readModelFile(file);
  const { predictorType, outputCount, featureCount, expansion } = model;
  const task =
    predictorType === 'regressor' ? 'regression' : predictorType === 'binary_classifier' ? 'binary' : 'multiclass';
  const { link } = lossFacts(model.loss);
  const hasProbabilities = task !== 'regression' && (link === 'logit' || link === 'multinomial');
  const predicted = (rows: PreparedRows) => predict(model, precision, blockOf(featureCount, rows));
  const { means } = (readModelStatistics(file)?.contributions ?? {}) as { means?: readonly number[] };
  const canExplain = Array.isArray(means) && model.hashBits === undefined;
  return {
    task,
    classCount: task === 'regression' ? 0 : Math.max(2, outputCount),
    featureCount,
    text: `a ${predictorType} of ${featureCount} features${expansion === undefined ? '' : ` (with ${describeExpansion(expansion)})`}`,
    score(rows) {
      const { scores, labels } = predicted(rows);
      return {
        predictions: Float64Array.from(labels ?? scores),
        probabilities: hasProbabilities ? Float64Array.from(scores) : undefined,
      };
    },
    explain: canExplain
      ? (rows) => {
          const { labels } = outputCount > 1 ? predicted(rows) : { labels: undefined };
          return explained(model, means, rows, (row) => Number(labels?.[row] ?? 0));
        }
      : undefined,
  };
}

const blockOf = (featureCount: number, { rowCount, features }: PreparedRows): RowBlock => ({
  rowCount,
  featureCount,
  features,
  labels: new Float64Array(0),
});

/** Of the score of one output a row. A power or product belongs to its features in equal parts. */
function explained(
  model: LinearModel,
  means: readonly number[],
  { rowCount, features }: PreparedRows,
  outputOf: (row: number) => number,
): Contributions[] {
  const { expansion, featureCount, outputCount } = model;
  const expander = expansion && makeExpander(expansion);
  const sources = expandedFeatureNames(featureCount, expansion ?? { degree: 1, interactions: 'none' }).map((name) =>
    name.replace(/\^.*/, '').split(':').map(Number),
  );
  const baselines = baselineOf(model, means);
  return Array.from({ length: rowCount }, (_, row) => {
    let columns = features.subarray(row * featureCount, (row + 1) * featureCount);
    if (expander !== undefined) {
      const expanded = new Float64Array(expander.expandedCount);
      expander.expand({ features: columns }, 0, 1, expanded);
      columns = expanded;
    }
    const all = contributionsOf(model, means, columns);
    const output = outputOf(row);
    const values = new Float64Array(featureCount);
    for (const [column, of] of sources.entries())
      for (const feature of of) values[feature]! += all[column * outputCount + output]! / of.length;
    return { baseline: baselines[output]!, values };
  });
}
