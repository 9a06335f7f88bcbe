import type { Hyperparameter, Range } from '../../program/hyperparameters/hyperparameter.ts';

/**
 * XGBoost's hyperparameters as data. Sources: AWS developer guide, "XGBoost hyperparameters", the checks of Amazon's
 * container, and the bounds of XGBoost 3.0 itself. What is not given is left to the library.
 */
const notNegative: Range = { min: 0 };
const positive: Range = { above: 0 };
const unit: Range = { min: 0, max: 1 };
const share: Range = { above: 0, max: 1 };
const atLeastOne: Range = { min: 1 };
const flag = { kind: 'integer', range: unit } as const;
const amazon = { origin: 'amazon', appliesTo: 'all', default: undefined, optional: true } as const;
const obsolete = { origin: 'obsolete', appliesTo: 'all', default: undefined, optional: true } as const;

export const objectives = [
  'binary:hinge',
  'binary:logistic',
  'binary:logitraw',
  'count:poisson',
  'multi:softmax',
  'multi:softprob',
  'rank:map',
  'rank:ndcg',
  'rank:pairwise',
  'reg:absoluteerror',
  'reg:gamma',
  'reg:linear',
  'reg:logistic',
  'reg:pseudohubererror',
  'reg:squarederror',
  'reg:squaredlogerror',
  'reg:tweedie',
  'survival:aft',
  'survival:cox',
] as const;

/** Names of one setting: both may be given, when they say the same. */
export const aliases = {
  learning_rate: 'eta',
  min_split_loss: 'gamma',
  reg_lambda: 'lambda',
  reg_alpha: 'alpha',
} as const;

