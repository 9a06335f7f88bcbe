import { hashColumns, type RowSource } from '../../formats/index.ts';
import { portableMath } from '../../kernels/index.ts';
import { withoutExpansion } from './expansion/expanded-model.ts';
import { expandedSource } from './expansion/expanded-source.ts';
import { lossOf, scalarLossOf } from './losses/index.ts';
import { sigmoid } from './losses/logistic.ts';
import type { LinearModel, Metric, PredictorType } from './model.ts';
import { RocCurve } from './roc-curve.ts';
import { singleSource } from './single-source.ts';
import { baselineOf } from './statistics/contributions.ts';
import { accuracyOf, type Counts, fScoreOf, precisionOf, recallOf } from './threshold.ts';

/** Final metrics of a model over all rows of a source, in raw units, in the order the original prints them. One pass. */
export async function evaluateLinearModel(model: LinearModel, source: RowSource): Promise<readonly Metric[]> {
  const gather = gathererOf(model);
  for await (const { rowCount, labels, scores } of rawScores(model, source)) {
    const K = model.outputCount;
    for (let row = 0; row < rowCount; row += 1) gather.add(scores.subarray(row * K, (row + 1) * K), labels[row]);
  }
  return gather.metrics();
}

/** Adds up what the metrics need, row by row. */
export interface Gatherer {
  /** Raw scores (one an output, before any link) and the label of one row. */
  add(scores: Float64Array, label: number): void;
  metrics(): Metric[];
}

export const gathererOf = (model: LinearModel): Gatherer => gatherers[model.predictorType](model);

const gatherers: Readonly<Record<PredictorType, (model: LinearModel) => Gatherer>> = {
  regressor: regressorMetrics,
  binary_classifier: binaryMetrics,
  multiclass_classifier: multiclassMetrics,
};

/** w . x + b of each row (rows * outputs), in double precision, before any link, block by block. */
export async function* rawScores(
  model: LinearModel,
  rows: RowSource,
): AsyncGenerator<{ rowCount: number; labels: Float64Array; scores: Float64Array }> {
  const known = model.singleRows ? singleSource(rows) : rows;
  const source = model.hashBits === undefined ? known : hashColumns(known, model.hashBits);
  if (model.expansion !== undefined) {
    yield* rawScores(withoutExpansion(model), expandedSource(source, model.expansion));
    return;
  }
  const { featureCount: d, outputCount: K, weights, bias } = model;
  if (source.sparseBlocks !== undefined) {
    for await (const { rowCount, rowStart, columns, values, labels } of source.sparseBlocks()) {
      const scores = new Float64Array(rowCount * K);
      for (let row = 0; row < rowCount; row += 1) {
        for (let k = 0; k < K; k += 1) scores[row * K + k] = bias[k];
        for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
          for (let k = 0; k < K; k += 1) scores[row * K + k] += values[at] * weights[columns[at] * K + k];
        }
      }
      yield { rowCount, labels, scores };
    }
    return;
  }
  for await (const { rowCount, features, base, labels } of source.blocks()) {
    const atBase = base === undefined ? bias : baselineOf(model, base);
    const scores = new Float64Array(rowCount * K);
    for (let row = 0; row < rowCount; row += 1) {
      for (let k = 0; k < K; k += 1) {
        let sum = atBase[k];
        for (let j = 0; j < d; j += 1) sum += features[row * d + j] * weights[j * K + k];
        scores[row * K + k] = sum;
      }
    }
    yield { rowCount, labels, scores };
  }
}

function regressorMetrics(model: LinearModel): Gatherer {
  const loss = lossOf(model.loss, parametersOf(model));
  const { range } = model;
  let rows = 0;
  let objective = 0;
  let squares = 0;
  let absolutes = 0;
  return {
    add([raw], label) {
      const score = range === undefined ? raw : Math.min(range.high, Math.max(range.low, raw));
      rows += 1;
      objective += loss.value(score, label);
      squares += (score - label) ** 2;
      absolutes += Math.abs(score - label);
    },
    metrics() {
      const n = Math.max(1, rows);
      return [
        { name: loss.objectiveName, kind: 'loss', value: objective / n },
        { name: 'mse', kind: 'loss', value: squares / n },
        { name: 'absolute_loss', kind: 'loss', value: absolutes / n },
        { name: 'rmse', kind: 'loss', value: Math.sqrt(squares / n) },
      ];
    },
  };
}

