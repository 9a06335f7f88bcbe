/** Everything that is measured of predicted numbers. */
import type { Metric, RegressionNumbers } from './document.ts';
import { histogram } from './histogram.ts';
import type { Baseline } from './input.ts';
import { mean, momentsOf, quantile, share, z95 } from './intervals.ts';
import { normalQuantile } from './normal-quantile.ts';
import { orderOf } from './ranked.ts';
import { stabilityOf } from './stability.ts';

export interface RegressionInput {
  predictions: Float64Array;
  labels: Float64Array;
  baseline: Baseline;
  random: () => number;
}

const binsMax = 10;
const binRowsMin = 20;
const levels = [0.5, 0.8, 0.9, 0.95];

/** Prediction less label. */
const residualsOf = ({ predictions, labels }: RegressionInput): Float64Array =>
  predictions.map((value, row) => value - labels[row]);

export function regressionNumbers(input: RegressionInput): RegressionNumbers {
  const { labels } = input;
  const residuals = residualsOf(input);
  const sorted = residuals.slice().sort();
  const { mean: centre, deviation } = momentsOf(residuals);
  const [low, high] = sorted.length === 0 ? [0, 0] : [quantile(sorted, 0.01), quantile(sorted, 0.99)];
  const { edges, rows } = histogram(residuals, { low, high, binCount: 24, classOf: () => 0, classCount: 1 });
  return {
    byPrediction: byPrediction(input, residuals),
    residuals: { edges, rows: rows[0], mean: centre, deviation },
    quantiles: deviation > 0 ? quantilesOf(sorted, centre, deviation) : [],
    intervals: intervalsOf(residuals),
    stability: stabilityOf(labels.length, resampled(residuals, labels), input.random),
  };
}

/** Metrics of the held-out rows, each beside what always predicting the training labels' mean or median would have. */
export function regressionMetrics(input: RegressionInput): Metric[] {
  const { labels, baseline } = input;
  const residuals = residualsOf(input);
  const absolute = mean(residuals.map(Math.abs));
  const squared = mean(residuals.map((value) => value * value));
  const of = (guess: number, power: 1 | 2): number =>
    mean(labels.map((label) => Math.abs(label - guess) ** power)).value;
  const total = of(mean(labels).value, 2);
  const root = (value: number | null): number | null => (value === null ? null : Math.sqrt(Math.max(0, value)));
  const explained = total === 0 ? 0 : 1 - squared.value / total;
  return [
    { name: 'mean absolute error', ...absolute, baseline: of(baseline.median, 1), better: 'lower' },
    {
      name: 'root mean squared error',
      value: Math.sqrt(squared.value),
      low: root(squared.low),
      high: root(squared.high),
      baseline: Math.sqrt(of(baseline.mean, 2)),
      better: 'lower',
    },
    {
      name: 'R²',
      value: explained,
      ...explainedInterval(residuals, labels, explained),
      baseline: total === 0 ? 0 : 1 - of(baseline.mean, 2) / total,
      better: 'higher',
    },
  ];
}

/** By the delta method: R² is 1 less a ratio of two means over the same rows. */
function explainedInterval(residuals: Float64Array, labels: Float64Array, value: number) {
  const n = labels.length;
  const centre = mean(labels).value;
  const total = mean(labels.map((label) => (label - centre) ** 2)).value;
  if (n < 3 || total === 0) return { low: null, high: null };
  const influence = residuals.map(
    (residual, row) => (residual ** 2 - (1 - value) * (labels[row] - centre) ** 2) / total,
  );
  const radius = (z95 * momentsOf(influence).deviation) / Math.sqrt(n);
  return { low: value - radius, high: Math.min(1, value + radius) };
}

function byPrediction(
  { predictions, labels }: RegressionInput,
  residuals: Float64Array,
): RegressionNumbers['byPrediction'] {
  const order = orderOf(predictions);
  const count = Math.min(binsMax, Math.max(1, Math.floor(order.length / binRowsMin)));
  return Array.from({ length: count }, (_, bin) => {
    const rows = order.subarray(
      Math.floor((bin * order.length) / count),
      Math.floor(((bin + 1) * order.length) / count),
    );
    const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]);
    const own = pick(residuals).sort();
    return {
      rows: rows.length,
      predicted: mean(pick(predictions)).value,
      label: mean(pick(labels)),
      residual: {
        mean: mean(own).value,
        p10: quantile(own, 0.1),
        median: quantile(own, 0.5),
        p90: quantile(own, 0.9),
      },
    };
  });
}

/** At 39 levels: none of them is a single row's where there are enough rows. */
function quantilesOf(sorted: Float64Array, centre: number, deviation: number): RegressionNumbers['quantiles'] {
  return Array.from({ length: 39 }, (_, at) => {
    const level = (at + 1) / 40;
    return [normalQuantile(level), (quantile(sorted, level) - centre) / deviation];
  });
}

/** Split conformal intervals from the rows at odd places, tried on those at even ones. Source: J. Lei et al., JASA 113 (2018) 1094. */
function intervalsOf(residuals: Float64Array): RegressionNumbers['intervals'] {
  const sizes = residuals.map(Math.abs);
  const made = sizes.filter((_, at) => at % 2 === 0).sort();
  const tried = sizes.filter((_, at) => at % 2 === 1);
  return levels.flatMap((level) => {
    const place = Math.ceil(level * (made.length + 1)) - 1;
    const radius = made[place];
    if (radius === undefined || tried.length === 0) return [];
    const inside = tried.filter((size) => size <= radius).length;
    return [{ level, radius, coverage: share(inside, tried.length), rows: tried.length }];
  });
}

function resampled(residuals: Float64Array, labels: Float64Array): (counts: Uint32Array) => Record<string, number> {
  return (counts) => {
    let [total, absolute, squares, sum, sumSquares] = [0, 0, 0, 0, 0];
    for (let row = 0; row < labels.length; row += 1) {
      const count = counts[row];
      total += count;
      absolute += count * Math.abs(residuals[row]);
      squares += count * residuals[row] ** 2;
      sum += count * labels[row];
    }
    for (let row = 0; row < labels.length; row += 1) sumSquares += counts[row] * (labels[row] - sum / total) ** 2;
    return {
      'mean absolute error': absolute / total,
      'root mean squared error': Math.sqrt(squares / total),
      'R²': sumSquares === 0 ? 0 : 1 - squares / sumSquares,
    };
  };
}
