/** The map of strings that CreateTrainingJob carries, checked as a whole and turned into settings. */
import type { LinearLearnerSettings, LossName, PredictorType, SelectionCriterion } from '../../learners/index.ts';
import { closestName } from './closest-name.ts';
import { featureHashProblems } from './feature-hash.ts';
import { featureTermProblems, parseInteractions } from './feature-terms.ts';
import { type Hyperparameter, hyperparameterTable, lossesOf, type Range } from './hyperparameters-table.ts';

/** One broken hyperparameter. */
export interface HyperparameterProblem {
  name: string;
  /** As given; undefined when it is missing. */
  value: string | undefined;
  /** What is allowed, as a sentence about the name: `epochs is "abc": an integer of at least 1 is due`. */
  message: string;
}

export type ParsedHyperparameters =
  | { settings: LinearLearnerSettings; problems?: undefined }
  | { settings?: undefined; problems: readonly HyperparameterProblem[] };

type Value = string | number | boolean;

const tableByName = new Map(hyperparameterTable.map((entry) => [entry.name, entry]));

/** Settings, or every problem at once. */
export function parseHyperparameters(given: Readonly<Record<string, string>>): ParsedHyperparameters {
  const values = new Map<string, Value>();
  const problems: HyperparameterProblem[] = [];
  for (const entry of hyperparameterTable) {
    const text = Object.hasOwn(given, entry.name) ? given[entry.name]! : entry.default;
    const value = text === undefined ? undefined : parseValue(entry, text.trim());
    if (value === undefined) problems.push(problemOf(entry, text));
    else values.set(entry.name, value);
  }
  for (const [name, value] of Object.entries(given)) {
    // Names with an underscore are the original's internals, which come and go with its versions.
    if (!tableByName.has(name) && !name.startsWith('_')) problems.push(unknownName(name, value));
  }
  problems.push(...combinationProblems(values, given));
  return problems.length > 0 ? { problems } : { settings: settingsOf(values, given) };
}

/** All problems in one message. */
export function describeProblems(problems: readonly HyperparameterProblem[]): string {
  const count = problems.length === 1 ? 'A hyperparameter is' : `${problems.length} hyperparameters are`;
  return `${count} wrong: ${problems.map(({ message }) => message).join('; ')}`;
}

/** The defaults in the original's order, without those that only the user can give. */
export const hyperparameterDefaults = (): Record<string, string> =>
  Object.fromEntries(
    hyperparameterTable
      .filter(({ origin }) => origin !== 'obsolete')
      .flatMap((entry) => (entry.default === undefined ? [] : [[entry.name, entry.default]])),
  );

function parseValue(entry: Hyperparameter, text: string): Value | undefined {
  const word = entry.words?.find((candidate) => candidate === text.toLowerCase());
  if (word !== undefined) return word;
  switch (entry.kind) {
    case 'text':
      return text;
    case 'choice':
      return undefined;
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case 'integer':
      // 100.0 is what some clients make of an integer.
      return /^[+-]?\d+(\.0*)?$/.test(text) ? inRange(Number(text), entry.range) : undefined;
    case 'real':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? inRange(Number(text), entry.range) : undefined;
  }
}

function inRange(value: number, { min, max, above, below }: Range = {}): number | undefined {
  const inside =
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below);
  return inside ? value : undefined;
}

function problemOf(entry: Hyperparameter, text: string | undefined): HyperparameterProblem {
  const { name } = entry;
  const due = allowed(entry);
  if (text === undefined) return { name, value: undefined, message: `${name} is missing: ${due} is due` };
  return { name, value: text, message: `${name} is ${shown(text)}: ${due} is due` };
}

/** `auto or a number above 0`. */
function allowed({ kind, words = [], range }: Hyperparameter): string {
  const alternatives =
    kind === 'choice' ? [] : [kind === 'boolean' ? 'true or false' : `${article[kind]}${limits(range)}`];
  if (kind === 'choice') return `one of ${words.join(', ')}`;
  return [...words, ...alternatives].join(' or ');
}

const article = { integer: 'an integer', real: 'a number', text: 'a text' } as const;

function limits({ min, max, above, below }: Range = {}): string {
  const low = min !== undefined ? `at least ${min}` : above !== undefined ? `above ${above}` : undefined;
  const high = max !== undefined ? `at most ${max}` : below !== undefined ? `below ${below}` : undefined;
  if (low === undefined && high === undefined) return '';
  if (low === undefined || high === undefined) return kindOfLimit(low ?? high!);
  return `${kindOfLimit(low)} and ${high}`;
}

const kindOfLimit = (limit: string): string => (limit.startsWith('at') ? ` of ${limit}` : ` ${limit}`);

