import { DataError } from '../../base/index.ts';
import type { RowSource, SparseBlock } from '../../formats/index.ts';
import { type KernelSet, type LossParameters, lossFacts, type ScalarLoss } from '../../kernels/index.ts';
import { boundedLoss, scalarLossOf } from '../losses/index.ts';
import { lostDigits } from '../rows/lost-digits.ts';
import { type HeldRows, heldSource, heldSparseSource, holdRows, holdSparseRows } from '../rows/rows.ts';
import { fitScaler, type Scaler, scalerPointsOf } from '../rows/scaler.ts';
import type { Standardised } from './fold.ts';
import type { FitObserver, LinearModel } from './model.ts';
import { balancedMark, halfBalancedMark, isOnlyStreamed, type Plan, withFittedSchedules } from './plan.ts';
import type { LinearLearnerSettings } from './settings.ts';
import { startFrom } from './start-from.ts';

/** A prepared job: batch, scale, weights and labels as the data determine them. */
export interface Job {
  settings: LinearLearnerSettings;
  plan: Plan;
  source: RowSource;
  /** The rows, when they fit in memory and the default mode may look at them in any order. */
  held: HeldRows | undefined;
  /** The same of sparse rows. */
  heldSparse: SparseBlock | undefined;
  scaler: Scaler;
  batchSize: number;
  outputs: number;
  /** Loss of the standardised score and label; undefined for softmax. */
  trainingLoss: ScalarLoss | undefined;
  /** Loss of raw predictions, for reports; undefined for softmax. */
  reportingLoss: ScalarLoss | undefined;
  /** Predictions are cut to this range. */
  range: { low: number; high: number } | undefined;
  classWeights: Float64Array;
  /** An earlier model that training starts from. */
  start: Standardised | undefined;
  kernels: KernelSet;
}

/** The most features: a weight, a mean and a deviation are kept of each. */
const featuresMax = 2 ** 24;

/** Labels of all training rows, where they are held. */
export const heldLabelsOf = ({ held, heldSparse }: Job): Float64Array => (held ?? heldSparse)!.labels;

/** Whether all training features, or of a stream those that the scaler saw, came in single precision. */
export const isSingle = ({ held, scaler }: Pick<Job, 'held' | 'scaler'>): boolean =>
  held === undefined ? scaler.isSingle : held.features instanceof Float32Array && held.base === undefined;

