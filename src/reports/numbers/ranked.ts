/** Rows of two classes by falling score: how many positives and negatives stand above each cut between different scores. */
export interface Ranked {
  positives: number;
  negatives: number;
  /** The different scores, falling. */
  thresholds: Float64Array;
  /** Positives and negatives with at least that score. */
  truePositives: Float64Array;
  falsePositives: Float64Array;
}

/** `labels` are 0 or 1. */
export function ranked(scores: Float64Array, labels: Float64Array): Ranked {
  const order = orderOf(scores).reverse();
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let [positives, negatives] = [0, 0];
  for (const [place, row] of order.entries()) {
    if (labels[row] === 1) positives += 1;
    else negatives += 1;
    if (place + 1 < order.length && scores[order[place + 1]] === scores[row]) continue;
    thresholds.push(scores[row]);
    truePositives.push(positives);
    falsePositives.push(negatives);
  }
  return {
    positives,
    negatives,
    thresholds: Float64Array.from(thresholds),
    truePositives: Float64Array.from(truePositives),
    falsePositives: Float64Array.from(falsePositives),
  };
}

/** Places of the values in rising order; equal ones in the order in which they stand. */
export const orderOf = (values: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: values.length }, (_, at) => at).sort((a, b) => values[a] - values[b] || a - b);

/** How many cuts call positive at this threshold: the last place whose score reaches it, and -1 for none. */
export function placeOf({ thresholds }: Ranked, threshold: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle] >= threshold) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The share of pairs in order, ties counting half. 0.5 where a class is absent. */
export function areaOf({ positives, negatives, truePositives, falsePositives }: Ranked): number {
  if (positives === 0 || negatives === 0) return 0.5;
  let area = 0;
  let [tp, fp] = [0, 0];
  for (let at = 0; at < truePositives.length; at += 1) {
    area += (falsePositives[at] - fp) * (tp + truePositives[at]);
    tp = truePositives[at];
    fp = falsePositives[at];
  }
  return area / (2 * positives * negatives);
}
