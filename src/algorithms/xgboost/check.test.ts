import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputDataConfig } from '../../contract/index.ts';
import { checkJob } from './check.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';
import { metricNames } from './hyperparameters/metrics.ts';
import { objectives } from './hyperparameters/table.ts';

const train = { TrainingInputMode: 'File' } as const;

function problemsOf(hyperparameters: Record<string, string>, inputDataConfig: InputDataConfig = { train }): string[] {
  const job = { hyperparameters: { num_round: '10', ...hyperparameters }, inputDataConfig, hostCount: 1 };
  return checkJob(job).problems.map(({ message }) => message);
}

test('The hyperparameters of the XGBoost notebooks are accepted', () => {
  const notebooks: Record<string, string>[] = [
    {
      max_depth: '5',
      eta: '0.2',
      gamma: '4',
      min_child_weight: '6',
      subsample: '0.7',
      silent: '0',
      objective: 'reg:linear',
      num_round: '50',
    },
    {
      max_depth: '5',
      eta: '0.2',
      gamma: '4',
      min_child_weight: '6',
      subsample: '0.8',
      verbosity: '0',
      objective: 'binary:logistic',
      num_round: '100',
    },
    { objective: 'multi:softmax', num_class: '10', eval_metric: 'merror,mlogloss', early_stopping_rounds: '5' },
    {
      objective: 'binary:logistic',
      eval_metric: 'auc',
      rate_drop: '0.3',
      tweedie_variance_power: '1.4',
      booster: 'dart',
    },
    { objective: 'rank:pairwise', eval_metric: 'ndcg@5,map@3-', tree_method: 'hist', grow_policy: 'lossguide' },
    { objective: 'survival:cox', csv_weights: '1', num_round: '100.0', monotone_constraints: '(1, 0, -1)' },
    { objective: 'reg:squarederror', _kfold: '5', _num_cv_round: '3', interaction_constraints: '[[0, 1], [2, 3, 4]]' },
    {
      updater: 'grow_colmaker,prune',
      tree_method: 'exact',
      sketch_eps: '0.03',
      dsplit: 'row',
      predictor: 'cpu_predictor',
    },
    { booster: 'gblinear', updater: 'coord_descent', lambda_bias: '0.5', save_model_on_termination: 'true' },
  ];
  for (const hyperparameters of notebooks)
    assert.deepEqual(problemsOf(hyperparameters), [], JSON.stringify(hyperparameters));
});

test('The objective metric of a tuning job needs the channel that it is measured on', () => {
  const tuned = {
    objective: 'binary:logistic',
    eval_metric: 'accuracy,f1_binary',
    _tuning_objective_metric: 'validation:balanced_accuracy',
  };
  assert.deepEqual(problemsOf(tuned, { train, validation: train }), []);
  assert.deepEqual(problemsOf({ ...tuned, _kfold: '3' }), []);
  assert.deepEqual(problemsOf(tuned), [
    'The objective metric validation:balanced_accuracy is measured on channel "validation", which is missing',
  ]);
});

test('A wrong value is named with what is allowed, and all of them at once', () => {
  assert.deepEqual(problemsOf({ num_round: '0', subsample: '0', eta: '2', booster: 'trees', max_depht: '3' }), [
    'num_round must be an integer of at least 1, not "0"',
    'booster must be one of gbtree, gblinear, dart, not "trees"',
    'eta must be a number of at least 0 and at most 1, not "2"',
    'subsample must be a number above 0 and at most 1, not "0"',
    '"max_depht" is not a hyperparameter of XGBoost, did you mean max_depth',
  ]);
  const { message } = checkJob({ hyperparameters: {}, inputDataConfig: {}, hostCount: 1 });
  assert.equal(
    message,
    'A hyperparameter is wrong: num_round is missing: it must be an integer of at least 1. Channel "train" is missing: it is required',
  );
});

