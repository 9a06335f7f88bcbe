/**
 * `model_algo-1`, the file inside model.tar.gz: a zip of four stored members in the layout of Amazon's Linear
 * Learner, which MXNet 1.x and every public reader of such artifacts open, and a fifth of ours:
 *
 *   additional-params.json   predictor type, loss, threshold, settings of the metrics
 *   manifest.json            which member is what
 *   mx-mod-symbol.json       the network: data . fc0_weight + fc0_bias, then the output
 *   mx-mod-0000.params       float32 weights, by name
 *   linnet.json              the same weights as doubles (up to a million), and how the model came to be
 *   linnet.f64               the doubles of more weights, where rows had doubles too: those of features, then of intercepts
 *   statistics.json          what was computed beside the model, when there is something; serving does not read it
 *
 * Artifacts of Amazon's have no linnet.json and are scored in float32. Equal models give equal bytes.
 */
import { assert, DataError } from '../../../base/index.ts';
import {
  type NdArray,
  PythonFloat,
  type PythonValue,
  parseJson,
  pythonJson,
  readNdArrays,
  readZip,
  writeNdArrays,
  writeZip,
} from '../../../formats/index.ts';
import { lossNames } from '../../../kernels/index.ts';
import { withExpansion, withoutExpansion } from '../expansion/expanded-model.ts';
import type { Candidate, CandidateRow, LinearModel, Metric, SolvedBy } from '../model.ts';
import type { Precision } from '../prediction/predict.ts';
import type { PredictorType } from '../settings.ts';
import { readExpansion, storedExpansion } from './model-file-expansion.ts';
import { readHash, storedHash } from './model-file-hash.ts';
import { symbolJson } from './model-file-symbol.ts';

export interface ModelFile {
  model: LinearModel;
  /** float64 when the file holds doubles. */
  precision: Precision;
  /** Of models trained by Linnet. */
  facts: TrainingFacts | undefined;
}

/** How a model came to be: facts for those who inspect it. */
export interface TrainingFacts {
  /** Program and version that trained it. */
  producer: string;
  rowCount: number;
  epochsRun: number;
  best: Candidate;
  trainMetrics: readonly Metric[];
  validationMetrics?: readonly Metric[];
  /** All models that were tried; exactly one is chosen. Infinite scores become null. */
  candidates?: readonly CandidateRow[];
  /** How the optimum of a solved model was reached, and what proves it. */
  solved?: SolvedBy;
}

const names = {
  parameters: 'additional-params.json',
  manifest: 'manifest.json',
  symbol: 'mx-mod-symbol.json',
  weights: 'mx-mod-0000.params',
  linnet: 'linnet.json',
  doubles: 'linnet.f64',
  statistics: 'statistics.json',
} as const;
const weightName = 'arg:fc0_weight';
const biasName = 'arg:fc0_bias';
/** Models of expanded and of hashed rows have formats of their own, so that a version that cannot make such rows refuses them. */
const formatVersion = 1;
const expandedFormatVersion = 2;
const hashedFormatVersion = 3;
const formatVersions: readonly unknown[] = [formatVersion, expandedFormatVersion, hashedFormatVersion];

const predictorTypes: readonly PredictorType[] = ['regressor', 'binary_classifier', 'multiclass_classifier'];

/** Keys of metrics_params in every artifact of the original. */
const metricsKeys = [
  'threshold',
  'f_beta',
  'accuracy_top_k',
  'positive_example_weight_mult',
  'class_weights',
  'huber_delta',
  'quantile',
  'margin',
  'loss_insensitivity',
  'eps_insensitive_loss_type',
] as const;
/** Whole numbers in the original; everything else numeric is a float. */
const wholeKeys: readonly string[] = ['accuracy_top_k'];

/**
 * The bytes of `model_algo-1`. `statistics` is any plain object for `readModelStatistics` to give back; what is no finite
 * number becomes null in it, and typed arrays become lists.
 */
