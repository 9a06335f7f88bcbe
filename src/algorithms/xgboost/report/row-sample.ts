/** Rows of a channel for the report: its own rows are in the library's memory once training begins. */
import type { SampledRows } from '../../../reports/index.ts';
import type { GatheredRows } from '../rows/gather-rows.ts';

export interface ReportRows extends SampledRows {
  featureCount: number;
  /** Row-major; what is missing is NaN. */
  features: Float32Array;
}

const rowsMaxOf = (channel: string): number => (channel === 'train' ? 4_000 : 10_000);
/** A dense sample of wider rows would be large. */
const cellsMax = 2 ** 22;
const rowsMin = 50;

/** Every so many-th row; undefined when rows are too wide. */
export function reportRows(
  channel: string,
  { rowCount, columnCount, values, labels }: GatheredRows,
): ReportRows | undefined {
  const most = Math.min(rowsMaxOf(channel), Math.floor(cellsMax / Math.max(1, columnCount)));
  if (most < Math.min(rowsMin, rowCount)) return undefined;
  const every = Math.max(1, Math.ceil(rowCount / most));
  const count = Math.ceil(rowCount / every);
  const features = new Float32Array(count * columnCount).fill(Number.NaN);
  for (let at = 0; at < count; at++) {
    const row = at * every;
    if ('rowStart' in values)
      for (let k = values.rowStart[row]!; k < values.rowStart[row + 1]!; k++)
        features[at * columnCount + values.columns[k]!] = values.values[k]!;
    else features.set(values.values.subarray(row * columnCount, (row + 1) * columnCount), at * columnCount);
  }
  const columns = new Map<number, Float64Array>();
  return {
    channel,
    rowCount: count,
    every,
    totalRows: rowCount,
    featureCount: columnCount,
    features,
    numbers: Float64Array.from({ length: count }, (_, at) => at * every + 1),
    labels: Float64Array.from({ length: count }, (_, at) => labels[at * every]!),
    column(index) {
      let known = columns.get(index);
      if (known === undefined) {
        known = new Float64Array(count);
        for (let at = 0; at < count; at++) known[at] = features[at * columnCount + index]!;
        columns.set(index, known);
      }
      return known;
    },
  };
}
