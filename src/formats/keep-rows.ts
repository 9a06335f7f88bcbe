/**
 * Rows that are kept for many passes. Few rows are kept as they came. For many, doubles would take twice the memory and the time
 * to move it, and kernels use single precision once a column is centred and scaled: so a column whose values stand far
 * from 0 beside their spread, as years, days and prices do, is kept as distances from a base, which single precision holds
 * to 24 bits of the distance instead of the value.
 */
import type { Numbers, RowBlock } from './table.ts';

/** Cells up to which doubles are kept as they are. */
export const doubleCellsMax = 2 ** 17;

/** With a mean nearer to 0 than so many spreads, a value loses less than kernels round away. */
const spreadsMax = 4;

/**
 * The base of each column, from some rows: 0, or a multiple of a power of two near the mean, so that whole numbers and
 * halves stay what they are.
 */
export function baseOf(rows: readonly RowBlock[], featureCount: number): Float64Array {
  const base = new Float64Array(featureCount);
  const sums = new Float64Array(featureCount);
  const squares = new Float64Array(featureCount);
  const [first] = rows;
  if (first === undefined) return base;
  for (let j = 0; j < featureCount; j++) base[j] = first.features[j]! + (first.base?.[j] ?? 0);
  let count = 0;
  for (const { features, base: own, rowCount } of rows) {
    const pivot = own === undefined ? base : base.map((value, j) => value - own[j]!);
    for (let row = 0, i = 0; row < rowCount; row++) {
      for (let j = 0; j < featureCount; j++, i++) {
        const gap = features[i]! - pivot[j]!;
        sums[j]! += gap;
        squares[j]! += gap * gap;
      }
    }
    count += rowCount;
  }
  return base.map((pivot, j) => {
    const offset = sums[j]! / count;
    const mean = pivot + offset;
    const spread = Math.sqrt(Math.max(0, squares[j]! / count - offset * offset));
    if (!(Math.abs(mean) > spreadsMax * spread)) return 0;
    if (spread === 0) return pivot;
    const step = 2 ** Math.floor(Math.log2(spread));
    return Math.round(mean / step) * step;
  });
}

/** Writes a block's features to `out` from `at` on, less `base`. */
export function writeFeatures(block: RowBlock, base: Float64Array | undefined, out: Numbers, at: number): void {
  const { features, base: own, rowCount, featureCount } = block;
  const less = new Float64Array(featureCount);
  if (own !== base) for (let j = 0; j < featureCount; j++) less[j] = (base?.[j] ?? 0) - (own?.[j] ?? 0);
  // Often no column has a base, and a set takes a third of the loop.
  if (less.every((value) => value === 0)) {
    out.set(features.length === rowCount * featureCount ? features : features.subarray(0, rowCount * featureCount), at);
    return;
  }
  for (let row = 0, i = 0; row < rowCount; row++) {
    for (let j = 0; j < featureCount; j++, i++) out[at + i] = features[i]! - less[j]!;
  }
}

/** The rows as distances from a base, in their own memory. */
export function compactBlock(block: RowBlock, base: Float64Array): RowBlock {
  const { rowCount, featureCount, labels } = block;
  const features = new Float32Array(rowCount * featureCount);
  writeFeatures(block, base, features, 0);
  return { rowCount, featureCount, features, base, labels: labels.slice() };
}