export function writeModelFile(model: LinearModel, facts?: TrainingFacts, statistics?: object): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { expansion, hashBits } = model;
  assert(expansion === undefined || hashBits === undefined, 'rows are expanded or hashed, not both');
  const linear = withoutExpansion(model);
  const { featureCount, outputCount } = linear;
  return writeZip({
    [names.symbol]: encode(symbolJson(linear)),
    [names.weights]: writeNdArrays([
      { name: weightName, shape: [featureCount, outputCount], values: model.weights },
      { name: biasName, shape: [1, outputCount], values: model.bias },
    ]),
    [names.manifest]: encode(pythonJson({ [names.parameters]: 'json', 'mx-mod': 'mxnet_module', version: 1 })),
    [names.parameters]: encode(parametersJson(model)),
    [names.linnet]: encode(
      `${JSON.stringify({
        format:
          hashBits !== undefined
            ? hashedFormatVersion
            : expansion !== undefined
              ? expandedFormatVersion
              : formatVersion,
        ...facts,
        ...(model.weights.length <= doublesMax && {
          weights: Array.from(model.weights),
          bias: Array.from(model.bias),
        }),
        range: model.range,
        rows: model.singleRows ? 'float32' : undefined,
        expansion: expansion && storedExpansion(expansion),
        hash: hashBits === undefined ? undefined : storedHash(hashBits),
      })}\n`,
    ),
    ...(model.weights.length > doublesMax && !model.singleRows && { [names.doubles]: doublesOf(model) }),
    ...(statistics && { [names.statistics]: encode(`${JSON.stringify(statistics, listed)}\n`) }),
  });
}

/** Weights up to which their doubles are kept as text. A wider model of single-precision rows is stored in single precision alone. */
const doublesMax = 2 ** 20;

function doublesOf({ weights, bias }: LinearModel): Uint8Array {
  const doubles = new Float64Array(weights.length + bias.length);
  doubles.set(weights);
  doubles.set(bias, weights.length);
  return new Uint8Array(doubles.buffer);
}

