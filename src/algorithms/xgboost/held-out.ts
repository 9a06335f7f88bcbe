/** Permutation importance on rows of the validation channel: how much the loss grows when one feature is shuffled. */
import type { BoostedModel } from '../../learners/index.ts';
import type { HeldOutRows } from './importance-file.ts';
import type { GatheredRows } from './rows/gather-rows.ts';

/** A sample of the validation channel's rows, evenly spread; a missing value is NaN. */
export interface RowSample {
  rowCount: number;
  featureCount: number;
  features: Float32Array;
  labels: Float32Array;
}

const rowsMax = 1_000;
const rowsMin = 100;
/** Wider rows are sparse, and a dense sample of them would be large. */
const columnsMax = 10_000;

/** A copy of some rows, since the channel's own are freed before training; undefined when rows are too wide. */
export function sampleRows({ rowCount, columnCount, values, labels }: GatheredRows): RowSample | undefined {
  if (columnCount > columnsMax) return undefined;
  const count = Math.min(rowsMax, rowCount);
  const features = new Float32Array(count * columnCount).fill(Number.NaN);
  const chosen = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rowCount) / count));
  for (const [i, row] of chosen.entries()) {
    const at = i * columnCount;
    if ('rowStart' in values) {
      for (let k = values.rowStart[row]!; k < values.rowStart[row + 1]!; k++)
        features[at + values.columns[k]!] = values.values[k]!;
    } else features.set(values.values.subarray(row * columnCount, (row + 1) * columnCount), at);
  }
  return {
    rowCount: count,
    featureCount: columnCount,
    features,
    labels: Float32Array.from(chosen, (row) => labels[row]!),
  };
}

/** The number of node visits that the importance may cost: about half a second. */
const stepsMax = 2e8;
const repeats = 3;

/** The rows and the loss for permutation importance; undefined when fewer than `rowsMin` rows fit the budget, or the objective has no loss here. */
export function heldOutRows(model: BoostedModel, sample: RowSample, seed: number): HeldOutRows | undefined {
  const loss = lossOf(model.objective);
  const treeCount = model.booster.kind === 'trees' ? model.booster.trees.roots.length : 1;
  const stepsOfRow = sample.featureCount * repeats * treeCount * 8;
  const rowCount = Math.min(sample.rowCount, Math.floor(stepsMax / stepsOfRow));
  if (loss === undefined || rowCount < Math.min(rowsMin, sample.rowCount)) return undefined;
  const { featureCount, labels } = sample;
  const features = sample.features.slice(0, rowCount * featureCount);
  return {
    rows: { rowCount, featureCount, features },
    seed,
    repeats,
    lossOf: ({ values, width }) => {
      let sum = 0;
      for (let row = 0; row < rowCount; row++)
        sum += loss(values.subarray(row * width, (row + 1) * width), labels[row]!);
      return sum / rowCount;
    },
  };
}

type Loss = (answer: Float32Array, label: number) => number;

const leastProbability = 1e-15;
const minusLog = (probability: number): number => -Math.log(Math.max(probability, leastProbability));

/** The loss of one answer: log loss of probabilities, error of classes, squared error of values. */
function lossOf(objective: string): Loss | undefined {
  switch (objective) {
    case 'binary:logistic':
    case 'reg:logistic':
      return ([p], label) => label * minusLog(p!) + (1 - label) * minusLog(1 - p!);
    case 'binary:logitraw':
      return ([margin], label) => Number(margin! > 0 !== label > 0.5);
    case 'multi:softprob':
      return (answer, label) => minusLog(answer[label]!);
    case 'binary:hinge':
    case 'multi:softmax':
      return ([guess], label) => Number(guess !== label);
    default:
      return /^(reg|count):/.test(objective) ? ([value], label) => (value! - label) ** 2 : undefined;
  }
}