function binaryMetrics(model: LinearModel): Gatherer {
  const loss = scalarLossOf(model.predictorType, model.loss, parametersOf(model));
  const logistic = model.loss === 'logistic';
  const weight = Number(model.metricsParams.positive_example_weight_mult ?? 1);
  const fBeta = Number(model.metricsParams.f_beta ?? 1);
  const counts = noCounts();
  const curve = new RocCurve();
  let objective = 0;
  let logLoss = 0;
  return {
    add([score], label) {
      const value = loss.value(score, label);
      objective += label === 1 ? weight * value : value;
      logLoss += value;
      const called = (logistic ? sigmoid(score) : score) >= model.threshold;
      counts[label === 1 ? 'positives' : 'negatives'] += 1;
      if (called) counts[label === 1 ? 'truePositive' : 'falsePositive'] += 1;
      curve.add(score, label === 1);
    },
    metrics() {
      const n = Math.max(1, counts.positives + counts.negatives);
      const specificity = (counts.negatives - counts.falsePositive) / Math.max(1, counts.negatives);
      const weighted = logistic && weight !== 1;
      const metrics: Metric[] = [
        {
          name: weighted ? 'binary_classification_weighted_cross_entropy_objective' : loss.objectiveName,
          kind: 'loss',
          value: objective / n,
        },
        { name: 'binary_classification_accuracy', kind: 'score', value: accuracyOf(counts) },
        { name: `binary_f_${fBeta.toFixed(3)}`, kind: 'score', value: fScoreOf(counts, fBeta) },
        { name: 'precision', kind: 'score', value: precisionOf(counts) },
        { name: 'recall', kind: 'score', value: recallOf(counts) },
        { name: 'roc_auc_score', kind: 'score', value: curve.area() },
        { name: 'binary_balanced_accuracy', kind: 'score', value: (recallOf(counts) + specificity) / 2 },
      ];
      if (logistic) metrics.push({ name: 'binary_log_loss', kind: 'loss', value: logLoss / n });
      return metrics;
    },
  };
}

const noCounts = (): Counts => ({ truePositive: 0, falsePositive: 0, positives: 0, negatives: 0 });

function multiclassMetrics(model: LinearModel): Gatherer {
  const K = model.outputCount;
  const topK = Number(model.metricsParams.accuracy_top_k ?? 3);
  const fBeta = Number(model.metricsParams.f_beta ?? 1);
  const weights = model.metricsParams.class_weights as readonly number[] | null | undefined;
  const perClass = Array.from({ length: K }, noCounts);
  let rows = 0;
  let objective = 0;
  let logLoss = 0;
  let right = 0;
  let inTop = 0;
  let gain = 0;
  const average = (of: (counts: Counts) => number): number => perClass.reduce((sum, counts) => sum + of(counts), 0) / K;
  return {
    add(own, label) {
      let most = own[0];
      for (let k = 1; k < K; k += 1) most = Math.max(most, own[k]);
      let total = 0;
      // Rank of the true class from 1; equal scores rank in the order of the classes, as the arg max does.
      let rank = 1;
      for (let k = 0; k < K; k += 1) {
        total += portableMath.exp(own[k] - most);
        if (own[k] > own[label] || (own[k] === own[label] && k < label)) rank += 1;
      }
      const loss = most + portableMath.log(total) - own[label];
      logLoss += loss;
      objective += (weights?.[label] ?? 1) * loss;
      const called = own.indexOf(most);
      rows += 1;
      if (called === label) right += 1;
      if (rank <= topK) inTop += 1;
      gain += Math.LN2 / portableMath.log(1 + rank);
      perClass[label].positives += 1;
      perClass[called][called === label ? 'truePositive' : 'falsePositive'] += 1;
    },
    metrics() {
      const n = Math.max(1, rows);
      return [
        { name: 'multiclass_cross_entropy_objective', kind: 'loss', value: objective / n },
        { name: 'multiclass_accuracy', kind: 'score', value: right / n },
        { name: `multiclass_top_k_accuracy_${topK}`, kind: 'score', value: inTop / n },
        { name: 'dcg', kind: 'score', value: gain / n },
        { name: 'macro_recall', kind: 'score', value: average(recallOf) },
        { name: 'macro_precision', kind: 'score', value: average(precisionOf) },
        { name: `macro_f_${fBeta.toFixed(3)}`, kind: 'score', value: average((counts) => fScoreOf(counts, fBeta)) },
        { name: 'multiclass_balanced_accuracy', kind: 'score', value: average(recallOf) },
        { name: 'multiclass_log_loss', kind: 'loss', value: logLoss / n },
      ];
    },
  };
}

/** The loss parameters a model was trained with, in raw label units. */
function parametersOf({ metricsParams }: LinearModel): {
  margin: number;
  quantile: number;
  lossInsensitivity: number;
  huberDelta: number;
} {
  const of = (name: string, fallback: number): number => Number(metricsParams[name] ?? fallback);
  return {
    margin: of('margin', 1),
    quantile: of('quantile', 0.5),
    lossInsensitivity: of('loss_insensitivity', 0.01),
    huberDelta: of('huber_delta', 1),
  };
}
