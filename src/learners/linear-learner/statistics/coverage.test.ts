import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibratedClasses } from '../../calibration/calibration.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { plusInterval, provenCoverage } from './held-out/jackknife-plus.ts';

// How often intervals hold the truth, over simulated sets whose truth is known. The full thousand of each kind is
// `npm run bench -- coverage`.

const setCount = 200;
const truth = [0.5, 1, -0.7, 0];
const intercept = 0.2;

interface Kind {
  name: string;
  settings: Partial<LinearLearnerSettings>;
  rowCount: number;
  /** Label of a row whose score is `eta`. */
  label(eta: number, x: readonly number[], random: () => number): number;
  /** Which intervals are valid. */
  robustOnly?: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'least squares', settings: {}, rowCount: 80, label: (eta, _, random) => eta + normal(random) },
  {
    name: 'least squares of unlike spread',
    settings: {},
    rowCount: 120,
    label: (eta, [first], random) => eta + normal(random) * (0.3 + Math.abs(first!)),
    robustOnly: true,
  },
  {
    name: 'logistic regression',
    settings: { predictorType: 'binary_classifier' },
    rowCount: 150,
    label: (eta, _, random) => (random() < 1 / (1 + Math.exp(-eta)) ? 1 : 0),
  },
  {
    name: 'the median',
    settings: { loss: 'absolute_loss' },
    rowCount: 150,
    label: (eta, _, random) => eta + normal(random) * (1 + 3 * Number(random() < 0.1)),
  },
];

for (const { name, settings, rowCount, label, robustOnly } of kinds) {
  test(`Intervals of 95 % of ${name} hold the truth about as often, and so do conformal ones of 90 % for new rows`, async () => {
    const random = seededRandom(7);
    const row = (): number[] => {
      const x = truth.map(() => normal(random));
      const eta = x.reduce((sum, value, j) => sum + value * truth[j]!, intercept);
      return [label(eta, x, random), ...x];
    };
    let [held, robustHeld, all, predicted, allPredicted] = [0, 0, 0, 0, 0];
    for (let set = 0; set < setCount; set += 1) {
      const { statistics, model } = await fitLinearLearner(
        makeSettings({ statistics: 'auto', numModels: 1, epochs: 1, ...settings }),
        { train: sourceOf(blockOf(Array.from({ length: rowCount }, row))) },
        quietObserver,
        { nowMs: () => 0 },
      );
      const { inference, conformal } = statistics!;
      assert.ok(!('missing' in inference) && !('missing' in conformal));
      for (const { feature, low, high, robustLow, robustHigh } of inference.coefficients) {
        const due = feature === null ? intercept : truth[feature]!;
        all += 1;
        if (low <= due && due <= high) held += 1;
        if (robustLow <= due && due <= robustHigh) robustHeld += 1;
      }
      const { radius } = conformal.quantiles.find(({ level }) => level === 0.9)!;
      for (let fresh = 0; fresh < 10; fresh += 1) {
        const [y, ...x] = row();
        const score = x.reduce((sum, value, j) => sum + value * model.weights[j]!, model.bias[0]!);
        const p = 1 / (1 + Math.exp(-score));
        const strangeness = conformal.kind === 'interval' ? Math.abs(y! - score) : y === 1 ? 1 - p : p;
        allPredicted += 1;
        if (strangeness <= radius!) predicted += 1;
      }
    }
    // Three standard errors of a share over dependent intervals are about 2.5 points.
    const within = (share: number, due: number): void =>
      assert.ok(Math.abs(share - due) < 0.025, `${(100 * share).toFixed(1)} % instead of ${100 * due} %`);
    if (robustOnly === true) assert.ok(held / all < 0.94, `${held / all}`);
    else within(held / all, 0.95);
    within(robustHeld / all, 0.95);
    within(predicted / allPredicted, 0.9);
  });
}

