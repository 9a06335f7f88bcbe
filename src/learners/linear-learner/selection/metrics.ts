import { hashColumns, type Numbers, type RowSource } from '../../../formats/index.ts';
import { type Logistic, lossFacts, plainLogistic, portableMath } from '../../../kernels/index.ts';
import { lossesOfRows, lossNamed, scalarLossOf, servedScores } from '../../losses/index.ts';
import { RocCurve } from '../../metrics/roc-curve.ts';
import { accuracyOf, type Counts, fScoreOf, precisionOf, recallOf } from '../../metrics/threshold.ts';
import { pieces } from '../../rows/rows.ts';
import { singleSource } from '../../rows/single-source.ts';
import { withoutExpansion } from '../expansion/expanded-model.ts';
import { expandedSource } from '../expansion/expanded-source.ts';
import type { LinearModel, Metric, PredictorType } from '../model.ts';
import { baselineOf } from '../statistics/contributions.ts';

/** Final metrics of a model over all rows of a source, in raw units, in the order the original prints them. One pass. */
export async function evaluateLinearModel(
  model: LinearModel,
  source: RowSource,
  logistic: Logistic = plainLogistic,
): Promise<readonly Metric[]> {
  const gather = gathererOf(model, logistic);
  for await (const { labels, scores } of rawScores(model, source)) gather.add(scores, labels);
  return gather.metrics();
}

/** Adds up what the metrics need, rows after rows. */
export interface Gatherer {
  /** Raw scores of rows, one an output, before any link, and their labels, of which there may be more. */
  add(scores: Float64Array, labels: Float64Array): void;
  metrics(): Metric[];
}

export const gathererOf = (model: LinearModel, logistic: Logistic = plainLogistic): Gatherer =>
  gatherers[model.predictorType](model, logistic);

const gatherers: Readonly<Record<PredictorType, (model: LinearModel, logistic: Logistic) => Gatherer>> = {
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
  for await (const { rowCount, features, base, labels } of pieces(source.blocks(), scoredRowsMax)) {
    const atBase = base === undefined ? bias : baselineOf(model, base);
    const scores = new Float64Array(rowCount * K);
    if (K === 1) scoresOfOne(features, weights, atBase[0], scores);
    else {
      for (let row = 0; row < rowCount; row += 1) {
        for (let k = 0; k < K; k += 1) {
          let sum = atBase[k];
          for (let j = 0; j < d; j += 1) sum += features[row * d + j] * weights[j * K + k];
          scores[row * K + k] = sum;
        }
      }
    }
    yield { rowCount, labels, scores };
  }
}

/** Rows of which scores, and what is made of them, stay in the cache. */
const scoredRowsMax = 2 ** 13;

/** Four rows at a time: in one row's sum, each addition would wait for the one before. */
function scoresOfOne(x: Numbers, weights: Float64Array, bias: number, scores: Float64Array): void {
  const d = weights.length;
  let row = 0;
  for (; row + 4 <= scores.length; row += 4) {
    const r0 = row * d;
    const r1 = r0 + d;
    const r2 = r1 + d;
    const r3 = r2 + d;
    let s0 = bias;
    let s1 = bias;
    let s2 = bias;
    let s3 = bias;
    for (let j = 0; j < d; j += 1) {
      const weight = weights[j];
      s0 += x[r0 + j] * weight;
      s1 += x[r1 + j] * weight;
      s2 += x[r2 + j] * weight;
      s3 += x[r3 + j] * weight;
    }
    scores[row] = s0;
    scores[row + 1] = s1;
    scores[row + 2] = s2;
    scores[row + 3] = s3;
  }
  for (; row < scores.length; row += 1) {
    let sum = bias;
    for (let j = 0; j < d; j += 1) sum += x[row * d + j] * weights[j];
    scores[row] = sum;
  }
}

function regressorMetrics(model: LinearModel): Gatherer {
  const loss = lossNamed(model.loss, parametersOf(model));
  const { range } = model;
  let rows = 0;
  let objective = 0;
  let squares = 0;
  let absolutes = 0;
  return {
    add(scores, labels) {
      rows += scores.length;
      for (let row = 0; row < scores.length; row += 1) {
        const raw = scores[row];
        const score = range === undefined ? raw : Math.min(range.high, Math.max(range.low, raw));
        const error = score - labels[row];
        objective += loss.value(score, labels[row]);
        squares += error * error;
        absolutes += Math.abs(error);
      }
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

function binaryMetrics(model: LinearModel, kernels: Logistic): Gatherer {
  const loss = scalarLossOf(model.predictorType, model.loss, parametersOf(model));
  const weight = Number(model.metricsParams.positive_example_weight_mult ?? 1);
  const fBeta = Number(model.metricsParams.f_beta ?? 1);
  const counts = noCounts();
  const curve = new RocCurve();
  let objective = 0;
  let logLoss = 0;
  return {
    add(scores, labels) {
      const losses = lossesOfRows(loss, scores, labels, kernels);
      const served = servedScores(model.loss, scores, kernels);
      for (let row = 0; row < scores.length; row += 1) {
        const isPositive = labels[row] === 1;
        objective += isPositive ? weight * losses[row] : losses[row];
        logLoss += losses[row];
        const called = served[row] >= model.threshold;
        if (isPositive) {
          counts.positives += 1;
          if (called) counts.truePositive += 1;
        } else {
          counts.negatives += 1;
          if (called) counts.falsePositive += 1;
        }
      }
      curve.add(scores, labels);
    },
    metrics() {
      const n = Math.max(1, counts.positives + counts.negatives);
      const specificity = (counts.negatives - counts.falsePositive) / Math.max(1, counts.negatives);
      const metrics: Metric[] = [
        {
          name: (weight !== 1 ? loss.weightedObjectiveName : undefined) ?? loss.objectiveName,
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
      if (loss.estimation?.method === 'maximum likelihood')
        metrics.push({ name: 'binary_log_loss', kind: 'loss', value: logLoss / n });
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
  const addRow = (own: Float64Array, label: number): void => {
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
  };
  return {
    add(scores, labels) {
      for (let row = 0; (row + 1) * K <= scores.length; row += 1)
        addRow(scores.subarray(row * K, (row + 1) * K), labels[row]);
    },
    metrics() {
      const n = Math.max(1, rows);
      return [
        { name: lossFacts(model.loss).objectiveName, kind: 'loss', value: objective / n },
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
