/**
 * The population stability index of two samples of a column: sum((p - q) ln(p / q)) over shares in bins that hold a tenth of the
 * training rows each (Siddiqi, Credit Risk Scorecards, 2006). Missing values have a bin of their own. Shares of empty bins are
 * those of half a row.
 */
export interface Shift {
  psi: number;
  /** What samples of these sizes reach by chance in 5 of 100 columns that did not change. */
  byChance: number;
}

const binsMax = 10;
/** The 95 % quantiles of the chi-squared distribution with 1 to 10 degrees of freedom. */
const chiSquared95 = [3.841, 5.991, 7.815, 9.488, 11.07, 12.592, 14.067, 15.507, 16.919, 18.307];

/** Undefined where the training rows have one value alone, or there are none of either. */
export function shiftOf(training: readonly number[], captured: readonly number[]): Shift | undefined {
  if (training.length === 0 || captured.length === 0) return undefined;
  const edges = edgesOf(training);
  const before = countsIn(training, edges);
  const after = countsIn(captured, edges);
  let psi = 0;
  let bins = 0;
  for (const [bin, count] of before.entries()) {
    if (count === 0 && after[bin] === 0) continue;
    bins += 1;
    const p = Math.max(count, 0.5) / training.length;
    const q = Math.max(after[bin]!, 0.5) / captured.length;
    psi += (q - p) * Math.log(q / p);
  }
  if (bins < 2) return undefined;
  // Without a change the index times the harmonic size is nearly chi-squared (Yurdakul, Statistical properties of PSI, 2018).
  const byChance =
    chiSquared95[Math.min(bins - 1, chiSquared95.length) - 1]! * (1 / training.length + 1 / captured.length);
  return { psi, byChance };
}

/** Distinct upper ends of the bins but the last. Few distinct values are bins of their own. */
function edgesOf(training: readonly number[]): number[] {
  const sorted = Float64Array.from(training.filter((value) => !Number.isNaN(value))).sort();
  const distinct = [...new Set(sorted)];
  if (distinct.length <= binsMax) return distinct.slice(0, -1);
  const edges = Array.from(
    { length: binsMax - 1 },
    (_, place) => sorted[Math.floor(((place + 1) * sorted.length) / binsMax)]!,
  );
  return [...new Set(edges)];
}

/** How many values lie in each bin; the last count is that of missing ones. */
function countsIn(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 2).fill(0);
  for (const value of values) {
    if (Number.isNaN(value)) counts[edges.length + 1]! += 1;
    else {
      const bin = edges.findIndex((edge) => value <= edge);
      counts[bin < 0 ? edges.length : bin]! += 1;
    }
  }
  return counts;
}
