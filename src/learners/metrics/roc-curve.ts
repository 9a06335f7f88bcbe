import { sortDoubles } from '../../kernels/index.ts';
import { discard } from '../rows/discard.ts';

/**
 * Area under the ROC curve of rows that pass by: the share of pairs of a positive and a negative row whose scores are
 * in order, ties counting half (Mann and Whitney). Exact up to `exactRowsMax` rows; beyond them scores are counted in
 * bins of about a thousandth of their size, so that memory stays the same however many rows come.
 */
export class RocCurve {
  #positive = new DoubleList();
  #negative = new DoubleList();
  #bins: { positive: Float64Array; negative: Float64Array } | undefined;
  readonly #rowsMax: number;

  constructor(rowsMax = exactRowsMax) {
    this.#rowsMax = rowsMax;
  }

  /** Of labels there may be more than scores. */
  add(scores: Float64Array, labels: Float64Array): void {
    for (let row = 0; row < scores.length; row += 1) {
      const isPositive = labels[row] === 1;
      if (this.#bins !== undefined) {
        this.#bins[isPositive ? 'positive' : 'negative'][binOf(scores[row])] += 1;
        continue;
      }
      (isPositive ? this.#positive : this.#negative).push(scores[row]);
      if (this.#positive.length + this.#negative.length > this.#rowsMax) this.#toBins();
    }
  }

  /** 0.5 when a class is absent. */
  area(): number {
    if (this.#bins !== undefined) return areaOfBins(this.#bins);
    return areaOfScores(sortDoubles(this.#positive.values()), sortDoubles(this.#negative.values()));
  }

  #toBins(): void {
    const count = (scores: DoubleList): Float64Array => {
      const bins = new Float64Array(binCount);
      for (const score of scores.values()) bins[binOf(score)] += 1;
      scores.clear();
      return bins;
    };
    this.#bins = { positive: count(this.#positive), negative: count(this.#negative) };
  }
}

/** Double-precision numbers that are appended; an array of the language would hold up to three times their memory. */
class DoubleList {
  #values = new Float64Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#values);
      discard(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  values(): Float64Array {
    return this.#values.subarray(0, this.length);
  }

  clear(): void {
    discard(this.#values);
    this.#values = new Float64Array(256);
    this.length = 0;
  }
}

const exactRowsMax = 4_000_000;

// Sign, exponent and the first 11 bits of the mantissa of a single, ordered as the numbers are.
const binCount = 2 ** 20;
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

function binOf(score: number): number {
  single[0] = score;
  const ordered = bits[0] >>> 31 === 1 ? ~bits[0] >>> 0 : (bits[0] | 0x80000000) >>> 0;
  return ordered >>> 12;
}

function areaOfScores(positive: Float64Array, negative: Float64Array): number {
  if (positive.length === 0 || negative.length === 0) return 0.5;
  let won = 0;
  let below = 0;
  let upTo = 0;
  for (const score of positive) {
    while (below < negative.length && negative[below] < score) below += 1;
    upTo = Math.max(upTo, below);
    while (upTo < negative.length && negative[upTo] === score) upTo += 1;
    won += below + (upTo - below) / 2;
  }
  return won / positive.length / negative.length;
}

function areaOfBins({ positive, negative }: { positive: Float64Array; negative: Float64Array }): number {
  let won = 0;
  let below = 0;
  let positives = 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    won += positive[bin] * (below + negative[bin] / 2);
    below += negative[bin];
    positives += positive[bin];
  }
  return positives === 0 || below === 0 ? 0.5 : won / positives / below;
}
