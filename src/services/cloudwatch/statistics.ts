/** What is kept of the values of a metric in a span of time. */
export interface Statistics {
  count: number;
  sum: number;
  min: number;
  max: number;
}

export const statisticsOf = (value: number, count = 1): Statistics => ({
  count,
  sum: value * count,
  min: value,
  max: value,
});

/** Changes the first so that it covers the values of both. */
export function addStatistics(into: Statistics, other: Statistics): void {
  into.count += other.count;
  into.sum += other.sum;
  into.min = Math.min(into.min, other.min);
  into.max = Math.max(into.max, other.max);
}

/** Under the names of the API. */
export const statisticNames = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type StatisticName = (typeof statisticNames)[number];

export function statisticOf({ count, sum, min, max }: Statistics, name: StatisticName): number {
  switch (name) {
    case 'SampleCount':
      return count;
    case 'Average':
      return sum / count;
    case 'Sum':
      return sum;
    case 'Minimum':
      return min;
    case 'Maximum':
      return max;
  }
}
