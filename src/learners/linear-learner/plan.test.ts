import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSettings } from './fit.testing.ts';
import type { Candidate } from './model.ts';
import { balancedMark, halfBalancedMark, makePlan, withFittedSchedules } from './plan.ts';
import type { LinearLearnerSettings } from './settings.ts';

const candidatesOf = (changes: Partial<LinearLearnerSettings>): readonly Candidate[] =>
  makePlan(makeSettings(changes)).candidates;
const distinct = (candidates: readonly Candidate[]): number =>
  new Set(candidates.map(({ index: _, ...point }) => JSON.stringify(point))).size;

test("The original's 32 models decode by the bits of their index", () => {
  for (const predictorType of ['regressor', 'binary_classifier'] as const) {
    const candidates = candidatesOf({ predictorType, compatibility: 'amazon' });
    assert.equal(candidates.length, 32);
    candidates.forEach((candidate, index) => {
      assert.deepEqual(candidate, {
        index,
        optimizer: 'adam',
        learningRate: (index & 4) === 0 ? 0.005 : 0.1,
        l1: 0,
        wd: [1e-4, 1e-2, 1, 100][index >> 3],
        lrSchedulerStep: (index & 1) === 0 ? 10 : 100,
        lrSchedulerFactor: 0.99,
        lrSchedulerMinimumLr: (index & 2) === 0 ? 1e-5 : 1e-4,
        positiveExampleWeightMult: 1,
      });
    });
  }
});

test('The default grid has 32 different models over eight weight decays, and 28 for several classes', () => {
  const candidates = candidatesOf({});
  assert.equal(distinct(candidates), 32);
  assert.deepEqual(
    [...new Set(candidates.map(({ wd }) => wd))].sort((a, b) => a - b),
    [1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1],
  );
  assert.equal(distinct(candidatesOf({ predictorType: 'multiclass_classifier', numClasses: 3 })), 28);
});

for (const compatibility of ['linnet', 'amazon'] as const) {
  test(`compatibility=${compatibility}: num_models=1 and tuning jobs train exactly the user's configuration`, () => {
    const given = {
      learningRate: 0.03,
      wd: 0.2,
      l1: 0.01,
      lrSchedulerStep: 7,
      lrSchedulerFactor: 0.5,
      lrSchedulerMinimumLr: 1e-3,
      optimizer: 'sgd' as const,
      compatibility,
    };
    const { optimizer, compatibility: _, ...numbers } = given;
    const expected = [{ index: 0, optimizer, ...numbers, positiveExampleWeightMult: 1 }];
    assert.deepEqual(candidatesOf({ ...given, numModels: 1 }), expected);
    assert.deepEqual(candidatesOf({ ...given, tuningObjectiveMetric: 'validation:objective_loss' }), expected);
    const [first] = candidatesOf({ numModels: 1, compatibility });
    assert.deepEqual(
      [first!.learningRate, first!.wd, first!.lrSchedulerStep, first!.lrSchedulerMinimumLr],
      [0.005, 1e-4, 10, 1e-5],
    );
  });

  test(`compatibility=${compatibility}: what the user fixed is fixed in every model`, () => {
    for (const candidate of candidatesOf({ wd: 0.5, learningRate: 0.02, compatibility }))
      assert.deepEqual([candidate.wd, candidate.learningRate], [0.5, 0.02]);
  });

  test(`compatibility=${compatibility}: fewer models vary learning rate and weight decay first`, () => {
    const four = candidatesOf({ numModels: 4, compatibility });
    assert.deepEqual(
      four.map(({ wd, learningRate, lrSchedulerStep }) => [wd, learningRate, lrSchedulerStep]),
      [
        [1e-4, 0.005, 10],
        [1e-4, 0.1, 10],
        [1e-2, 0.005, 10],
        [1e-2, 0.1, 10],
      ],
    );
    assert.equal(distinct(candidatesOf({ numModels: 31, compatibility })), 31);
  });
}

test('More models than the grid holds make it finer, all different, candidate 0 unchanged', () => {
  for (const changes of [{ numModels: 100 }, { numModels: 33 }, { numModels: 40, wd: 0.1 }]) {
    const candidates = candidatesOf(changes);
    assert.equal(candidates.length, changes.numModels);
    assert.equal(distinct(candidates), changes.numModels);
    assert.equal(candidates[0]!.wd, changes.wd ?? 1e-4);
    assert.equal(candidates[0]!.learningRate, 0.005);
    for (const { wd } of candidates) assert.ok(wd >= 1e-5 * (1 - 1e-9) && wd <= 0.3);
  }
  assert.equal(candidatesOf({ numModels: 40, wd: 0.1, learningRate: 0.1 }).length, 2);
});

test('Positive weights of auto are tried beside each other, candidate 0 with weight 1', () => {
  const candidates = candidatesOf({ predictorType: 'binary_classifier', positiveExampleWeightMult: 'auto' });
  assert.equal(candidates[0]!.positiveExampleWeightMult, 1);
  assert.deepEqual(
    [...new Set(candidates.map((candidate) => candidate.positiveExampleWeightMult))],
    [1, halfBalancedMark, balancedMark],
  );
});

test('Labels are standardised for regressors only, and nothing is shifted without an intercept', () => {
  assert.equal(makePlan(makeSettings({})).normalizeLabel, true);
  const classifier = makePlan(makeSettings({ predictorType: 'binary_classifier', normalizeLabel: true }));
  assert.deepEqual([classifier.normalizeLabel, classifier.unbiasLabel, classifier.unbiasData], [false, false, true]);
  const through = makePlan(makeSettings({ useBias: false }));
  assert.deepEqual([through.unbiasData, through.unbiasLabel, through.normalizeData], [false, false, true]);
});

test('Models that only stream try four rates where their penalty is given, the best of them first', () => {
  const rates = (changes: Partial<LinearLearnerSettings>): number[] => [
    ...new Set(candidatesOf(changes).map(({ learningRate }) => learningRate)),
  ];
  assert.deepEqual(rates({ exact: false, wd: 0.01 }), [0.02, 0.1, 0.005, 0.3]);
  assert.deepEqual(rates({ exact: false }), [0.005, 0.1]);
  assert.deepEqual(rates({ exact: false, wd: 0.01, learningRate: 0.7 }), [0.7]);
  assert.deepEqual(rates({ exact: false, wd: 0.01, compatibility: 'amazon' }), [0.005, 0.1]);
});

test('Fitted schedules let rates fall to a tenth and a hundredth by the last update, unless a step is given', () => {
  const settings = makeSettings({ exact: false, wd: 0.01 });
  for (const updates of [1500, 20_000]) {
    const shares = withFittedSchedules(settings, makePlan(settings).candidates, updates).map(
      ({ lrSchedulerFactor, lrSchedulerStep }) => lrSchedulerFactor ** Math.floor(updates / lrSchedulerStep),
    );
    shares.forEach((share, index) => {
      const wanted = index % 2 === 0 ? 0.1 : 0.01;
      assert.ok(Math.abs(Math.log(share / wanted)) < 0.5, `candidate ${index}: ${share}`);
    });
  }
  const given = makeSettings({ exact: false, lrSchedulerStep: 40 });
  assert.ok(
    withFittedSchedules(given, makePlan(given).candidates, 1500).every(({ lrSchedulerStep }) => lrSchedulerStep === 40),
  );
});
