import type { Baseline, ChannelFacts } from '../../reports/index.ts';
import type { RowTap } from './row-tap.ts';

/** What the report says of a channel; `classCount` is 0 where labels are numbers. */
export const channelFacts = ({ channel, totalRows, labelRows }: RowTap, classCount: number): ChannelFacts => ({
  name: channel,
  rows: totalRows,
  labels: classCount === 0 ? null : Array.from(labelRows.subarray(0, classCount), (rows, label) => ({ label, rows })),
});

/** What the training labels alone would predict; numbers from the rows that were kept. */
export function baselineOf(train: RowTap, classCount: number): Baseline {
  const sorted = train.sampled().labels.slice().sort();
  const n = sorted.length;
  return {
    shares: Array.from(train.labelRows.subarray(0, classCount), (rows) => rows / Math.max(1, train.totalRows)),
    mean: sorted.reduce((sum, label) => sum + label, 0) / Math.max(1, n),
    median: n === 0 ? 0 : (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2,
  };
}