/** Reads the training data as far as needed to start: scaler, class counts, batch size. */
export async function makeJob(
  settings: LinearLearnerSettings,
  plan: Plan,
  train: RowSource,
  kernels: KernelSet,
  { notice, warn }: Pick<FitObserver, 'notice' | 'warn'>,
  start?: LinearModel,
): Promise<Job> {
  const amazon = settings.compatibility === 'amazon';
  const sparse = train.sparseBlocks !== undefined;
  if (train.featureCount > featuresMax) {
    throw new DataError(
      `The ${train.name} channel has ${train.featureCount} features; at most ${featuresMax} can be trained on`,
      { source: train.name, value: train.featureCount },
    );
  }
  const held = amazon || sparse ? undefined : await holdRows(train);
  const heldSparse = amazon || !sparse ? undefined : await holdSparseRows(train);
  const source = heldSparse
    ? heldSparseSource(train, heldSparse)
    : held === undefined
      ? train
      : heldSource(train.name, held);
  const heldCount = held?.rowCount ?? heldSparse?.rowCount;
  if (heldCount === 0) throw new DataError(`The ${train.name} channel has no rows`, { source: train.name });
  const batchSize = batchSizeOf(settings, heldCount, notice);
  const scaler = await fitScaler(source, plan, {
    pointCount: scalerPointsOf(settings, heldCount),
    batchSize,
    wholeBatches: amazon,
  });
  if (scaler.rowCount === 0) {
    throw new DataError(
      `mini_batch_size is ${batchSize}, more than the rows of the ${train.name} channel; give at least ${batchSize} rows or a smaller mini_batch_size`,
      { source: train.name, value: batchSize },
    );
  }
  if (scaler.constantFeatures > 0)
    notice(`${scaler.constantFeatures} of ${train.featureCount} features are constant and carry nothing`);
  for (const line of await lostDigits(source, scaler, { isSingle: isSingle({ held, scaler }) })) warn(line);
  const sample = await countLabels(source, {
    rowsMax: amazon ? scalerPointsOf(settings) : countedRowsMax,
    // For numbers it only matters whether there are more than two.
    labelsMax: settings.predictorType === 'regressor' ? 3 : countedLabelsMax,
  });
  const range = rangeOf(settings, plan, sample, notice);
  const facts = lossFacts(plan.loss);
  if (settings.predictorType === 'binary_classifier' && facts.predictor !== 'binary_classifier') {
    notice(
      `Amazon documents no ${plan.loss} for a binary_classifier. It is Linnet's choice to train it on the labels 0 and 1${facts.isBoundable === true ? ', with no error where a score is beyond its own label,' : ''} and to call rows positive whose score reaches the threshold; loss=logistic gives probabilities`,
    );
  }
  const raw: LossParameters = settings;
  const scaled: LossParameters = amazon
    ? raw
    : {
        ...raw,
        huberDelta: raw.huberDelta / scaler.labelDivisor,
        lossInsensitivity: raw.lossInsensitivity / scaler.labelDivisor,
      };
  if (
    !amazon &&
    scaler.labelDivisor !== 1 &&
    (facts.takes.includes('huberDelta') || facts.takes.includes('lossInsensitivity'))
  ) {
    notice(
      'huber_delta and loss_insensitivity are in units of the label (compatibility=amazon applies them to the standardised label)',
    );
  }
  const candidates =
    isOnlyStreamed(settings) && heldCount !== undefined
      ? withFittedSchedules(settings, plan.candidates, settings.epochs * Math.ceil(heldCount / batchSize))
      : plan.candidates;
  const isMulticlass = facts.link === 'multinomial';
  const standard = (label: number): number => (label - scaler.labelShift) / scaler.labelDivisor;
  return {
    settings,
    plan: {
      ...plan,
      candidates: fitting(settings, candidates, train.featureCount, batchSize, notice).map((candidate) => ({
        ...candidate,
        positiveExampleWeightMult: resolvedWeight(candidate.positiveExampleWeightMult, sample),
      })),
    },
    source,
    held,
    heldSparse,
    scaler,
    batchSize,
    outputs: isMulticlass ? settings.numClasses : 1,
    trainingLoss: isMulticlass
      ? undefined
      : range === undefined
        ? scalarLossOf(settings.predictorType, plan.loss, scaled)
        : boundedLoss(standard(range.low), standard(range.high)),
    reportingLoss: isMulticlass ? undefined : scalarLossOf(settings.predictorType, plan.loss, raw),
    range,
    classWeights: classWeightsOf(settings, sample),
    start: start && startFrom(start, scaler),
    kernels,
  };
}

/** Rows whose labels are counted before training: all of a held source, so many of a stream. */
const countedRowsMax = 1_000_000;
const countedLabelsMax = 1_000_000;

/** Working memory of all models: above the first, `auto` trains fewer; above the second, a job is refused. */
const autoBytesMax = 2 ** 30;
const jobBytesMax = 4 * 2 ** 30;

