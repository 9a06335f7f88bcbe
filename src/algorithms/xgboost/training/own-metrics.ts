/** The metrics that XGBoost has not and Amazon's container computes, as scikit-learn defines them, without weights. */
import type { OwnMetricName } from '../hyperparameters/metrics.ts';
import type { Prediction } from '../library/booster.ts';

/** What a metric is computed from. Labels of classes are whole numbers. */
interface Compared {
  labels: Float32Array;
  /** Predicted values, or predicted classes. */
  predicted: ArrayLike<number>;
}

type Score = (compared: Compared) => number;

const regression: Partial<Record<OwnMetricName, Score>> = { mse: meanSquaredError, r2 };

const classification: Partial<Record<OwnMetricName, Score>> = {
  accuracy: ({ labels, predicted }) => labels.filter((label, row) => label === predicted[row]).length / labels.length,
  balanced_accuracy: (compared) =>
    mean(
      countsOf(compared)
        .filter(({ actual }) => actual > 0)
        .map(recallOf),
    ),
  f1: (compared) => mean(countsOf(compared).map(f1Of)),
  f1_macro: (compared) => mean(countsOf(compared).map(f1Of)),
  f1_binary: (compared) => f1Of(positives(compared)),
  precision: (compared) => precisionOf(positives(compared)),
  precision_macro: (compared) => mean(countsOf(compared).map(precisionOf)),
  precision_micro: (compared) => precisionOf(total(countsOf(compared))),
  recall: (compared) => recallOf(positives(compared)),
  recall_macro: (compared) => mean(countsOf(compared).map(recallOf)),
  recall_micro: (compared) => recallOf(total(countsOf(compared))),
};

/** The value of a metric for what a model of the objective predicts. */
export function ownMetric(
  name: OwnMetricName,
  objective: string,
  labels: Float32Array,
  prediction: Prediction,
): number {
  const ofValues = regression[name];
  if (ofValues !== undefined) return ofValues({ labels, predicted: prediction.values });
  return classification[name]!({ labels, predicted: classesOf(objective, prediction) });
}

/** The most likely class of each row. */
export function classesOf(objective: string, { values, shape }: Prediction): ArrayLike<number> {
  const [, classCount = 1] = shape;
  if (classCount > 1) return mostLikely(values, classCount);
  if (objective === 'multi:softmax' || objective === 'binary:hinge') return values;
  const threshold = objective === 'binary:logitraw' ? 0 : 0.5;
  return values.map((value) => (value > threshold ? 1 : 0));
}

function mostLikely(values: Float32Array, classCount: number): Uint32Array {
  return Uint32Array.from({ length: values.length / classCount }, (_, row) => {
    const scores = values.subarray(row * classCount, (row + 1) * classCount);
    return scores.reduce((best, score, at) => (score > scores[best]! ? at : best), 0);
  });
}

/** How often a class was meant, was predicted, and was both. */
interface Counts {
  actual: number;
  predicted: number;
  both: number;
}

/** Of every class that is a label or was predicted. */
function countsOf({ labels, predicted }: Compared): Counts[] {
  const counts = new Map<number, Counts>();
  const of = (value: number): Counts => {
    const found = counts.get(value) ?? { actual: 0, predicted: 0, both: 0 };
    counts.set(value, found);
    return found;
  };
  for (let row = 0; row < labels.length; row++) {
    const [label, guess] = [labels[row]!, predicted[row]!];
    of(label).actual++;
    of(guess).predicted++;
    if (label === guess) of(label).both++;
  }
  return [...counts.values()];
}

function positives({ labels, predicted }: Compared): Counts {
  const counts = { actual: 0, predicted: 0, both: 0 };
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === 1) counts.actual++;
    if (predicted[row] === 1) counts.predicted++;
    if (labels[row] === 1 && predicted[row] === 1) counts.both++;
  }
  return counts;
}

const total = (all: readonly Counts[]): Counts => ({
  actual: all.reduce((sum, { actual }) => sum + actual, 0),
  predicted: all.reduce((sum, { predicted }) => sum + predicted, 0),
  both: all.reduce((sum, { both }) => sum + both, 0),
});

/** Nothing of nothing is 0. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const precisionOf = ({ both, predicted }: Counts): number => ratio(both, predicted);
const recallOf = ({ both, actual }: Counts): number => ratio(both, actual);
const f1Of = ({ both, predicted, actual }: Counts): number => ratio(2 * both, predicted + actual);
const mean = (values: readonly number[]): number =>
  ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );

function meanSquaredError({ labels, predicted }: Compared): number {
  return squaredError(labels, (row) => predicted[row]!) / labels.length;
}

function r2({ labels, predicted }: Compared): number {
  const average = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const spread = squaredError(labels, () => average);
  const error = squaredError(labels, (row) => predicted[row]!);
  if (spread === 0) return error === 0 ? 1 : 0;
  return 1 - error / spread;
}

function squaredError(labels: Float32Array, of: (row: number) => number): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += (labels[row]! - of(row)) ** 2;
  return sum;
}
