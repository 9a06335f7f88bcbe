import { createHash } from 'node:crypto';
import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { JsonObject } from '../../base/index.ts';
import type { Statistics } from './statistics.ts';

/** Namespace, name and dimensions: together they are one metric. */
export interface Metric {
  namespace: string;
  name: string;
  dimensions: readonly Dimension[];
}

export interface Dimension {
  name: string;
  value: string;
}

/** Some values of a metric at one time. */
export interface MetricPoint {
  metric: Metric;
  unit: StandardUnit;
  timeMs: number;
  statistics: Statistics;
  /** Keeps the second, not only the minute. */
  bySecond: boolean;
}

/** The namespaces in which Linnet itself writes. The metrics of one job or variant there are few, and come and go together. */
export const ownNamespaces = {
  trainingJobs: '/aws/sagemaker/TrainingJobs',
  endpoints: '/aws/sagemaker/Endpoints',
  invocations: 'AWS/SageMaker',
} as const;

const grouped: readonly string[] = Object.values(ownNamespaces);

/**
 * Metrics that are kept together. In a namespace of Linnet's own these are all metrics with the same dimensions: a training job
 * has some thirty, and as many records of its own would be slow to write. A metric of anybody else's is a series by itself.
 */
export const seriesKind = 'metric-series';

export type SeriesBody = JsonObject & {
  namespace: string;
  /** Pairs of name and value, in the order of the names. */
  dimensions: [string, string][];
  /** Pairs of a metric's name and the unit that its last value had. */
  metrics: [string, StandardUnit][];
};

export const seriesIdOf = ({ namespace, name, dimensions }: Metric): string =>
  `${namespacePrefix(namespace)}${hashOf(JSON.stringify([pairsOf(dimensions), grouped.includes(namespace) ? '' : name]))}`;

/** What the ids of all series of a namespace begin with. */
export const namespacePrefix = (namespace: string): string => `${hashOf(namespace)}-`;

/** Names may be longer than an id, and hold any character. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The order in which dimensions are given does not matter. */
export const pairsOf = (dimensions: readonly Dimension[]): [string, string][] =>
  dimensions
    .map(({ name, value }): [string, string] => [name, value])
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
