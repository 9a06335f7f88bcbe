import {
  calibrated,
  calibratedClasses,
  type FitObserver,
  fitLinearLearner,
  plusInterval,
} from '../../src/learners/index.ts';
import { normalFrom, uniformFrom } from '../data/random.ts';
import type { BenchCase, Row } from '../framework/case.ts';
import { settingsOf, sourceOf } from '../wdbc.ts';

/** Rows whose true coefficients are known. */
interface Kind {
  name: string;
  settings: Readonly<Record<string, string>>;
  rowCount: number;
  features: number;
  label(eta: number, x: readonly number[], uniform: () => number, normal: () => number): number;
  /** Of output k, where it is not the common one. */
  truth?(output: number, feature: number | null, common: number): number;
  /** The model's own errors are wrong on purpose, and only the robust ones are held to the level. */
  robustOnly?: boolean;
  /** Too few rows for tests: the intervals of predictions by models without each fold are held to the level. */
  plusOnly?: boolean;
}

const coefficients = [0.5, 1, -0.7, 0, 0.3];
const intercept = 0.2;
const level = 95;
const freshRows = 20;

const heavy = (normal: () => number): number => (normal() / Math.hypot(normal(), normal(), normal())) * Math.sqrt(3);
const gumbel = (uniform: () => number): number => -Math.log(-Math.log(Math.max(uniform(), 1e-12)));

const kinds: readonly Kind[] = [
  {
    name: 'squared loss',
    settings: { predictor_type: 'regressor' },
    rowCount: 100,
    features: 5,
    label: (eta, _x, _u, normal) => eta + normal(),
  },
  {
    name: 'squared loss, unlike spread',
    settings: { predictor_type: 'regressor' },
    rowCount: 100,
    features: 3,
    label: (eta, [first = 0], _u, normal) => eta + normal() * (0.3 + Math.abs(first)),
    robustOnly: true,
  },
  {
    name: 'logistic',
    settings: { predictor_type: 'binary_classifier' },
    rowCount: 200,
    features: 4,
    label: (eta, _x, uniform) => (uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0),
  },
  {
    name: 'softmax, 3 classes',
    settings: { predictor_type: 'multiclass_classifier', num_classes: '3' },
    rowCount: 500,
    features: 4,
    label(eta, [first = 0], uniform) {
      const utilities = [gumbel(uniform), eta + gumbel(uniform), -0.5 * eta + first + gumbel(uniform)];
      return utilities.indexOf(Math.max(...utilities));
    },
    truth: (output, feature, common) => (output === 1 ? common : -0.5 * common + (feature === 0 ? 1 : 0)),
  },
  {
    name: 'huber loss, heavy tails',
    settings: { predictor_type: 'regressor', loss: 'huber_loss', huber_delta: '1.345' },
    rowCount: 150,
    features: 4,
    label: (eta, _x, _u, normal) => eta + heavy(normal),
  },
  {
    name: 'absolute loss, heavy tails',
    settings: { predictor_type: 'regressor', loss: 'absolute_loss' },
    rowCount: 200,
    features: 4,
    label: (eta, _x, _u, normal) => eta + heavy(normal),
  },
  {
    name: 'quantile loss, 0.8',
    settings: { predictor_type: 'regressor', loss: 'quantile_loss', quantile: '0.8' },
    rowCount: 200,
    features: 4,
    label: (eta, _x, _u, normal) => eta + normal() - 0.841_621_233_572_914_2,
  },
  {
    name: 'squared loss, as many features as rows',
    settings: { predictor_type: 'regressor', wd: '0.0001', l1: '0' },
    rowCount: 60,
    features: 60,
    label: (eta, _x, _u, normal) => eta + normal(),
    plusOnly: true,
  },
];

const quiet: FitObserver = {
  notice: () => {},
  warn: () => {},
  scaler: () => {},
  candidates: () => {},
  epoch: () => {},
};

/** Shares in per cent; null of what there is not. */
interface Coverage {
  own: number | null;
  robust: number | null;
  conformal: number | null;
  plus: number | null;
}

