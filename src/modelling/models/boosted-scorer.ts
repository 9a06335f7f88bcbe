import { DataError } from '../../base/index.ts';
import { contributionsOfBoosted, predictBoosted, readBoostedModel } from '../../learners/index.ts';
import type { PreparedRows, Scorer, Scores } from './scorer.ts';

/** Of the bytes of `xgboost-model`. Throws DataError, also for objectives that are neither classes nor values. */
export function boostedScorer(file: Uint8Array): Scorer {
  const model = readBoostedModel(file);
  const { objective, featureCount, groupCount, bestIteration } = model;
  const task = taskOf(objective);
  // The best round counts, and those before it.
  const rounds = { roundCount: bestIteration === undefined ? undefined : bestIteration + 1 };
  const rowsOf = ({ rowCount, features }: PreparedRows) => ({
    rowCount,
    featureCount,
    features: Float32Array.from(features),
  });
  const score = (rows: PreparedRows): Scores => {
    const { values, width } = predictBoosted(model, rowsOf(rows), rounds);
    if (task === 'regression') return { predictions: Float64Array.from(values), probabilities: undefined };
    if (objective === 'multi:softmax') return { predictions: Float64Array.from(values), probabilities: undefined };
    const isProbability = objective === 'binary:logistic' || objective === 'multi:softprob';
    const limit = objective === 'binary:logitraw' ? 0 : 0.5;
    const predictions = Float64Array.from({ length: rows.rowCount }, (_, row) => {
      if (width === 1) return Number(values[row]! > limit);
      const own = values.subarray(row * width, (row + 1) * width);
      return own.indexOf(Math.max(...own));
    });
    return { predictions, probabilities: isProbability ? Float64Array.from(values) : undefined };
  };
  return {
    task,
    classCount: task === 'regression' ? 0 : Math.max(2, groupCount),
    featureCount,
    text: `a model of ${objective} with ${featureCount} features`,
    score,
    explain(rows) {
      const { values, width } = contributionsOfBoosted(model, rowsOf(rows), rounds);
      return Array.from({ length: rows.rowCount }, (_, row) => {
        const own = values.subarray(row * width, (row + 1) * width);
        const byFeature = new Float64Array(featureCount * groupCount);
        for (let k = 0; k < groupCount; k++)
          for (let j = 0; j < featureCount; j++) byFeature[j * groupCount + k] = own[k * (featureCount + 1) + j]!;
        const baselines = Float64Array.from(
          { length: groupCount },
          (_, k) => own[k * (featureCount + 1) + featureCount]!,
        );
        return { baselines, values: byFeature };
      });
    },
  };
}

function taskOf(objective: string): Scorer['task'] {
  if (objective.startsWith('binary:')) return 'binary';
  if (objective.startsWith('multi:')) return 'multiclass';
  if (/^(reg|count):/.test(objective)) return 'regression';
  throw new DataError(`The model's objective ${objective} predicts neither a class nor a value for each row`);
}