const combinations: [Record<string, string>, string][] = [
  [{ objective: 'multi:softprob' }, 'num_class is missing: objective multi:softprob needs it'],
  [
    { objective: 'binary:logistic', num_class: '2' },
    'num_class is for objectives multi:softmax and multi:softprob, not for binary:logistic: leave it out',
  ],
  [
    { eta: '0.1', learning_rate: '0.2' },
    'learning_rate is another name of eta, but one is 0.2 and the other 0.1: give one of them',
  ],
  [{ eta: '0.1', learning_rate: '0.10' }, ''],
  [
    { objective: 'binary:logistic', base_score: '1' },
    'base_score must be above 0 and below 1 for objective binary:logistic, not "1"',
  ],
  [{ monotone_constraints: '1;0' }, 'monotone_constraints must look like (1,0,-1), not "1;0"'],
  [{ interaction_constraints: '[0,1]' }, 'interaction_constraints must look like [[0,1],[2,3]], not "[0,1]"'],
  [
    { tree_method: 'exact', grow_policy: 'lossguide' },
    'grow_policy lossguide needs tree_method hist or approx, not exact',
  ],
  [
    { sampling_method: 'gradient_based' },
    'sampling_method gradient_based needs a GPU, and Linnet trains on CPUs: use uniform',
  ],
  [{ process_type: 'update' }, 'updater is missing: process_type update needs refresh or prune'],
  [
    { updater: 'distcol' },
    'updater must hold only grow_colmaker, grow_histmaker, grow_quantile_histmaker, prune, refresh, sync for booster gbtree, not "distcol"',
  ],
  [{ _num_cv_round: '2' }, '_num_cv_round needs _kfold'],
  [{ eval_metric: 'roc' }, 'eval_metric "roc" is not a metric of XGBoost'],
  [{ eval_metric: 'rmse,logloss@' }, 'eval_metric "logloss@": logloss takes nothing after @'],
  [{ eval_metric: 'ndcg@x' }, 'eval_metric "ndcg@x": "x" is not what ndcg takes after @'],
  [{ eval_metric: 'acuracy' }, 'eval_metric "acuracy" is not a metric of XGBoost, did you mean accuracy'],
  [
    { eval_metric: 'mlogloss' },
    'eval_metric mlogloss is for objectives multi:softmax and multi:softprob, not for objective reg:squarederror',
  ],
  [{ eval_metric: 'f1' }, 'eval_metric f1 is for classification, not for objective reg:squarederror'],
];

test('A misspelt objective is answered with the closest one', () => {
  const [problem, ...others] = problemsOf({ objective: 'multi:softprop', num_class: '3' });
  assert.match(problem!, /^objective must be one of .*, not "multi:softprop", did you mean multi:softprob$/);
  assert.deepEqual(others, []);
});

test('A value that is out of range is not called missing too', () => {
  assert.deepEqual(problemsOf({ objective: 'multi:softprob', num_class: '1' }), [
    'num_class must be an integer of at least 2 and at most 1000000, not "1"',
  ]);
});

test('Hyperparameters that do not go together are refused with what to change', () => {
  for (const [hyperparameters, message] of combinations) {
    const found = problemsOf(hyperparameters);
    assert.equal(found[0] ?? '', message, JSON.stringify(hyperparameters));
  }
});

test('Channels are checked before the job is accepted', () => {
  const csv = { ...train, ContentType: 'text/csv' };
  assert.deepEqual(problemsOf({}, { train: csv, validation: { ...train, ContentType: 'CSV; label_size=1' } }), []);
  assert.match(
    problemsOf({}, { train: { ...train, ContentType: 'text/csv; label_size=0' } })[0]!,
    /must say label_size=1 or nothing/,
  );
  assert.match(
    problemsOf({}, { train: { ...train, ContentType: 'application/json' } })[0]!,
    /it must be one of csv, text\/csv, libsvm/,
  );
  assert.match(
    problemsOf({}, { train, test: train })[0]!,
    /Channel "test" is not one of train, validation, model, code/,
  );
  assert.match(
    problemsOf({}, { train: { TrainingInputMode: 'Pipe', ContentType: 'application/x-parquet' } })[0]!,
    /Parquet is read from files/,
  );
  assert.match(problemsOf({ _kfold: '3' }, { train, model: train })[0]!, /_kfold trains .* not from channel "model"/);
  assert.match(problemsOf({ process_type: 'update', updater: 'prune' })[0]!, /channel "model" is missing/);
});

test('The library is given what was asked for, by its own names and once', () => {
  const { settings } = parseHyperparameters({
    num_round: '7',
    learning_rate: '0.3',
    eta: '0.3',
    objective: 'reg:linear',
    silent: '1',
    tree_method: 'gpu_hist',
    sketch_eps: '0.1',
    eval_metric: 'rmse, mae,mse',
    _tuning_objective_metric: 'validation:rmse',
  });
  assert.deepEqual(settings!.parameters, [
    ['objective', 'reg:squarederror'],
    ['eta', '0.3'],
    ['tree_method', 'hist'],
    ['verbosity', '0'],
    ['eval_metric', 'mae'],
    ['eval_metric', 'rmse'],
  ]);
  assert.deepEqual(settings!.metrics, ['mae', 'mse', 'rmse']);
  assert.deepEqual(settings!.ownMetrics, ['mse']);
  assert.equal(settings!.notices.length, 3);
  assert.equal(objectives.length + metricNames.length, 19 + 33);
});
