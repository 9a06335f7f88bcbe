/** Everything that is measured of a classifier of two classes. */
import { calibrationOf } from './calibration.ts';
import { decisionOf, gainOf, precisionRecallOf, rocOf } from './curves.ts';
import type { BinaryNumbers, Metric } from './document.ts';
import { histogram } from './histogram.ts';
import type { Answers, Baseline } from './input.ts';
import { mean, share } from './intervals.ts';
import { type Ranked, ranked } from './ranked.ts';
import { stabilityOf } from './stability.ts';
import { confusionAt, cutsOf, wantedOf } from './thresholds.ts';

const leastProbability = 1e-15;

/** Log-loss of each row, of probabilities. */
export const logLosses = (probabilities: Float64Array, labels: Float64Array): Float64Array =>
  probabilities.map((p, row) => -Math.log(Math.max(leastProbability, labels[row] === 1 ? p : 1 - p)));

export interface BinaryInput {
  answers: Answers;
  labels: Float64Array;
  baseline: Baseline;
  random: () => number;
}

export function binaryNumbers({ answers, labels, random }: BinaryInput): BinaryNumbers {
  const { scores, probabilities, threshold } = answers;
  const rows = ranked(scores, labels);
  const [low, high] = probabilities ? [0, 1] : [rows.thresholds.at(-1) ?? 0, rows.thresholds[0] ?? 1];
  const { edges, rows: byClass } = histogram(scores, {
    low,
    high,
    binCount: 20,
    classOf: (row) => labels[row],
    classCount: 2,
  });
  return {
    probabilities,
    confusion: confusionAt(rows, threshold),
    cuts: cutsOf(rows, probabilities),
    wanted: wantedOf(rows),
    roc: rocOf(rows),
    precisionRecall: precisionRecallOf(rows),
    gain: gainOf(rows),
    calibration: probabilities ? calibrationOf(rows) : null,
    decision: probabilities ? decisionOf(rows) : null,
    histogram: { edges, negative: byClass[0], positive: byClass[1] },
    stability: stabilityOf(labels.length, resampled(rows, threshold), random),
  };
}

/** Metrics of the held-out rows, each beside what always calling the larger training class, or its share, would have. */
export function binaryMetrics({ answers, labels, baseline }: BinaryInput): Metric[] {
  const { scores, probabilities, threshold } = answers;
  const rows = ranked(scores, labels);
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = confusionAt(rows, threshold);
  const n = labels.length;
  const prior = baseline.shares[1] ?? 0.5;
  const always = prior > 0.5 ? 1 : 0;
  const alwaysRight = (always === 1 ? tp + fn : tn + fp) / Math.max(1, n);
  const higher = (name: string, value: Metric | ReturnType<typeof share>, base: number | null): Metric => ({
    name,
    ...value,
    baseline: base,
    better: 'higher',
  });
  const metrics: Metric[] = [
    higher('accuracy', share(tp + tn, n), alwaysRight),
    higher('recall', share(tp, tp + fn), always),
    higher('precision', share(tp, tp + fp), always === 1 ? (tp + fn) / Math.max(1, n) : null),
    higher('specificity', share(tn, tn + fp), 1 - always),
    higher('area under the ROC curve', rocOf(rows).area, 0.5),
  ];
  if (!probabilities) return metrics;
  const priors = new Float64Array(n).fill(prior);
  const mid = (values: Float64Array): number => mean(values).value;
  const squares = (p: Float64Array): Float64Array => p.map((value, row) => (value - labels[row]) ** 2);
  return [
    ...metrics,
    { name: 'log-loss', ...mean(logLosses(scores, labels)), baseline: mid(logLosses(priors, labels)), better: 'lower' },
    { name: 'Brier score', ...mean(squares(scores)), baseline: mid(squares(priors)), better: 'lower' },
  ];
}

/** Accuracy and area of rows that count several times, or not at all. Rows are those of the ranking, by place. */
function resampled({ scores, labels }: Ranked, threshold: number): (counts: Uint32Array) => Record<string, number> {
  return (counts) => {
    let [right, total] = [0, 0];
    let [tp, fp, area] = [0, 0, 0];
    let [groupTp, groupFp] = [0, 0];
    for (let place = 0; place < scores.length; place += 1) {
      if (place > 0 && scores[place] !== scores[place - 1]) {
        area += groupFp * (2 * tp + groupTp);
        tp += groupTp;
        fp += groupFp;
        groupTp = 0;
        groupFp = 0;
      }
      const count = counts[place];
      if (labels[place] === 1) groupTp += count;
      else groupFp += count;
      if (scores[place] >= threshold === (labels[place] === 1)) right += count;
      total += count;
    }
    area += groupFp * (2 * tp + groupTp);
    const pairs = (tp + groupTp) * (fp + groupFp);
    return { accuracy: right / total, 'area under the ROC curve': pairs === 0 ? 0.5 : area / (2 * pairs) };
  };
}
