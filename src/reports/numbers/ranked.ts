/** Rows of two classes by falling score. */
export interface Ranked {
  positives: number;
  negatives: number;
  /** The score and label of each row, by falling score. */
  scores: Float64Array;
  labels: Uint8Array;
  /** The different scores, falling. */
  thresholds: Float64Array;
  /** Positives and negatives with at least that score. */
  truePositives: Float64Array;
  falsePositives: Float64Array;
}

/** `labels` are 0 or 1. Each class is sorted as plain numbers, which is far faster than rows by a comparison, and merged. */
export function ranked(given: Float64Array, givenLabels: Float64Array): Ranked {
  const n = given.length;
  const [ones, zeros] = byClass(given, givenLabels);
  const scores = new Float64Array(n);
  const labels = new Uint8Array(n);
  const thresholds = new Float64Array(n);
  const truePositives = new Float64Array(n);
  const falsePositives = new Float64Array(n);
  let [i, j, count] = [ones.length - 1, zeros.length - 1, 0];
  for (let place = 0; place < n; place += 1) {
    const isOne = j < 0 || (i >= 0 && ones[i] >= zeros[j]);
    const score = isOne ? ones[i] : zeros[j];
    if (isOne) i -= 1;
    else j -= 1;
    scores[place] = score;
    labels[place] = isOne ? 1 : 0;
    if (place > 0 && scores[place - 1] === score) count -= 1;
    thresholds[count] = score;
    truePositives[count] = ones.length - 1 - i;
    falsePositives[count] = zeros.length - 1 - j;
    count += 1;
  }
  return {
    positives: ones.length,
    negatives: zeros.length,
    scores,
    labels,
    thresholds: thresholds.subarray(0, count),
    truePositives: truePositives.subarray(0, count),
    falsePositives: falsePositives.subarray(0, count),
  };
}

function byClass(scores: Float64Array, labels: Float64Array): [ones: Float64Array, zeros: Float64Array] {
  const ones = new Float64Array(scores.length);
  const zeros = new Float64Array(scores.length);
  let count = 0;
  for (let row = 0; row < scores.length; row += 1) {
    if (labels[row] === 1) {
      ones[count] = scores[row];
      count += 1;
    } else zeros[row - count] = scores[row];
  }
  return [ones.subarray(0, count).sort(), zeros.subarray(0, scores.length - count).sort()];
}

/** Places of the values in rising order; equal ones in the order in which they stand. */
export const orderOf = (values: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: values.length }, (_, at) => at).sort((a, b) => values[a] - values[b] || a - b);

/** How many cuts call positive at this threshold: the last place whose score reaches it, and -1 for none. */
export function placeOf({ thresholds }: Pick<Ranked, 'thresholds'>, threshold: number): number {
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
