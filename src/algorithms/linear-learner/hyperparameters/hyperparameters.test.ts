import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultsOf } from '../../program/hyperparameters/hyperparameter.ts';
import { describeProblems } from '../../program/hyperparameters/parse.ts';
import { parseHyperparameters } from './hyperparameters.ts';
import { hyperparameterTable } from './table.ts';

const problemsOf = (given: Record<string, string>): readonly string[] =>
  (parseHyperparameters(given).problems ?? []).map(({ message }) => message);
const settingsOf = (given: Record<string, string>) => {
  const { settings, problems } = parseHyperparameters(given);
  assert.equal(problems, undefined);
  return settings!;
};

test("The breast-cancer notebook's hyperparameters are taken as they are", () => {
  const settings = settingsOf({
    feature_dim: '30',
    mini_batch_size: '100',
    predictor_type: 'regressor',
    epochs: '10',
    num_models: '32',
    loss: 'absolute_loss',
  });
  assert.equal(settings.featureDim, 30);
  assert.equal(settings.miniBatchSize, 100);
  assert.equal(settings.miniBatchSizeGiven, true);
  assert.equal(settings.epochs, 10);
  assert.equal(settings.numModels, 32);
  assert.equal(settings.loss, 'absolute_loss');
  assert.equal(settings.useBias, true);
  assert.equal(settings.learningRate, 'auto');
  assert.equal(settings.compatibility, 'linnet');
});

test('Every default is itself a valid value and means what the original resolves it to', () => {
  const settings = settingsOf({ ...defaultsOf(hyperparameterTable), predictor_type: 'binary_classifier' });
  assert.equal(settings.numCalibrationSamples, 10_000_000);
  assert.equal(settings.selection, 'accuracy');
  assert.equal(settings.normalizeData, true);
  assert.equal(settings.unbiasData, 'auto');
  assert.equal(settings.earlyStoppingPatience, 3);
  assert.equal(settings.numPointForScaler, 10_000);
  assert.deepEqual(settingsOf({ predictor_type: 'binary_classifier' }), {
    ...settings,
    miniBatchSizeGiven: false,
    epochsGiven: false,
    numPointForScaler: 'all',
  });
  assert.equal(settingsOf({ predictor_type: 'regressor', compatibility: 'amazon' }).numPointForScaler, 10_000);
});

test('Booleans come in any case, integers also as 100.0, internal names are accepted', () => {
  const settings = settingsOf({
    predictor_type: 'binary_classifier',
    use_bias: 'False',
    normalize_data: 'TRUE',
    unbias_label: 'Auto',
    mini_batch_size: '100.0',
    positive_example_weight_mult: 'balanced',
    num_calibration_samples: 'auto',
    _tuning_objective_metric: 'validation:objective_loss',
    _num_gpus: 'auto',
    _something_new: '1',
    force_dense: 'true',
    _data_format: 'record',
  });
  assert.equal(settings.useBias, false);
  assert.equal(settings.normalizeData, true);
  assert.equal(settings.unbiasLabel, 'auto');
  assert.equal(settings.miniBatchSize, 100);
  assert.equal(settings.positiveExampleWeightMult, 'balanced');
  assert.equal(settings.tuningObjectiveMetric, 'validation:objective_loss');
});

test('Names of older versions mean what they meant', () => {
  const f1 = settingsOf({
    predictor_type: 'binary_classifier',
    binary_classifier_model_selection_criteria: 'f1',
    f_beta: '2',
  });
  assert.equal(f1.selection, 'f_beta');
  assert.equal(f1.fBeta, 1);
  const loss = { binary_classifier_model_selection_criteria: 'cross_entropy_loss' };
  assert.equal(settingsOf({ predictor_type: 'binary_classifier', ...loss }).selection, 'loss_function');
});

test('All problems are named at once, each with its name, value and what it must be', () => {
  assert.deepEqual(
    problemsOf({
      epochs: '0',
      learning_rate: '-0.5',
      momentum: '1',
      optimizer: 'lbfgs',
      use_lr_scheduler: 'maybe',
      init_bias: 'NaN',
      n_classes: '3',
      zzz: 'x',
      seed: '-1',
    }),
    [
      'predictor_type is missing: it must be one of binary_classifier, multiclass_classifier, regressor',
      'epochs must be an integer of at least 1, not "0"',
      'init_bias must be a number, not "NaN"',
      'optimizer must be one of auto, sgd, adam, rmsprop, not "lbfgs"',
      'momentum must be auto or a number of at least 0 and below 1, not "1"',
      'learning_rate must be auto or a number above 0, not "-0.5"',
      'use_lr_scheduler must be true or false, not "maybe"',
      'seed must be an integer of at least 0 and at most 4294967295, not "-1"',
      '"n_classes" is not a hyperparameter of Linear Learner, did you mean num_classes',
      '"zzz" is not a hyperparameter of Linear Learner',
    ],
  );
  assert.equal(
    describeProblems(parseHyperparameters({ predictor_type: 'regressor', epochs: 'x', wd: 'y' }).problems!),
    '2 hyperparameters are wrong: epochs must be an integer of at least 1, not "x"; wd must be auto or a number of at least 0, not "y"',
  );
});

test('A loss must fit the predictor type', () => {
  assert.deepEqual(problemsOf({ predictor_type: 'multiclass_classifier', num_classes: '3', loss: 'hinge_loss' }), [
    'loss must be one of auto, softmax_loss for predictor_type multiclass_classifier, not "hinge_loss"',
  ]);
  assert.deepEqual(problemsOf({ predictor_type: 'regressor', loss: 'huber_loss' }), []);
  // As Amazon's notebook on Parquet sends it.
  assert.deepEqual(problemsOf({ predictor_type: 'binary_classifier', loss: 'absolute_loss' }), []);
});

test('A multiclass classifier needs at least three classes', () => {
  assert.deepEqual(problemsOf({ predictor_type: 'multiclass_classifier' }), [
    'num_classes is missing: for predictor_type multiclass_classifier it must be an integer of at least 3',
  ]);
  assert.deepEqual(problemsOf({ predictor_type: 'multiclass_classifier', num_classes: '2' }), [
    'num_classes is 2: for predictor_type multiclass_classifier it must be an integer of at least 3',
  ]);
  assert.deepEqual(problemsOf({ predictor_type: 'binary_classifier', num_classes: '2' }), []);
});

test('Any map gives settings or problems that name it', () => {
  const name = fc.oneof(fc.constantFrom(...hyperparameterTable.map((entry) => entry.name)), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.double().map(String))), (given) => {
      const { settings, problems } = parseHyperparameters(given);
      assert.notEqual(settings === undefined, problems === undefined);
      for (const problem of problems ?? []) assert.ok(problem.message.length > 0);
    }),
  );
});
