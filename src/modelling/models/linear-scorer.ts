import type { RowBlock } from '../../formats/index.ts';
import { lossFacts } from '../../kernels/index.ts';
import { describeExpansion, explainLinear, predict, readModelFile, readModelStatistics } from '../../learners/index.ts';
import type { PreparedRows, Scorer } from './scorer.ts';

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
    explain: canExplain ? explainLinear(model, means) : undefined,
  };
}

const blockOf = (featureCount: number, { rowCount, features }: PreparedRows): RowBlock => ({
  rowCount,
  featureCount,
  features,
  labels: new Float64Array(0),
});
