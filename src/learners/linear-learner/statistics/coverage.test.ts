import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitLinearLearner } from '../fit.ts';
import { normal, seededRandom } from '../random.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../testing.ts';

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
