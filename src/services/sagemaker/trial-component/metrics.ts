import type { TrialComponentMetricSummary } from '@aws-sdk/client-sagemaker';
import type { RecordChange } from '../../../store/index.ts';
import type { Context } from '../context.ts';

/** The record of a trial component's metrics: a summary of each, in the order in which they first came. */
export type MetricsBody = { metrics: MetricSummary[] };

export type MetricSummary = {
  name: string;
  count: number;
  min: number;
  max: number;
  last: number;
  /** Of the point that counts as the last. */
  lastMs: number;
  mean: number;
  /** The sum of the squared distances from the mean. */
  squares: number;
};

export interface MetricPoint {
  name: string;
  value: number;
  timeMs: number;
}

export const metricsKind = 'trial-component-metrics';

/** Metrics of different names that a component may have; each is read with every look at the component. */
export const metricsMax = 1000;

/** The summary with one more point, by Welford's method (Technometrics 4, 1962), which loses no digits to large sums. */
export function withPoint(before: MetricSummary | undefined, { name, value, timeMs }: MetricPoint): MetricSummary {
  if (before === undefined)
    return { name, count: 1, min: value, max: value, last: value, lastMs: timeMs, mean: value, squares: 0 };
  const count = before.count + 1;
  const mean = before.mean + (value - before.mean) / count;
  const isLast = timeMs >= before.lastMs;
  return {
    name,
    count,
    min: Math.min(before.min, value),
    max: Math.max(before.max, value),
    last: isLast ? value : before.last,
    lastMs: Math.max(before.lastMs, timeMs),
    mean,
    squares: before.squares + (value - before.mean) * (value - mean),
  };
}

/** The metrics that were put, as a Describe answers them. */
export async function metricSummaries(
  { records }: Pick<Context, 'records'>,
  id: string,
  SourceArn: string,
): Promise<TrialComponentMetricSummary[]> {
  const found = await records.get<MetricsBody>(metricsKind, id);
  return (found?.body.metrics ?? []).map(({ name, count, min, max, last, lastMs, mean, squares }) => ({
    MetricName: name,
    SourceArn,
    TimeStamp: new Date(lastMs),
    Max: max,
    Min: min,
    Last: last,
    Count: count,
    Avg: mean,
    StdDev: Math.sqrt(squares / count),
  }));
}

/** For the write that removes a component. */
export const removedMetrics = (id: string): RecordChange[] => [{ remove: { kind: metricsKind, id } }];
