/** How good predictions of rows are that had no part in the model, beside those of a rule that knows no columns. */
import type { Task } from '../../tables/index.ts';
import { areaUnderCurve } from './area-under-curve.ts';

/** A value and the range in which it lies with a confidence of 95 %, as far as the number of rows tells. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

export interface HeldOutScore {
  rowCount: number;
  /** Of a classifier the share of rows that are called wrong; of a regressor the mean absolute error. Lower is better. */
  error: Interval;
  /** The same of the rule that answers as most training rows do, or with their median. */
  baselineError: number;
  /** The loss that candidates are compared by: the mean log-loss, or the mean squared error; and the standard error of that mean. */
  loss: number;
  lossError: number;
  /** Further figures by name. */
  metrics: Readonly<Record<string, number>>;
}

export interface HeldOutRows {
  labels: Float64Array;
  predictions: Float64Array;
  /** As `Scores` has them. */
  probabilities: Float64Array | undefined;
  /** What the rule answers for each row: a class, or a value. */
  baseline: Float64Array;
}

const z = 1.959963984540054;
const leastProbability = 1e-15;

export function heldOutScore(task: Task, classCount: number, rows: HeldOutRows): HeldOutScore {
  const losses = lossesOf(task, classCount, rows);
  const { mean, error } = meanOf(losses);
  const shared = { rowCount: rows.labels.length, loss: mean, lossError: error };
  return task === 'regression' ? { ...shared, ...ofValues(rows) } : { ...shared, ...ofClasses(task, rows, mean) };
}

/** The loss of each row; of a classifier without probabilities, 1 where it is wrong. */
export function lossesOf(
  task: Task,
  classCount: number,
  { labels, predictions, probabilities }: HeldOutRows,
): Float64Array {
  if (task === 'regression') return labels.map((label, row) => (label - predictions[row]!) ** 2);
  if (probabilities === undefined) return labels.map((label, row) => Number(label !== predictions[row]));
  return labels.map((label, row) => {
    const p =
      task === 'binary'
        ? label === 1
          ? probabilities[row]!
          : 1 - probabilities[row]!
        : probabilities[row * classCount + label]!;
    return -Math.log(Math.max(leastProbability, p));
  });
}

/** What each row adds to the error: 1 where its class is wrong, or by how much its value is off. */
export const missesOf = (
  task: Task,
  { labels, predictions }: Pick<HeldOutRows, 'labels' | 'predictions'>,
): Float64Array =>
  labels.map((label, row) =>
    task === 'regression' ? Math.abs(label - predictions[row]!) : Number(label !== predictions[row]),
  );

/** The mean of values and the interval in which it lies with a confidence of 95 %, for many rows. */
export function meanInterval(values: Float64Array): Interval {
  const { mean, error } = meanOf(values);
  return { value: mean, low: mean - z * error, high: mean + z * error };
}

function ofClasses(task: Task, { labels, predictions, probabilities, baseline }: HeldOutRows, logLoss: number) {
  const count = labels.length;
  const wrong = missesOf(task, { labels, predictions }).reduce((sum, miss) => sum + miss, 0);
  const baselineWrong = labels.reduce((sum, label, row) => sum + Number(label !== baseline[row]), 0);
  const metrics: Record<string, number> = { accuracy: 1 - wrong / count };
  if (probabilities !== undefined) metrics.log_loss = logLoss;
  if (task === 'binary') {
    const truePositives = labels.reduce((sum, label, row) => sum + Number(label === 1 && predictions[row] === 1), 0);
    const positives = labels.reduce((sum, label) => sum + label, 0);
    const called = predictions.reduce((sum, prediction) => sum + prediction, 0);
    if (positives > 0) metrics.recall = truePositives / positives;
    if (called > 0) metrics.precision = truePositives / called;
    if (probabilities !== undefined && positives > 0 && positives < count)
      metrics.roc_auc = areaUnderCurve(labels, probabilities);
  }
  return { error: wilson(wrong, count), baselineError: baselineWrong / count, metrics };
}

function ofValues({ labels, predictions, baseline }: HeldOutRows) {
  const misses = missesOf('regression', { labels, predictions });
  const { value: mean, low, high } = meanInterval(misses);
  const squares = misses.reduce((sum, miss) => sum + miss ** 2, 0);
  const center = meanOf(labels).mean;
  const total = labels.reduce((sum, label) => sum + (label - center) ** 2, 0);
  return {
    error: { value: mean, low: Math.max(0, low), high },
    baselineError: meanOf(labels.map((label, row) => Math.abs(label - baseline[row]!))).mean,
    metrics: { mean_absolute_error: mean, rmse: Math.sqrt(squares / labels.length), r2: 1 - squares / total },
  };
}

/** The score interval of a share. Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. */
export function wilson(hits: number, count: number): Interval {
  const share = hits / count;
  const centre = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half = (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  // At the ends rounding leaves a hair.
  return {
    value: share,
    low: hits === 0 ? 0 : Math.max(0, centre - half),
    high: hits === count ? 1 : Math.min(1, centre + half),
  };
}

/** The mean of values and its standard error. */
export function meanOf(values: Float64Array): { mean: number; error: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  return { mean, error: Math.sqrt(variance / count) };
}