for (const { classes, level } of [
  { classes: 2, level: 0.9 },
  { classes: 3, level: 0.8 },
]) {
  test(`Sets of ${classes} classes from a validation channel hold as many labels as they promise`, async () => {
    const random = seededRandom(13);
    const row = (): number[] => {
      const x = truth.map(() => normal(random));
      const score = x.reduce((sum, value, j) => sum + value * truth[j]!, 0);
      const utilities = Array.from({ length: classes }, (_, k) => k * score - Math.log(-Math.log(random())));
      return [utilities.indexOf(Math.max(...utilities)), ...x];
    };
    const [sets, calibrating, fresh] = [150, 100, 50];
    let held = 0;
    for (let set = 0; set < sets; set += 1) {
      // Few rows and hardly a penalty: the model is too sure of itself.
      const [train, validation] = [25, calibrating].map((count) =>
        sourceOf(blockOf(Array.from({ length: count }, row))),
      );
      const { statistics, model } = await fitLinearLearner(
        makeSettings({
          ...(classes === 2
            ? { predictorType: 'binary_classifier' }
            : { predictorType: 'multiclass_classifier', loss: 'auto', numClasses: classes }),
          statistics: true,
          confidenceLevel: level,
          numModels: 1,
          epochs: 1,
          wd: 1e-3,
          l1: 0,
        }),
        { train, validation },
        quietObserver,
        { nowMs: () => 0 },
      );
      const { conformal } = statistics!;
      assert.ok(!('missing' in conformal) && conformal.kind === 'set' && conformal.method === 'validation');
      const { radius } = conformal.quantiles.find((each) => each.level === level)!;
      const K = model.outputCount;
      for (let count = 0; count < fresh; count += 1) {
        const [label, ...x] = row();
        const scores = Array.from(model.bias, (bias, k) =>
          x.reduce((sum, value, j) => sum + value * model.weights[j * K + k]!, bias),
        );
        const shares = K === 1 ? [1 / (1 + Math.exp(scores[0]!))] : calibratedClasses({ kind: 'identity' }, scores);
        if (K === 1) (shares as number[]).push(1 - shares[0]!);
        if (1 - shares[label!]! <= radius!) held += 1;
      }
    }
    // The mean over sets is between the level and 1 / (n + 1) above; a set's own share scatters as Beta(k, n + 1 - k) does.
    const variance = (level * (1 - level) * (1 / (calibrating + 2) + 1 / fresh)) / sets;
    const share = held / (sets * fresh);
    const scatter = 3.5 * Math.sqrt(variance);
    assert.ok(share > level - scatter && share < level + 1 / (calibrating + 1) + scatter, `${share}`);
  });
}

for (const [way, settings] of [
  ['least squares', { wd: 0, l1: 0 }],
  ['a weak ridge', { wd: 1e-4, l1: 0 }],
] as const) {
  test(`With as many features as rows intervals of 90 % by ${way} without each row still hold new labels`, async () => {
    const random = seededRandom(5);
    const size = 40;
    const row = (): number[] => {
      const x = Array.from({ length: size }, () => normal(random));
      return [x.slice(0, 4).reduce((sum, value) => sum + value, normal(random)), ...x];
    };
    const [sets, fresh] = [40, 20];
    let held = 0;
    for (let set = 0; set < sets; set += 1) {
      const { statistics, model } = await fitLinearLearner(
        makeSettings({ statistics: true, numModels: 1, epochs: 1, ...settings }),
        { train: sourceOf(blockOf(Array.from({ length: size }, row))) },
        quietObserver,
        { nowMs: () => 0 },
      );
      const { conformal } = statistics!;
      assert.ok(!('missing' in conformal) && conformal.plus !== undefined && !('missing' in conformal.plus));
      assert.equal(conformal.plus.method, 'jackknife+');
      assert.deepEqual(
        conformal.plus.proven!.map(({ coverage }) => Number(coverage.toFixed(9))),
        [0, 0.6, 0.8, 0.9, 0.98],
        'of 50, 80, 90, 95 and 99 %',
      );
      // Around the served prediction such intervals held 0 to 70 %.
      assert.ok(conformal.quantiles.every(({ radius }) => radius === null));
      for (let each = 0; each < fresh; each += 1) {
        const [y, ...x] = row();
        const { low, high } = plusInterval(conformal.plus, model, x, 0.9);
        if (low! <= y! && y! <= high!) held += 1;
      }
    }
    const share = held / sets / fresh;
    assert.ok(share > 0.86 && share < 0.96, `${share}`);
  });
}

test('An interval is the quantiles of predictions without each fold, moved by the residuals of its rows', () => {
  const folds = [
    { bias: 1, weights: Float64Array.of(2), residuals: Float64Array.of(0.5, 0.25) },
    { bias: 0, weights: Float64Array.of(3), residuals: Float64Array.of(1, 0) },
  ];
  // At x = 1 both predict 3: upper ends are 3, 3.25, 3.5, 4. Of five ranks 60 % is the third, 80 % the fourth.
  assert.deepEqual(plusInterval({ rowCount: 4, folds }, {}, [1], 0.6), { low: 2.5, high: 3.5 });
  assert.deepEqual(plusInterval({ rowCount: 4, folds }, {}, [1], 0.8), { low: 2, high: 4 });
  assert.deepEqual(plusInterval({ rowCount: 4, folds }, {}, [1], 0.9), { low: null, high: null });
  // At x = 3 they predict 7 and 9.
  assert.deepEqual(plusInterval({ rowCount: 4, folds }, {}, [3], 0.6), { low: 6.75, high: 9 });
  // A cut of predictions cuts those without a fold too.
  assert.deepEqual(plusInterval({ rowCount: 4, folds }, { range: { low: 0, high: 8 } }, [3], 0.6), {
    low: 6.75,
    high: 8,
  });
});

test('What is proven is 1 - 2 alpha for rows left out alone, and a little less for folds', () => {
  assert.ok(Math.abs(provenCoverage(0.95, 60, 60) - 0.9) < 1e-12);
  assert.ok(Math.abs(provenCoverage(0.95, 1000, 20) - (0.9 - (2 * 0.95) / 51)) < 1e-12);
  assert.equal(provenCoverage(0.5, 1000, 20), 0);
});
