/** Linear Learner's hyperparameters, checked as a whole and turned into settings. */
import {
  type LinearLearnerSettings,
  type LossName,
  lossesOf,
  type PredictorType,
  type SelectionCriterion,
} from '../../../learners/index.ts';
import {
  type HyperparameterProblem,
  type HyperparameterValue,
  parseByTable,
} from '../../program/hyperparameters/parse.ts';
import { featureHashProblems } from './feature-hash.ts';
import { featureTermProblems, parseInteractions } from './feature-terms.ts';
import { hyperparameterTable } from './table.ts';

export type ParsedHyperparameters =
  | { settings: LinearLearnerSettings; problems?: undefined }
  | { settings?: undefined; problems: readonly HyperparameterProblem[] };

/** Settings, or every problem at once. */
export function parseHyperparameters(given: Readonly<Record<string, string>>): ParsedHyperparameters {
  const parsed = parseByTable(hyperparameterTable, given, 'Linear Learner');
  const { values } = parsed;
  const problems = [...parsed.problems, ...combinationProblems(values, given)];
  return problems.length > 0 ? { problems } : { settings: settingsOf(values, given) };
}

/** The rules about several values together. */
function combinationProblems(
  values: ReadonlyMap<string, HyperparameterValue>,
  given: Readonly<Record<string, string>>,
): HyperparameterProblem[] {
  const problems: HyperparameterProblem[] = [];
  const predictorType = values.get('predictor_type') as PredictorType | undefined;
  const loss = values.get('loss');
  if (predictorType !== undefined && loss !== undefined && loss !== 'auto') {
    const losses: readonly HyperparameterValue[] = lossesOf[predictorType];
    if (!losses.includes(loss)) {
      const message = `loss must be one of auto, ${losses.join(', ')} for predictor_type ${predictorType}, not "${loss}"`;
      problems.push({ name: 'loss', value: given.loss, message });
    }
  }
  const classes = values.get('num_classes');
  if (predictorType === 'multiclass_classifier' && typeof classes === 'number' && classes < 3) {
    const is = given.num_classes === undefined ? 'missing' : classes;
    const message = `num_classes is ${is}: for predictor_type multiclass_classifier it must be an integer of at least 3`;
    problems.push({ name: 'num_classes', value: given.num_classes, message });
  }
  const shape = {
    degree: (values.get('polynomial_degree') ?? 1) as number | 'auto',
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
  values: ReadonlyMap<string, HyperparameterValue>,
  given: Readonly<Record<string, string>>,
): LinearLearnerSettings {
  const word = <T extends string>(name: string): T => values.get(name) as T;
  const number = (name: string): number => values.get(name) as number;
  const flag = (name: string): boolean => values.get(name) as boolean;
  const numberOrAuto = (name: string): number | 'auto' => values.get(name) as number | 'auto';
  const flagOrAuto = (name: string): boolean | 'auto' => values.get(name) as boolean | 'auto';
  const criterion = word<string>('binary_classifier_model_selection_criteria');
  const samples = numberOrAuto('num_calibration_samples');
  const statistics = flagOrAuto('statistics');
  return {
    predictorType: word<PredictorType>('predictor_type'),
    numClasses: number('num_classes'),
    featureDim: numberOrAuto('feature_dim'),
    miniBatchSize: number('mini_batch_size'),
    miniBatchSizeGiven: given.mini_batch_size !== undefined,
    epochs: number('epochs'),
    epochsGiven: given.epochs !== undefined,
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
    polynomialDegree: numberOrAuto('polynomial_degree'),
    interactions: parseInteractions(word('interactions')).interactions!,
    featureHashBits: values.get('feature_hash_bits') as number | 'none',
    exact: flagOrAuto('exact'),
    // Of hundreds of trials one is kept, and may be trained again with them.
    statistics: word('_tuning_objective_metric') !== '' && statistics === 'auto' ? false : statistics,
    confidenceLevel: number('confidence_level'),
  };
}

/** Names of older versions. */
const criterionAliases: Readonly<Record<string, SelectionCriterion>> = {
  f1: 'f_beta',
  cross_entropy_loss: 'loss_function',
};
