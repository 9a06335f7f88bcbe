import type { RowSource } from '../../formats/index.ts';
import { lossOf } from './losses/index.ts';
import { sigmoid } from './losses/logistic.ts';
import type { LinearModel, Metric } from './model.ts';
import { accuracyOf, type Counts, fScoreOf, precisionOf, recallOf } from './threshold.ts';

/** Final metrics of a model over all rows of a source, in raw units, in the order the original prints them. */
export async function evaluateLinearModel(model: LinearModel, source: RowSource): Promise<readonly Metric[]> {
  const { scores, labels } = await rawScores(model, source);
  if (model.predictorType === 'regressor') return regressorMetrics(model, scores, labels);
  return model.predictorType === 'binary_classifier'
    ? binaryMetrics(model, scores, labels)
    : multiclassMetrics(model, scores, labels);
}

/** w . x + b of each row (rows * outputs), in double precision, before any link. */
async function rawScores(
  model: LinearModel,
  source: RowSource,
): Promise<{ scores: Float64Array; labels: Float64Array }> {
  const { featureCount: d, outputCount: K, weights, bias } = model;
  const parts: Float64Array[] = [];
  const labelParts: Float32Array[] = [];
  for await (const block of source.blocks()) {
    const part = new Float64Array(block.rowCount * K);
    for (let row = 0; row < block.rowCount; row += 1) {
      for (let k = 0; k < K; k += 1) {
        let sum = bias[k];
        for (let j = 0; j < d; j += 1) sum += block.features[row * d + j] * weights[j * K + k];
        part[row * K + k] = sum;
      }
    }
    parts.push(part);
    labelParts.push(block.labels.slice(0, block.rowCount));
  }
  return { scores: joined(parts), labels: joined(labelParts) };
}

function regressorMetrics(model: LinearModel, scores: Float64Array, labels: Float64Array): Metric[] {
  const loss = lossOf(model.loss, parametersOf(model));
  const range = model.range;
  let objective = 0;
  let squares = 0;
  let absolutes = 0;
  labels.forEach((label, row) => {
    const score = range === undefined ? scores[row] : Math.min(range.high, Math.max(range.low, scores[row]));
    objective += loss.value(score, label);
    squares += (score - label) ** 2;
    absolutes += Math.abs(score - label);
  });
  const n = Math.max(1, labels.length);
  return [
    { name: loss.objectiveName, kind: 'loss', value: objective / n },
    { name: 'mse', kind: 'loss', value: squares / n },
    { name: 'absolute_loss', kind: 'loss', value: absolutes / n },
    { name: 'rmse', kind: 'loss', value: Math.sqrt(squares / n) },
  ];
}

function binaryMetrics(model: LinearModel, scores: Float64Array, labels: Float64Array): Metric[] {
  const loss = lossOf(model.loss, parametersOf(model));
  const logistic = model.loss === 'logistic';
  const weight = Number(model.metricsParams.positive_example_weight_mult ?? 1);
  const fBeta = Number(model.metricsParams.f_beta ?? 1);
  const counts: Counts = { truePositive: 0, falsePositive: 0, positives: 0, negatives: 0 };
  let objective = 0;
  let logLoss = 0;
  labels.forEach((label, row) => {
    const value = loss.value(scores[row], label);
    objective += label === 1 ? weight * value : value;
    logLoss += value;
    const called = Math.fround(logistic ? sigmoid(scores[row]) : scores[row]) >= model.threshold;
    counts[label === 1 ? 'positives' : 'negatives'] += 1;
    if (called) counts[label === 1 ? 'truePositive' : 'falsePositive'] += 1;
  });
  const n = Math.max(1, labels.length);
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
    { name: 'roc_auc_score', kind: 'score', value: areaUnderCurve(scores, labels) },
    { name: 'binary_balanced_accuracy', kind: 'score', value: (recallOf(counts) + specificity) / 2 },
  ];
  if (logistic) metrics.push({ name: 'binary_log_loss', kind: 'loss', value: logLoss / n });
  return metrics;
}

/** Area under the ROC curve by ranks, ties counting half (Mann and Whitney). 0.5 when a class is absent. */
export function areaUnderCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: labels.length }, (_, row) => row).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end += 1;
    const rank = (start + end + 1) / 2;
    for (let place = start; place < end; place += 1) {
      if (labels[order[place]] !== 1) continue;
      rankSum += rank;
      positives += 1;
    }
    start = end;
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0
    ? 0.5
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

function multiclassMetrics(model: LinearModel, scores: Float64Array, labels: Float64Array): Metric[] {
  const K = model.outputCount;
  const topK = Number(model.metricsParams.accuracy_top_k ?? 3);
  const fBeta = Number(model.metricsParams.f_beta ?? 1);
  const weights = model.metricsParams.class_weights as readonly number[] | null | undefined;
  const perClass = Array.from(
    { length: K },
    (): Counts => ({ truePositive: 0, falsePositive: 0, positives: 0, negatives: 0 }),
  );
  let objective = 0;
  let logLoss = 0;
  let right = 0;
  let inTop = 0;
  let gain = 0;
  labels.forEach((label, row) => {
    const own = scores.subarray(row * K, (row + 1) * K);
    const most = own.reduce((a, b) => Math.max(a, b));
    const logTotal = most + Math.log(own.reduce((sum, score) => sum + Math.exp(score - most), 0));
    const loss = logTotal - own[label];
    logLoss += loss;
    objective += (weights?.[label] ?? 1) * loss;
    const called = own.indexOf(most);
    // Rank of the true class from 1; equal scores rank in the order of the classes, as the arg max does.
    const rank =
      1 +
      own.reduce((count, score, k) => count + (score > own[label] || (score === own[label] && k < label) ? 1 : 0), 0);
    if (called === label) right += 1;
    if (rank <= topK) inTop += 1;
    gain += 1 / Math.log2(1 + rank);
    perClass[label].positives += 1;
    perClass[called][called === label ? 'truePositive' : 'falsePositive'] += 1;
  });
  const n = Math.max(1, labels.length);
  const average = (of: (counts: Counts) => number): number => perClass.reduce((sum, counts) => sum + of(counts), 0) / K;
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

function joined(parts: readonly (Float64Array | Float32Array)[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
