import type { FeatureRanges } from './document.ts';

/** Of wider rows ranges would be no small document. */
const featuresMax = 2_000;
/** As in the report: nothing is said of fewer than five rows. */
const groupMin = 5;

/**
 * From the fifth smallest to the fifth largest value of each feature, so that none of them is the extreme of a person; with
 * `showsRows` the extremes themselves. Undefined for wide rows, and for so few that nothing would be left between.
 */
export function rangesOf(
  rowCount: number,
  featureCount: number,
  column: (index: number) => Float64Array,
  showsRows: boolean,
): FeatureRanges | null {
  const count = showsRows ? 1 : groupMin;
  if (featureCount > featuresMax || rowCount < 4 * count) return null;
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  for (let index = 0; index < featureCount; index += 1) {
    const values = column(index);
    low.push(nthLowest(values, count, 1));
    const mirrored = nthLowest(values, count, -1);
    high.push(mirrored === null ? null : -mirrored || 0);
  }
  return { rows: rowCount, beyond: count - 1, low, high };
}

/** The n-th smallest of sign * value; null where there are fewer. One pass: sorting thirty columns would cost a job a hundredth of its time. */
function nthLowest(values: Float64Array, n: number, sign: 1 | -1): number | null {
  const lowest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < values.length; row += 1) {
    const value = sign * values[row];
    // NaN is less than nothing.
    if (!(value < lowest[n - 1])) continue;
    let at = n - 1;
    for (; at > 0 && lowest[at - 1] > value; at -= 1) lowest[at] = lowest[at - 1];
    lowest[at] = value;
  }
  return Number.isFinite(lowest[n - 1]) ? lowest[n - 1] : null;
}
