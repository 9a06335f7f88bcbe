/** Curves over all thresholds of a binary classifier. */
import type { Measured, Point } from './document.ts';
import { z95 } from './intervals.ts';
import { areaOf, placeOf, type Ranked } from './ranked.ts';

/** Points that a curve keeps: more cannot be told apart in a picture. */
const pointsMax = 200;

/** [false positive rate, true positive rate], and the area with DeLong's interval. */
export function rocOf(rows: Ranked): { area: Measured; points: Point[] } {
  const { positives, negatives, truePositives, falsePositives } = rows;
  const points = thinned(
    Array.from(
      truePositives,
      (tp, at): Point => [falsePositives[at] / Math.max(1, negatives), tp / Math.max(1, positives)],
    ),
  );
  return { area: areaInterval(rows), points: [[0, 0], ...points] };
}

/**
 * The variance of the area by the placements of each row among the other class. Source: E. DeLong, D. DeLong and
 * D. Clarke-Pearson, Biometrics 44 (1988) 837; by ranks as X. Sun and W. Xu, IEEE Signal Process. Lett. 21 (2014) 1389.
 */
function areaInterval(rows: Ranked): Measured {
  const { positives: m, negatives: n, truePositives, falsePositives } = rows;
  const value = areaOf(rows);
  if (m < 2 || n < 2) return { value, low: null, high: null };
  let [ofPositives, ofNegatives] = [0, 0];
  let [tp, fp] = [0, 0];
  for (let at = 0; at < truePositives.length; at += 1) {
    const here = truePositives[at] - tp;
    const there = falsePositives[at] - fp;
    ofPositives += here * ((n - fp - there / 2) / n - value) ** 2;
    ofNegatives += there * ((tp + here / 2) / m - value) ** 2;
    tp = truePositives[at];
    fp = falsePositives[at];
  }
  const error = Math.sqrt(ofPositives / (m - 1) / m + ofNegatives / (n - 1) / n);
  return { value, low: Math.max(0, value - z95 * error), high: Math.min(1, value + z95 * error) };
}

/** [recall, precision], and the mean precision over the rises of recall, as scikit-learn defines it. */
export function precisionRecallOf({ positives, truePositives, falsePositives }: Ranked): {
  averagePrecision: number;
  points: Point[];
} {
  let averagePrecision = 0;
  const all = Array.from(truePositives, (tp, at): Point => {
    const precision = tp / (tp + falsePositives[at]);
    averagePrecision += ((tp - (truePositives[at - 1] ?? 0)) / Math.max(1, positives)) * precision;
    return [tp / Math.max(1, positives), precision];
  });
  return { averagePrecision, points: thinned(all) };
}

/** Share of the positives among the rows of the highest scores, by twentieths of the rows. */
export function gainOf({ positives, negatives, truePositives, falsePositives }: Ranked): Point[] {
  const total = positives + negatives;
  const steps = 20;
  let at = 0;
  return Array.from({ length: steps + 1 }, (_, step): Point => {
    const count = (step * total) / steps;
    while (at < truePositives.length - 1 && truePositives[at] + falsePositives[at] < count) at += 1;
    const [tp, fp] = [truePositives[at - 1] ?? 0, falsePositives[at - 1] ?? 0];
    const width = truePositives[at] + falsePositives[at] - tp - fp;
    // Rows of one score come in no order: as many positives as their share.
    const within = width === 0 ? 0 : Math.min(1, (count - tp - fp) / width);
    return [step / steps, (tp + within * (truePositives[at] - tp)) / Math.max(1, positives)];
  });
}

/**
 * Net benefit of calling by the model, and of calling every row: TP/n - FP/n * p / (1 - p). Source: A. Vickers and E. Elkin,
 * Med. Decis. Making 26 (2006) 565.
 */
export function decisionOf(rows: Ranked): { threshold: number; model: number; all: number }[] {
  const { positives, negatives } = rows;
  const n = positives + negatives;
  return Array.from({ length: 99 }, (_, at) => {
    const threshold = (at + 1) / 100;
    const odds = threshold / (1 - threshold);
    const place = placeOf(rows, threshold);
    const [tp, fp] = [rows.truePositives[place] ?? 0, rows.falsePositives[place] ?? 0];
    return { threshold, model: (tp - fp * odds) / n, all: (positives - negatives * odds) / n };
  });
}

/** Evenly along the curve, with both ends. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= pointsMax) return [...points];
  return Array.from({ length: pointsMax }, (_, at) => points[Math.round((at * (points.length - 1)) / (pointsMax - 1))]);
}