function unknownName(name: string, value: string): HyperparameterProblem {
  const close = closestName(name, [...tableByName.keys()]);
  const hint = close === undefined ? '' : `, did you mean ${close}`;
  return { name, value, message: `${shown(name)} is not a hyperparameter of Linear Learner${hint}` };
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** What no single value can break. */
function combinationProblems(
  values: ReadonlyMap<string, Value>,
  given: Readonly<Record<string, string>>,
): HyperparameterProblem[] {
  const problems: HyperparameterProblem[] = [];
  const predictorType = values.get('predictor_type') as PredictorType | undefined;
  const loss = values.get('loss');
  if (predictorType !== undefined && loss !== undefined && loss !== 'auto') {
    const losses: readonly Value[] = lossesOf[predictorType];
    if (!losses.includes(loss)) {
      const message = `loss is "${loss}": for predictor_type ${predictorType} one of auto, ${losses.join(', ')} is due`;
      problems.push({ name: 'loss', value: given.loss, message });
    }
  }
  const classes = values.get('num_classes');
  if (predictorType === 'multiclass_classifier' && typeof classes === 'number' && classes < 3) {
    const is = given.num_classes === undefined ? 'missing' : classes;
    const message = `num_classes is ${is}: for predictor_type multiclass_classifier an integer of at least 3 is due`;
    problems.push({ name: 'num_classes', value: given.num_classes, message });
  }
  const shape = {
    degree: (values.get('polynomial_degree') ?? 1) as number,
    interactions: (values.get('interactions') ?? 'none') as string,
    featureDim: (values.get('feature_dim') ?? 'auto') as number | 'auto',
    compatibility: values.get('compatibility') as string,
  };
  problems.push(...featureTermProblems(shape));
  const bits = (values.get('feature_hash_bits') ?? 'none') as number | 'none';
  problems.push(...featureHashProblems({ ...shape, bits }));
  return problems;
}

function settingsOf(
  values: ReadonlyMap<string, Value>,
  given: Readonly<Record<string, string>>,
): LinearLearnerSettings {
  const word = <T extends string>(name: string): T => values.get(name) as T;
  const number = (name: string): number => values.get(name) as number;
  const flag = (name: string): boolean => values.get(name) as boolean;
  const numberOrAuto = (name: string): number | 'auto' => values.get(name) as number | 'auto';
  const flagOrAuto = (name: string): boolean | 'auto' => values.get(name) as boolean | 'auto';
  const criterion = word<string>('binary_classifier_model_selection_criteria');
  const samples = numberOrAuto('num_calibration_samples');
  return {
    predictorType: word<PredictorType>('predictor_type'),
    numClasses: number('num_classes'),
    featureDim: numberOrAuto('feature_dim'),
    miniBatchSize: number('mini_batch_size'),
    miniBatchSizeGiven: given.mini_batch_size !== undefined,
    epochs: number('epochs'),
    useBias: flag('use_bias'),
    numModels: numberOrAuto('num_models'),
    numCalibrationSamples: samples === 'auto' ? 10_000_000 : samples,
    selection: (criterionAliases[criterion] ?? criterion) as SelectionCriterion,
    targetRecall: number('target_recall'),
    targetPrecision: number('target_precision'),
    fBeta: criterion === 'f1' ? 1 : number('f_beta'),
    accuracyTopK: number('accuracy_top_k'),
    positiveExampleWeightMult: values.get('positive_example_weight_mult') as number | 'balanced' | 'auto',
    balanceMulticlassWeights: flag('balance_multiclass_weights'),
    initMethod: word<'uniform' | 'normal'>('init_method'),
    initScale: number('init_scale'),
    initSigma: number('init_sigma'),
    initBias: number('init_bias'),
    optimizer: word<LinearLearnerSettings['optimizer']>('optimizer'),
    loss: word<LossName | 'auto'>('loss'),
    margin: number('margin'),
    quantile: number('quantile'),
    lossInsensitivity: number('loss_insensitivity'),
    huberDelta: number('huber_delta'),
    wd: numberOrAuto('wd'),
    l1: numberOrAuto('l1'),
    momentum: numberOrAuto('momentum'),
    learningRate: numberOrAuto('learning_rate'),
    beta1: numberOrAuto('beta_1'),
    beta2: numberOrAuto('beta_2'),
    biasLrMult: numberOrAuto('bias_lr_mult'),
    biasWdMult: numberOrAuto('bias_wd_mult'),
    useLrScheduler: flag('use_lr_scheduler'),
    lrSchedulerStep: numberOrAuto('lr_scheduler_step'),
    lrSchedulerFactor: numberOrAuto('lr_scheduler_factor'),
    lrSchedulerMinimumLr: numberOrAuto('lr_scheduler_minimum_lr'),
    normalizeData: flagOrAuto('normalize_data'),
    normalizeLabel: flagOrAuto('normalize_label'),
    unbiasData: flagOrAuto('unbias_data'),
    unbiasLabel: flagOrAuto('unbias_label'),
    numPointForScaler:
      given.num_point_for_scaler === undefined && word('compatibility') !== 'amazon'
        ? 'all'
        : number('num_point_for_scaler'),
    earlyStoppingPatience: number('early_stopping_patience'),
    earlyStoppingTolerance: number('early_stopping_tolerance'),
    tuningObjectiveMetric: word('_tuning_objective_metric'),
    compatibility: word<'linnet' | 'amazon'>('compatibility'),
    seed: number('seed'),
    deterministic: flag('deterministic'),
    threads: numberOrAuto('threads'),
    polynomialDegree: number('polynomial_degree'),
    interactions: parseInteractions(word('interactions')).interactions!,
    featureHashBits: values.get('feature_hash_bits') as number | 'none',
    exact: flagOrAuto('exact'),
    statistics: flagOrAuto('statistics'),
    confidenceLevel: number('confidence_level'),
  };
}

/** Names of older versions. */
const criterionAliases: Readonly<Record<string, SelectionCriterion>> = {
  f1: 'f_beta',
  cross_entropy_loss: 'loss_function',
};
