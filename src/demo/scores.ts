/** How good predictions are: `scores` against 0/1 `labels`, with label 1 predicted from `threshold` on. */
export interface Report {
  meanAbsoluteError: number;
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
  /** Probability that a random positive scores above a random negative, ties counting half (Mann-Whitney). */
  auc: number;
  confusion: { truePositive: number; falsePositive: number; trueNegative: number; falseNegative: number };
}

export function report(labels: readonly number[], scores: readonly number[], threshold: number): Report {
  const confusion = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  let absoluteError = 0;
  labels.forEach((label, row) => {
    const score = scores[row] ?? Number.NaN;
    absoluteError += Math.abs(label - score);
    const positive = score >= threshold;
    if (label === 1) confusion[positive ? 'truePositive' : 'falseNegative'] += 1;
    else confusion[positive ? 'falsePositive' : 'trueNegative'] += 1;
  });
  const { truePositive, falsePositive, trueNegative, falseNegative } = confusion;
  const precision = truePositive / Math.max(1, truePositive + falsePositive);
  const recall = truePositive / Math.max(1, truePositive + falseNegative);
  return {
    meanAbsoluteError: absoluteError / labels.length,
    accuracy: (truePositive + trueNegative) / labels.length,
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    auc: areaUnderCurve(labels, scores),
    confusion,
  };
}

function areaUnderCurve(labels: readonly number[], scores: readonly number[]): number {
  let wins = 0;
  let pairs = 0;
  labels.forEach((label, positive) => {
    if (label !== 1) return;
    labels.forEach((other, negative) => {
      if (other === 1) return;
      pairs += 1;
      const difference = (scores[positive] ?? 0) - (scores[negative] ?? 0);
      wins += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
    });
  });
  return wins / pairs;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
