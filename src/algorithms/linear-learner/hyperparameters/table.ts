import { lossesOf } from '../../../learners/index.ts';
import type { Hyperparameter, Range } from '../../program/hyperparameters/hyperparameter.ts';

/**
 * Linear Learner's hyperparameters as data, in the order of the original's default-input.json: what each accepts,
 * its default, and what it means. Source: AWS developer guide, "Linear learner hyperparameters"; bounds of the
 * SageMaker Python SDK 2.x where they are wider.
 */
type PredictorTypeName = 'regressor' | 'binary_classifier' | 'multiclass_classifier';

const auto = ['auto'] as const;
const atLeastOne: Range = { min: 1 };
const notNegative: Range = { min: 0 };
const positive: Range = { above: 0 };
const fraction: Range = { above: 0, below: 1 };
const decay: Range = { min: 0, below: 1 };
const binary = ['binary_classifier'] as const;
const multiclass = ['multiclass_classifier'] as const;
const regressor = ['regressor'] as const;
const scalar = ['regressor', 'binary_classifier'] as const;
const amazon = { origin: 'amazon', appliesTo: 'all' } as const;
const linnet = { origin: 'linnet', appliesTo: 'all' } as const;
const internal = { origin: 'internal', appliesTo: 'all', kind: 'text' } as const;

export const predictorTypeNames = ['binary_classifier', 'multiclass_classifier', 'regressor'] as const;