/** For JSON.stringify, which would write a typed array as an object. */
const listed = (_key: string, value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;

function parametersJson(model: LinearModel): string {
  const metrics: Record<string, PythonValue> = {};
  for (const key of [...metricsKeys, ...Object.keys(model.metricsParams)]) {
    const value = key === 'threshold' ? model.threshold : (model.metricsParams[key] ?? null);
    metrics[key] = typeof value === 'number' && !wholeKeys.includes(key) ? new PythonFloat(value) : value;
  }
  return pythonJson({
    predictor_type: model.predictorType,
    loss_type: model.loss,
    threshold: new PythonFloat(model.threshold),
    metrics_params: metrics,
  });
}

/** A model of Linnet's or Amazon's. Throws DataError naming the member that is missing or wrong. */
export function readModelFile(bytes: Uint8Array): ModelFile {
  const members = readZip(bytes);
  const member = (name: string): Uint8Array => {
    const found = members.get(name);
    if (found === undefined) throw new DataError(`The model file has no member "${name}"`);
    return found;
  };
  const parameters = jsonObject(member(names.parameters), names.parameters);
  const arrays = readNdArrays(member(names.weights));
  const { weights, bias, featureCount, outputCount } = readWeights(arrays);
  const predictorType = oneOf(parameters.predictor_type, predictorTypes, 'predictor_type');
  const model: LinearModel = {
    predictorType,
    loss: oneOf(parameters.loss_type, lossNames, 'loss_type'),
    featureCount,
    outputCount,
    weights,
    bias,
    threshold: number(parameters.threshold ?? 0.5, 'threshold'),
    metricsParams: metricsOf(parameters.metrics_params),
  };
  if ((predictorType === 'multiclass_classifier') !== outputCount > 1) {
    throw new DataError(`The model file has ${outputCount} outputs, which does not fit a ${predictorType}`);
  }
  const linnet = members.get(names.linnet);
  if (linnet !== undefined) return withDoubles(model, linnet, members.get(names.doubles));
  return { model: { ...model, threshold: Math.fround(model.threshold) }, precision: 'float32', facts: undefined };
}

/** The statistics that came with a model; undefined when there are none. Throws DataError. */
export function readModelStatistics(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const member = readZip(bytes).get(names.statistics);
  return member && jsonObject(member, names.statistics);
}

function readWeights(arrays: ReadonlyMap<string, NdArray>) {
  const weight = arrays.get(weightName);
  const bias = arrays.get(biasName);
  if (weight === undefined) throw new DataError(`"${names.weights}" has no array "${weightName}"`);
  const [featureCount = 0, outputCount = 1] = weight.shape;
  if (featureCount < 1 || outputCount < 1 || weight.values.length !== featureCount * outputCount) {
    throw new DataError(`"${weightName}" has the shape (${weight.shape.join(', ')}): it must be (features, outputs)`);
  }
  // A model trained without an intercept may come without one.
  const biasValues = bias?.values ?? new Float64Array(outputCount);
  if (biasValues.length !== outputCount) {
    throw new DataError(`"${biasName}" has ${biasValues.length} values, but there are ${outputCount} outputs`);
  }
  if (!weight.values.every(Number.isFinite) || !biasValues.every(Number.isFinite)) {
    throw new DataError(`"${names.weights}" holds a weight that is no finite number`);
  }
  return { weights: weight.values, bias: biasValues, featureCount, outputCount };
}

/** The doubles replace the float32 weights, of which they must be the unrounded form: a check of both members. */
function withDoubles(model: LinearModel, member: Uint8Array, many: Uint8Array | undefined): ModelFile {
  const { format, weights, bias, range, rows, expansion, hash, ...rest } = jsonObject(member, names.linnet);
  if (!formatVersions.includes(format)) {
    throw new DataError(
      `"${names.linnet}" has the format ${JSON.stringify(format)}; this version reads ${formatVersions.join(', ')}`,
    );
  }
  const doubles = {
    ...(model.weights.length <= doublesMax && {
      weights: unrounded(weights, model.weights, 'weights'),
      bias: unrounded(bias, model.bias, 'bias'),
    }),
    ...(many && readDoubles(many, model)),
    ...(range === undefined ? {} : { range: readRange(range) }),
    ...(rows === 'float32' && { singleRows: true }),
    ...(hash === undefined ? {} : { hashBits: readHash(hash, model.featureCount) }),
  };
  // Facts are ours and only shown; a reader needs no more of them than that they are there.
  const facts = typeof rest.producer === 'string' ? (rest as unknown as TrainingFacts) : undefined;
  const linear = { ...model, ...doubles };
  const whole = expansion === undefined ? linear : withExpansion(linear, readExpansion(expansion, model.featureCount));
  return { model: whole, precision: 'float64', facts };
}

function readRange(value: unknown): { low: number; high: number } {
  const { low, high } = (value ?? {}) as { low?: unknown; high?: unknown };
  if (typeof low === 'number' && typeof high === 'number' && low < high) return { low, high };
  throw new DataError(`"${names.linnet}" has the range ${JSON.stringify(value)}: it must have low and high`);
}

function readDoubles(bytes: Uint8Array, { weights, bias }: LinearModel): Pick<LinearModel, 'weights' | 'bias'> {
  const all = new Float64Array(bytes.slice(0, bytes.length - (bytes.length % 8)).buffer);
  const areOf = (rounded: Float64Array, from: number): boolean =>
    rounded.every((value, at) => Math.fround(all[from + at]!) === value);
  if (all.length !== weights.length + bias.length || !areOf(weights, 0) || !areOf(bias, weights.length))
    throw new DataError(`"${names.doubles}" and "${names.weights}" disagree: the file is damaged`);
  return { weights: all.slice(0, weights.length), bias: all.slice(weights.length) };
}

function unrounded(value: unknown, rounded: Float64Array, name: string): Float64Array {
  const fits =
    Array.isArray(value) &&
    value.length === rounded.length &&
    value.every((double, index) => typeof double === 'number' && Math.fround(double) === rounded[index]);
  if (!fits)
    throw new DataError(`"${names.linnet}" and "${names.weights}" disagree on the ${name}: the file is damaged`);
  return Float64Array.from(value);
}

function metricsOf(value: unknown): LinearModel['metricsParams'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as LinearModel['metricsParams'])
    : {};
}

function jsonObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  const value = parseJson(bytes, `"${name}" of the model file`);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DataError(`"${name}" of the model file is not an object`);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], name: string): T {
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw new DataError(
    `"${names.parameters}" has the ${name} ${JSON.stringify(value)}: ${allowed.join(', ')} are known`,
  );
}

function number(value: unknown, name: string): number {
  if (typeof value === 'number') return value;
  throw new DataError(`"${names.parameters}" has the ${name} ${JSON.stringify(value)}, which is not a number`);
}
