/** Bins of equal width that are joined until none shows fewer rows than may be shown. */

/** No bin, category or group of fewer rows is shown: it would say something of single rows. */
export const shownRowsMin = 5;

export interface Bins {
  /** One more than bins. */
  edges: number[];
  /** By class, then by bin. */
  rows: number[][];
}

export interface HistogramOptions {
  low: number;
  high: number;
  binCount: number;
  /** The class of each row, counted from 0. */
  classOf: (row: number) => number;
  classCount: number;
}

/** Rows by value; those beyond the ends count in the first and last bin. */
export function histogram(values: Float64Array, options: HistogramOptions): Bins {
  const { low, high, binCount, classOf, classCount } = options;
  const width = (high - low) / binCount;
  const rows = Array.from({ length: classCount }, () => new Array<number>(binCount).fill(0));
  for (let row = 0; row < values.length; row += 1) {
    if (Number.isNaN(values[row])) continue;
    const bin = width > 0 ? Math.floor((values[row] - low) / width) : 0;
    rows[classOf(row)][Math.min(binCount - 1, Math.max(0, bin))] += 1;
  }
  return joined({ edges: Array.from({ length: binCount + 1 }, (_, at) => low + at * width), rows });
}

/** Neighbours together until each bin has enough rows or none. */
function joined({ edges, rows }: Bins): Bins {
  const totals = edges.slice(1).map((_, bin) => rows.reduce((sum, own) => sum + own[bin], 0));
  const starts: number[] = [];
  let open = 0;
  for (const [bin, total] of totals.entries()) {
    if (open === 0) starts.push(bin);
    open += total;
    if (open >= shownRowsMin || open === 0) open = 0;
  }
  // What is left over at the end joins the last bin that has enough.
  while (open > 0 && open < shownRowsMin && starts.length > 1) {
    starts.pop();
    const last = starts.at(-1) as number;
    open = totals.slice(last).reduce((sum, total) => sum + total, 0);
  }
  return {
    edges: [...starts.map((start) => edges[start]), edges.at(-1) as number],
    rows: rows.map((own) =>
      starts.map((start, at) => own.slice(start, starts[at + 1]).reduce((sum, count) => sum + count, 0)),
    ),
  };
}