/** The candidates whose weights, gradients and two moments, in single precision, fit into memory. Throws DataError when none do. */
function fitting(
  { numModels, numClasses, predictorType }: LinearLearnerSettings,
  candidates: Plan['candidates'],
  featureCount: number,
  batchSize: number,
  notice: (text: string) => void,
): Plan['candidates'] {
  const outputs = predictorType === 'multiclass_classifier' ? numClasses : 1;
  const modelBytes = outputs * 4 * (4 * (featureCount + 1) + batchSize);
  const affordable = Math.max(1, Math.min(candidates.length, Math.floor(autoBytesMax / modelBytes)));
  const wanted = numModels === 'auto' ? affordable : candidates.length;
  const needed = wanted * modelBytes;
  if (needed > jobBytesMax) {
    throw new DataError(
      `${wanted} models of ${outputs} outputs and ${featureCount} features need ${(needed / 2 ** 30).toFixed(1)} GiB of memory; at most ${jobBytesMax / 2 ** 30} GiB are allowed: lower num_models, num_classes or the number of features`,
      { value: wanted },
    );
  }
  if (wanted < candidates.length)
    notice(`${wanted} models instead of ${candidates.length} are trained, to keep within 1 GiB of memory`);
  return candidates.slice(0, wanted);
}

/**
 * A default batch is at most a hundredth of small data, though not below 32 rows where a solver follows: fifteen epochs of
 * ten updates do not converge (covertype's first 16,000 rows: test accuracy 69.0 % with a tenth, 71.1 % with a
 * hundredth). A given one is capped by the data.
 */
function batchSizeOf(
  settings: LinearLearnerSettings,
  rowCount: number | undefined,
  notice: (text: string) => void,
): number {
  const given = settings.miniBatchSize;
  if (rowCount === undefined) return given;
  if (!settings.miniBatchSizeGiven)
    return Math.min(given, rowCount, Math.max(isOnlyStreamed(settings) ? 1 : 32, Math.ceil(rowCount / 100)));
  if (given > rowCount)
    notice(`mini_batch_size is ${given} but there are only ${rowCount} rows: all of them make one batch`);
  return Math.min(given, rowCount);
}

type LabelCounts = ReadonlyMap<number, number>;

/** How often each label occurs in the first rows; counting ends at so many labels. */
async function countLabels(
  source: RowSource,
  { rowsMax, labelsMax }: { rowsMax: number; labelsMax: number },
): Promise<LabelCounts> {
  const counts = new Map<number, number>();
  let rows = 0;
  for await (const { labels, rowCount } of source.sparseBlocks?.() ?? source.blocks()) {
    for (let row = 0; row < rowCount && rows < rowsMax && counts.size < labelsMax; row += 1) {
      rows += 1;
      counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
    }
    if (rows >= rowsMax || counts.size >= labelsMax) break;
  }
  return counts;
}

/** A regressor of two-valued labels under absolute loss predicts between the two: see the bounded absolute loss. */
function rangeOf(
  settings: LinearLearnerSettings,
  plan: Plan,
  counts: LabelCounts,
  notice: (text: string) => void,
): Job['range'] {
  if (settings.predictorType !== 'regressor' || lossFacts(plan.loss).isBoundable !== true || counts.size !== 2)
    return undefined;
  if (settings.compatibility === 'amazon') return undefined;
  const [low, high] = [...counts.keys()].sort((a, b) => a - b);
  notice(
    `All labels are ${low} or ${high}: predictions are cut to that range, and a score beyond its label's end is no error`,
  );
  return { low, high };
}

function resolvedWeight(weight: number, counts: LabelCounts): number {
  const balanced = (counts.get(0) ?? 0) / Math.max(1, counts.get(1) ?? 0) || 1;
  if (weight === balancedMark) return balanced;
  return weight === halfBalancedMark ? Math.sqrt(balanced) : weight;
}

/** Inverse label frequencies; a class that the sample lacks weighs a million. Source: Amazon's article on multiclass (2018). */
function classWeightsOf(settings: LinearLearnerSettings, counts: LabelCounts): Float64Array {
  const weights = new Float64Array(settings.numClasses).fill(1);
  if (settings.predictorType !== 'multiclass_classifier' || !settings.balanceMulticlassWeights) return weights;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return weights.map((_, k) => (counts.has(k) ? total / counts.get(k)! : 1_000_000));
}
