/** How far predicted probabilities are what happens. */
import type { Calibration, CalibrationBin } from './document.ts';
import { share, z95 } from './intervals.ts';
import type { Ranked } from './ranked.ts';

/** A probability of 0 or 1 has no log-odds. */
const leastProbability = 1e-12;
const binsMax = 10;
const binRowsMin = 20;

/** Scores are probabilities. */
export function calibrationOf(rows: Ranked): Calibration {
  const { scores: probabilities, labels } = rows;
  const logOdds = probabilities.map((p) => {
    const inner = Math.min(1 - leastProbability, Math.max(leastProbability, p));
    return Math.log(inner / (1 - inner));
  });
  let squares = 0;
  for (let row = 0; row < labels.length; row += 1) squares += (probabilities[row] - labels[row]) ** 2;
  const both = logisticFit(logOdds, labels, false);
  const alone = logisticFit(logOdds, labels, true);
  const measured = (value: number, error: number) => ({ value, low: value - z95 * error, high: value + z95 * error });
  return {
    slope: both === undefined ? null : measured(both.slope, both.slopeError),
    intercept: alone === undefined ? null : measured(alone.intercept, alone.interceptError),
    brier: squares / Math.max(1, labels.length),
    bins: binsOf(rows),
  };
}

interface LogisticFit {
  intercept: number;
  slope: number;
  interceptError: number;
  slopeError: number;
}

/** The label's logistic regression on x, the slope held at 1 where asked, by Newton's method; undefined where it has no maximum. */
function logisticFit(x: Float64Array, labels: Uint8Array, fixedSlope: boolean): LogisticFit | undefined {
  let [intercept, slope] = [0, 1];
  for (let step = 0; step < 100; step += 1) {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    for (let row = 0; row < x.length; row += 1) {
      const p = 1 / (1 + Math.exp(-(intercept + slope * x[row])));
      const [gap, weight] = [labels[row] - p, p * (1 - p)];
      g0 += gap;
      g1 += gap * x[row];
      h00 += weight;
      h01 += weight * x[row];
      h11 += weight * x[row] ** 2;
    }
    const determinant = fixedSlope ? h00 : h00 * h11 - h01 * h01;
    if (!(determinant > 1e-12 * Math.max(1, h00 * h11))) return undefined;
    const [d0, d1] = fixedSlope
      ? [g0 / h00, 0]
      : [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
    // A long step would leave the region where the quadratic is any good.
    const scale = Math.min(1, 5 / Math.max(Math.abs(d0), Math.abs(d1)));
    intercept += scale * d0;
    slope += scale * d1;
    if (Math.abs(intercept) > 1e3 || Math.abs(slope) > 1e3) return undefined;
    if (Math.abs(d0) + Math.abs(d1) > 1e-11 * (1 + Math.abs(intercept) + Math.abs(slope))) continue;
    return {
      intercept,
      slope,
      interceptError: Math.sqrt(fixedSlope ? 1 / h00 : h11 / determinant),
      slopeError: fixedSlope ? 0 : Math.sqrt(h00 / determinant),
    };
  }
  return undefined;
}

/** Bins of equal numbers of rows, by rising probability. */
function binsOf({ scores, labels }: Ranked): CalibrationBin[] {
  const n = scores.length;
  const count = Math.min(binsMax, Math.max(1, Math.floor(n / binRowsMin)));
  return Array.from({ length: count }, (_, bin) => {
    const [from, to] = [Math.floor((bin * n) / count), Math.floor(((bin + 1) * n) / count)];
    let [predicted, positives] = [0, 0];
    // The rows stand by falling probability.
    for (let place = n - to; place < n - from; place += 1) {
      predicted += scores[place];
      positives += labels[place];
    }
    const rows = to - from;
    return { rows, positives, predicted: predicted / rows, observed: share(positives, rows) };
  });
}