// biome-ignore format: one hyperparameter a line reads as the table it is.
export const hyperparameterTable: readonly Hyperparameter<PredictorTypeName>[] = [
  { ...amazon, name: 'predictor_type', kind: 'choice', default: undefined, words: predictorTypeNames, meaning: 'Kind of target' },
  { ...amazon, name: 'mini_batch_size', kind: 'integer', default: '1000', range: atLeastOne, meaning: 'Rows per update. Not given, and unless compatibility=amazon: for rows held in memory a hundredth of them, between 32 (1 with exact=false) and 1000' },
  { ...amazon, name: 'epochs', kind: 'integer', default: '15', range: atLeastOne, meaning: 'Passes over the training data, at most' },
  { ...amazon, name: 'feature_dim', kind: 'integer', default: 'auto', words: auto, range: atLeastOne, meaning: 'Number of features of a row; auto takes it from the data' },
  { ...amazon, name: 'use_bias', kind: 'boolean', default: 'true', meaning: 'Whether the model has an intercept' },
  { ...amazon, name: 'binary_classifier_model_selection_criteria', kind: 'choice', default: 'accuracy', words: ['accuracy', 'f_beta', 'f1', 'precision_at_target_recall', 'recall_at_target_precision', 'loss_function', 'cross_entropy_loss'], appliesTo: binary, meaning: 'What chooses the model and its threshold' },
  { ...amazon, name: 'f_beta', kind: 'real', default: '1.0', range: positive, appliesTo: ['binary_classifier', 'multiclass_classifier'], meaning: 'Beta of every F score' },
  { ...amazon, name: 'target_recall', kind: 'real', default: '0.8', range: fraction, appliesTo: binary, meaning: 'Recall to hold while precision is maximised' },
  { ...amazon, name: 'target_precision', kind: 'real', default: '0.8', range: fraction, appliesTo: binary, meaning: 'Precision to hold while recall is maximised' },
  { ...amazon, name: 'num_models', kind: 'integer', default: 'auto', words: auto, range: { min: 1, max: 1000 }, meaning: 'Models trained side by side; auto: 32, or 28 for several classes, fewer where they would take more than 1 GiB' },
  { ...amazon, name: 'num_calibration_samples', kind: 'integer', default: '10000000', words: auto, range: atLeastOne, appliesTo: binary, meaning: 'Most rows that tune the threshold' },
  { ...amazon, name: 'init_method', kind: 'choice', default: 'uniform', words: ['uniform', 'normal'], meaning: 'Distribution of the initial weights' },
  { ...amazon, name: 'init_scale', kind: 'real', default: '0.07', range: positive, meaning: 'Half-width of the uniform initial weights' },
  { ...amazon, name: 'init_sigma', kind: 'real', default: '0.01', range: positive, meaning: 'Standard deviation of the normal initial weights' },
  { ...amazon, name: 'init_bias', kind: 'real', default: '0.0', range: {}, meaning: 'Initial intercept' },
  { ...amazon, name: 'optimizer', kind: 'choice', default: 'auto', words: ['auto', 'sgd', 'adam', 'rmsprop'], meaning: 'Update rule of streaming; auto: adam, and the search then solves penalties of its own' },
  { ...amazon, name: 'loss', kind: 'choice', default: 'auto', words: ['auto', ...lossesOf.binary_classifier, ...lossesOf.multiclass_classifier], meaning: 'Training loss; must fit predictor_type. auto: squared_loss, logistic or softmax_loss' },
  { ...amazon, name: 'margin', kind: 'real', default: '1.0', range: notNegative, appliesTo: binary, meaning: 'Margin of hinge_loss' },
  { ...amazon, name: 'quantile', kind: 'real', default: '0.5', range: fraction, appliesTo: scalar, meaning: 'Quantile of quantile_loss' },
  { ...amazon, name: 'loss_insensitivity', kind: 'real', default: '0.01', range: positive, appliesTo: scalar, meaning: 'Epsilon of the eps_insensitive losses' },
  { ...amazon, name: 'huber_delta', kind: 'real', default: '1.0', range: positive, appliesTo: scalar, meaning: 'Delta of huber_loss' },
  { ...amazon, name: 'num_classes', kind: 'integer', default: '1', range: { min: 1, max: 1_000_000 }, appliesTo: multiclass, meaning: 'Number of classes; labels are 0 to num_classes - 1' },
  { ...amazon, name: 'accuracy_top_k', kind: 'integer', default: '3', range: { min: 1, max: 1_000_000 }, appliesTo: multiclass, meaning: 'k of the top-k accuracy' },
  { ...amazon, name: 'wd', kind: 'real', default: 'auto', words: auto, range: notNegative, meaning: 'L2 penalty (weight decay); auto: searched' },
  { ...amazon, name: 'l1', kind: 'real', default: 'auto', words: auto, range: notNegative, meaning: 'L1 penalty; auto: 0 while streaming, searched for smooth losses' },
  { ...amazon, name: 'momentum', kind: 'real', default: 'auto', words: auto, range: decay, meaning: 'Momentum of sgd; auto: 0' },
  { ...amazon, name: 'learning_rate', kind: 'real', default: 'auto', words: auto, range: positive, meaning: 'Initial step size; auto: two or more of each optimizer are tried' },
  { ...amazon, name: 'beta_1', kind: 'real', default: 'auto', words: auto, range: decay, meaning: 'First-moment decay of adam; auto: 0.9' },
  { ...amazon, name: 'beta_2', kind: 'real', default: 'auto', words: auto, range: decay, meaning: 'Second-moment decay of adam; auto: 0.999' },
  { ...amazon, name: 'bias_lr_mult', kind: 'real', default: 'auto', words: auto, range: positive, meaning: 'Step size of the intercept, as a multiple of learning_rate; auto: 10' },
  { ...amazon, name: 'bias_wd_mult', kind: 'real', default: 'auto', words: auto, range: notNegative, meaning: 'Penalty of the intercept, as a multiple of wd; auto: 0' },
  { ...amazon, name: 'use_lr_scheduler', kind: 'boolean', default: 'true', meaning: 'Whether the step size decays' },
  { ...amazon, name: 'lr_scheduler_step', kind: 'integer', default: 'auto', words: auto, range: atLeastOne, meaning: 'Updates between two decays; auto: 10 and 100 are tried' },
  { ...amazon, name: 'lr_scheduler_factor', kind: 'real', default: 'auto', words: auto, range: fraction, meaning: 'Factor of one decay; auto: 0.99' },
  { ...amazon, name: 'lr_scheduler_minimum_lr', kind: 'real', default: 'auto', words: auto, range: positive, meaning: 'Step size below which it does not decay; auto: 1e-5, with compatibility=amazon 1e-4 too' },
  { ...amazon, name: 'positive_example_weight_mult', kind: 'real', default: '1.0', words: ['auto', 'balanced'], range: positive, appliesTo: binary, meaning: 'Weight of the positive rows; balanced: negatives over positives; auto: 1, balanced and their geometric mean are tried' },
  { ...amazon, name: 'balance_multiclass_weights', kind: 'boolean', default: 'false', appliesTo: multiclass, meaning: 'Whether rare classes weigh more' },
  { ...amazon, name: 'normalize_data', kind: 'boolean', default: 'true', words: auto, meaning: 'Whether features are scaled to unit standard deviation; auto: true' },
  { ...amazon, name: 'normalize_label', kind: 'boolean', default: 'auto', words: auto, appliesTo: regressor, meaning: 'Whether the label is scaled to unit standard deviation; auto: true' },
  { ...amazon, name: 'unbias_data', kind: 'boolean', default: 'auto', words: auto, meaning: 'Whether dense features are shifted to mean 0; auto: as use_bias' },
  { ...amazon, name: 'unbias_label', kind: 'boolean', default: 'auto', words: auto, appliesTo: regressor, meaning: 'Whether the label is shifted to mean 0; auto: as use_bias' },
  { ...amazon, name: 'num_point_for_scaler', kind: 'integer', default: '10000', range: atLeastOne, meaning: 'First rows from which mean and standard deviation are taken. Not given, and unless compatibility=amazon: all rows held in memory, or the first million of a stream' },
  { ...internal, name: '_kvstore', default: 'auto', meaning: 'No effect' },
  { ...internal, name: '_num_gpus', default: 'auto', meaning: 'No effect' },
  { ...internal, name: '_num_kv_servers', default: 'auto', meaning: 'No effect' },
  { ...internal, name: '_log_level', default: 'info', meaning: 'No effect' },
  { ...internal, name: '_tuning_objective_metric', default: '', meaning: 'Set by a tuning job: one model is then trained' },
  { ...amazon, name: 'early_stopping_patience', kind: 'integer', default: '3', range: atLeastOne, meaning: 'Epochs without improvement before training stops' },
  { ...amazon, name: 'early_stopping_tolerance', kind: 'real', default: '0.001', range: positive, meaning: 'Relative improvement below which there is none' },
  { ...internal, name: '_enable_profiler', default: 'false', meaning: 'No effect' },
  { ...internal, name: 'force_dense', origin: 'obsolete', default: 'true', meaning: 'No effect' },
  { ...internal, name: '_data_format', origin: 'obsolete', default: 'record', meaning: 'No effect' },
  { ...linnet, name: 'compatibility', kind: 'choice', default: 'linnet', words: ['linnet', 'amazon'], meaning: 'linnet mends known defects of the original; amazon reproduces it, defects included' },
  { ...linnet, name: 'seed', kind: 'integer', default: '0', range: { min: 0, max: 4_294_967_295 }, meaning: 'Start of every random choice: the same job with the same seed gives the same model, byte for byte' },
  { ...linnet, name: 'deterministic', kind: 'boolean', default: 'false', meaning: 'Whether a model has the same bytes on every JavaScript engine, in Node and in the browser (no fused multiply-add, own exponentials and logarithms)' },
  { ...linnet, name: 'threads', kind: 'integer', default: 'auto', words: auto, range: { min: 1, max: 64 }, meaning: 'Threads that train; the model does not depend on them' },
  { ...linnet, name: 'polynomial_degree', kind: 'integer', default: '1', words: auto, range: { min: 1, max: 5 }, meaning: 'Highest power of each feature that enters the model; auto: 2 where rows left out of training prefer it, else 1' },
  { ...linnet, name: 'interactions', kind: 'text', default: 'none', meaning: 'Products of two features: none, all, or pairs of columns from 0 such as 0:1,3:4; auto: all where rows left out of training prefer them, else none' },
  { ...linnet, name: 'feature_hash_bits', kind: 'integer', default: 'none', words: ['none'], range: { min: 1, max: 24 }, meaning: 'Hashes the columns of sparse rows, up to 2^32 of them, to 2 to this power features' },
  { ...linnet, name: 'exact', kind: 'boolean', default: 'auto', words: auto, meaning: 'Whether models are solved to their optimum; auto: yes, unless a named optimizer trains an earlier model on' },
  { ...linnet, name: 'statistics', kind: 'boolean', default: 'auto', words: auto, meaning: 'Whether intervals, tests, held-out predictions and calibration are computed; auto: what takes some tenths of a second, in a tuning job nothing; true: up to a minute' },
  { ...linnet, name: 'confidence_level', kind: 'real', default: '0.95', range: { above: 0, below: 1 }, meaning: 'Level of the intervals of coefficients' },
  { ...linnet, name: 'report', kind: 'choice', default: 'auto', words: ['auto', 'rows', 'false'], meaning: 'Whether report.json is written: auto: yes, but not in a tuning job; rows: yes, with cells of single rows, rare categories and extremes; false: no' },
];