async function coverageOf(kind: Kind, sets: number): Promise<Coverage> {
  const uniform = uniformFrom(11);
  const normal = normalFrom(uniform);
  const due = (feature: number | null): number => (feature === null ? intercept : (coefficients[feature] ?? 0));
  const row = (): number[] => {
    const x = Array.from({ length: kind.features }, () => normal());
    const last = kind.features - 1;
    // Correlated columns, as real ones are.
    x[last] = 0.8 * (x[last] ?? 0) + 0.6 * (x[0] ?? 0);
    const eta = x.reduce((sum, value, j) => sum + value * due(j), intercept);
    return [kind.label(eta, x, uniform, normal), ...x];
  };
  const settings = settingsOf({ ...kind.settings, num_models: '1', epochs: '1' });
  const counts = { own: 0, robust: 0, coefficients: 0, conformal: 0, plus: 0, fresh: 0 };
  const missing = { conformal: false, plus: false };
  for (let set = 0; set < sets; set += 1) {
    const rows = Array.from({ length: kind.rowCount }, row);
    const block = {
      rowCount: kind.rowCount,
      featureCount: kind.features,
      features: Float32Array.from(rows.flatMap((each) => each.slice(1))),
      labels: Float64Array.from(rows, ([label = 0]) => label),
    };
    const { statistics, model } = await fitLinearLearner(settings, { train: sourceOf('train', block) }, quiet, {
      nowMs: () => Date.now(),
    });
    if (statistics === undefined || 'missing' in statistics.conformal) throw new Error(`${kind.name}: no statistics`);
    const { conformal, inference } = statistics;
    if ('missing' in inference && kind.plusOnly !== true) throw new Error(`${kind.name}: ${inference.missing}`);
    const tested = 'missing' in inference ? [] : inference.coefficients;
    for (const { feature, output, low, high, robustLow, robustHigh } of tested) {
      const truth = kind.truth?.(output, feature, due(feature)) ?? due(feature);
      counts.coefficients += 1;
      if (low <= truth && truth <= high) counts.own += 1;
      if (robustLow <= truth && truth <= robustHigh) counts.robust += 1;
    }
    const radius = conformal.quantiles.find((each) => each.level === level / 100)?.radius ?? Number.POSITIVE_INFINITY;
    if (radius === Number.POSITIVE_INFINITY) missing.conformal = true;
    const plus = conformal.plus === undefined || 'missing' in conformal.plus ? undefined : conformal.plus;
    if (plus === undefined) missing.plus = true;
    for (let fresh = 0; fresh < freshRows; fresh += 1) {
      const [label = 0, ...x] = row();
      const K = model.outputCount;
      const scores = Array.from(model.bias, (bias, k) =>
        x.reduce((sum, value, j) => sum + value * (model.weights[j * K + k] ?? 0), bias),
      );
      let strangeness = Math.abs(label - (scores[0] ?? 0));
      if (conformal.kind === 'set') {
        const map = { kind: 'identity' } as const;
        const one = calibrated(map, scores[0] ?? 0);
        strangeness = 1 - (K > 1 ? (calibratedClasses(map, scores)[label] ?? 0) : label === 1 ? one : 1 - one);
      }
      counts.fresh += 1;
      if (plus !== undefined) {
        const { low, high } = plusInterval(plus, model, x, level / 100);
        if (label >= (low ?? Number.NEGATIVE_INFINITY) && label <= (high ?? Number.POSITIVE_INFINITY)) counts.plus += 1;
      }
      if (strangeness <= radius) counts.conformal += 1;
    }
  }
  const share = (count: number, of: number): number | null => (of === 0 ? null : (100 * count) / of);
  return {
    own: share(counts.own, counts.coefficients),
    robust: share(counts.robust, counts.coefficients),
    conformal: share(counts.conformal, missing.conformal ? 0 : counts.fresh),
    plus: share(counts.plus, missing.plus ? 0 : counts.fresh),
  };
}

export const coverageCases: readonly BenchCase[] = [
  {
    id: 'coverage',
    title: `How often intervals of ${level} % hold the truth, over simulated sets`,
    async run(bench) {
      const sets = bench.quick ? 50 : 1000;
      const rows: Row[] = [];
      for (const kind of kinds) {
        bench.log(`${kind.name}: ${sets} sets of ${kind.rowCount} rows`);
        const { own, robust, conformal, plus } = await coverageOf(kind, sets);
        const value = (kind.plusOnly === true ? plus : kind.robustOnly === true ? robust : own) ?? Number.NaN;
        rows.push({
          what: `${kind.name}, ${sets} sets of ${kind.rowCount} x ${kind.features}`,
          label: kind.name,
          value,
          unit: '%',
          reached: Math.abs(value - level) <= 1,
          figures: Object.fromEntries(
            Object.entries({ 'model %': own, 'robust %': robust, 'conformal %': conformal, 'plus %': plus }).flatMap(
              ([name, share]) => (share === null ? [] : [[name, share]]),
            ),
          ),
          note: `within a point of ${level} %${kind.robustOnly === true ? '; the robust intervals, since the model is wrong on purpose' : kind.plusOnly === true ? '; intervals of predictions, by models without each fold' : ''}`,
        });
      }
      return { rows };
    },
  },
];