// biome-ignore format: one hyperparameter a line reads as the table it is.
export const hyperparameterTable: readonly Hyperparameter[] = [
  { origin: 'amazon', appliesTo: 'all', name: 'num_round', kind: 'integer', default: undefined, range: atLeastOne, meaning: 'Rounds of boosting' },
  { ...amazon, optional: true, default: 'reg:squarederror', name: 'objective', kind: 'choice', words: objectives, meaning: 'What is minimised, and so the kind of target' },
  { ...amazon, name: 'num_class', kind: 'integer', range: { min: 2, max: 1_000_000 }, meaning: 'Number of classes of multi: objectives; labels are 0 to num_class - 1' },
  { ...amazon, name: 'csv_weights', ...flag, default: '0', meaning: '1: the second column of CSV is the weight of the row' },
  { ...amazon, name: 'eval_metric', kind: 'text', meaning: 'Metrics of every round, separated by commas; the last one stops early' },
  { ...amazon, name: 'early_stopping_rounds', kind: 'integer', range: atLeastOne, meaning: 'Rounds without improvement on the validation channel before training stops' },
  { ...amazon, name: 'booster', kind: 'choice', words: ['gbtree', 'gblinear', 'dart'], meaning: 'Trees, linear models, or trees with dropout' },
  { ...amazon, name: 'verbosity', kind: 'integer', range: { min: 0, max: 3 }, meaning: 'How much the library prints: 0 nothing, 1 warnings, 2 information, 3 all' },
  { ...amazon, name: 'silent', ...flag, meaning: 'Old name: 1 is verbosity 0' },
  { ...amazon, name: 'nthread', kind: 'integer', range: { min: 1, max: 4096 }, meaning: 'Threads that train' },
  { ...amazon, name: 'eta', kind: 'real', range: unit, meaning: 'Step size: how much each round adds' },
  { ...amazon, name: 'learning_rate', kind: 'real', range: unit, meaning: 'Another name of eta' },
  { ...amazon, name: 'gamma', kind: 'real', range: notNegative, meaning: 'Least reduction of the loss for a split' },
  { ...amazon, name: 'min_split_loss', kind: 'real', range: notNegative, meaning: 'Another name of gamma' },
  { ...amazon, name: 'max_depth', kind: 'integer', range: { min: 0, max: 2_147_483_647 }, meaning: 'Depth of a tree; 0 is no limit' },
  { ...amazon, name: 'min_child_weight', kind: 'real', range: notNegative, meaning: 'Least sum of second derivatives in a leaf' },
  { ...amazon, name: 'max_delta_step', kind: 'real', range: notNegative, meaning: 'Largest step of a leaf; 0 is no limit' },
  { ...amazon, name: 'subsample', kind: 'real', range: share, meaning: 'Share of the rows in each round' },
  { ...amazon, name: 'sampling_method', kind: 'choice', words: ['uniform', 'gradient_based'], meaning: 'How rows are sampled' },
  { ...amazon, name: 'colsample_bytree', kind: 'real', range: share, meaning: 'Share of the columns for each tree' },
  { ...amazon, name: 'colsample_bylevel', kind: 'real', range: share, meaning: 'Share of those for each level' },
  { ...amazon, name: 'colsample_bynode', kind: 'real', range: share, meaning: 'Share of those for each split' },
  { ...amazon, name: 'lambda', kind: 'real', range: notNegative, meaning: 'L2 penalty on the leaves' },
  { ...amazon, name: 'reg_lambda', kind: 'real', range: notNegative, meaning: 'Another name of lambda' },
  { ...amazon, name: 'alpha', kind: 'real', range: notNegative, meaning: 'L1 penalty on the leaves' },
  { ...amazon, name: 'reg_alpha', kind: 'real', range: notNegative, meaning: 'Another name of alpha' },
  { ...amazon, name: 'tree_method', kind: 'choice', words: ['auto', 'exact', 'approx', 'hist', 'gpu_hist'], meaning: 'How splits are found; gpu_hist is hist on a CPU here' },
  { ...amazon, name: 'scale_pos_weight', kind: 'real', range: positive, meaning: 'Weight of the positive class' },
  { ...amazon, name: 'updater', kind: 'text', meaning: 'Steps of growing a tree, separated by commas' },
  { ...amazon, name: 'refresh_leaf', ...flag, meaning: '1: the updater refresh changes leaves too' },
  { ...amazon, name: 'process_type', kind: 'choice', words: ['default', 'update'], meaning: 'update changes the trees of the model channel instead of adding some' },
  { ...amazon, name: 'grow_policy', kind: 'choice', words: ['depthwise', 'lossguide'], meaning: 'Which node is split next' },
  { ...amazon, name: 'max_leaves', kind: 'integer', range: { min: 0, max: 2_147_483_647 }, meaning: 'Leaves of a tree; 0 is no limit' },
  { ...amazon, name: 'max_bin', kind: 'integer', range: { min: 2, max: 2_147_483_647 }, meaning: 'Bins of a column for hist and approx' },
  { ...amazon, name: 'num_parallel_tree', kind: 'integer', range: { min: 1, max: 1_000_000 }, meaning: 'Trees of each round' },
  { ...amazon, name: 'monotone_constraints', kind: 'text', meaning: 'For each column 1, 0 or -1, such as (1,0,-1)' },
  { ...amazon, name: 'interaction_constraints', kind: 'text', meaning: 'Groups of columns that may meet in a path, such as [[0,1],[2,3]]' },
  { ...amazon, name: 'sample_type', kind: 'choice', words: ['uniform', 'weighted'], meaning: 'How dart chooses trees to drop' },
  { ...amazon, name: 'normalize_type', kind: 'choice', words: ['tree', 'forest'], meaning: 'How dart weighs the trees that it drops' },
  { ...amazon, name: 'rate_drop', kind: 'real', range: unit, meaning: 'Share of the trees that dart drops' },
  { ...amazon, name: 'one_drop', ...flag, meaning: '1: dart drops at least one tree' },
  { ...amazon, name: 'skip_drop', kind: 'real', range: unit, meaning: 'Chance that dart drops none in a round' },
  { ...amazon, name: 'lambda_bias', kind: 'real', range: unit, meaning: 'L2 penalty on the bias of gblinear' },
  { ...amazon, name: 'tweedie_variance_power', kind: 'real', range: { above: 1, below: 2 }, meaning: 'Variance of reg:tweedie: near 2 is gamma, near 1 Poisson' },
  { ...amazon, name: 'base_score', kind: 'real', range: notNegative, meaning: 'Prediction before the first tree; left out, it is estimated' },
  { ...amazon, name: 'seed', kind: 'integer', range: { min: -2_147_483_648, max: 2_147_483_647 }, meaning: 'Start of every random choice' },
  { ...amazon, name: 'aft_loss_distribution', kind: 'choice', words: ['normal', 'logistic', 'extreme'], meaning: 'Noise of survival:aft' },
  { ...amazon, name: 'aft_loss_distribution_scale', kind: 'real', range: positive, meaning: 'Scale of that noise' },
  { ...amazon, name: 'save_model_on_termination', kind: 'boolean', default: 'false', meaning: 'true: a job that is stopped keeps the model so far' },
  { ...amazon, name: '_kfold', kind: 'integer', range: { min: 2, max: 1000 }, meaning: 'Folds of a cross-validation over train and validation together' },
  { ...amazon, name: '_num_cv_round', kind: 'integer', range: { min: 1, max: 1000 }, meaning: 'Times that the cross-validation is repeated' },
  { ...amazon, name: '_tuning_objective_metric', kind: 'text', meaning: 'Set by a tuning job' },
  { ...amazon, name: 'use_dask_gpu_training', kind: 'boolean', meaning: 'GPUs, which there are none of here' },
  { ...obsolete, name: 'predictor', kind: 'choice', words: ['auto', 'cpu_predictor', 'gpu_predictor'], meaning: 'No effect' },
  { ...obsolete, name: 'sketch_eps', kind: 'real', range: { above: 0, below: 1 }, meaning: 'No effect; max_bin took its place' },
  { ...obsolete, name: 'dsplit', kind: 'choice', words: ['row', 'col'], meaning: 'No effect' },
  { ...obsolete, name: 'deterministic_histogram', kind: 'boolean', meaning: 'No effect: histograms are deterministic' },
  { origin: 'linnet', appliesTo: 'all', default: 'auto', name: 'report', kind: 'choice', words: ['auto', 'rows', 'false'], meaning: 'Whether report.json is written: auto: yes, but not in a tuning job; rows: yes, with cells of single rows, rare categories and extremes; false: no' },
];
