import { call } from '../../api/call.ts';

const hour = 3600;
const queriesMax = 500;

interface MetricResult {
  Id: string;
  Timestamps: number[];
  Values: number[];
}

interface Query {
  endpoint: string;
  variant?: string;
  metric: string;
  stat: 'Sum' | 'Average' | 'Maximum';
  period: number;
}

/** Values of the last hour, oldest first, for each query. */
async function ask(queries: readonly Query[], signal: AbortSignal): Promise<MetricResult[]> {
  if (queries.length === 0) return [];
  const end = Math.ceil(Date.now() / 60_000) * 60;
  const { MetricDataResults } = await call<{ MetricDataResults: MetricResult[] }>(
    'monitoring',
    'GetMetricData',
    {
      StartTime: end - hour,
      EndTime: end,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: queries.map(({ endpoint, variant = 'AllTraffic', metric, stat, period }, place) => ({
        Id: `q${place}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/SageMaker',
            MetricName: metric,
            Dimensions: [
              { Name: 'EndpointName', Value: endpoint },
              { Name: 'VariantName', Value: variant },
            ],
          },
          Period: period,
          Stat: stat,
        },
      })),
    },
    signal,
  );
  return queries.map(
    (_, place) => MetricDataResults.find(({ Id }) => Id === `q${place}`) ?? { Id: '', Timestamps: [], Values: [] },
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How often each endpoint was asked in the last hour, by the variant that the SDKs name by default. */
export async function readTraffic(endpoints: readonly string[], signal: AbortSignal): Promise<number[]> {
  const queries = endpoints
    .slice(0, queriesMax)
    .map((endpoint) => ({ endpoint, metric: 'Invocations', stat: 'Sum' as const, period: hour }));
  return (await ask(queries, signal)).map(({ Values }) => sum(Values));
}

export interface Course {
  variant: string;
  /** By minute: when (ms), requests, refused or failed ones, latency of the model in ms. */
  requests: [number, number][];
  errors: [number, number][];
  latency: [number, number][];
  slowest: [number, number][];
}

/** The last hour of an endpoint, by minute and variant. A minute without a request has zero of them. */
export async function readCourse(
  endpoint: string,
  variants: readonly string[],
  signal: AbortSignal,
): Promise<Course[]> {
  const kinds = [
    { metric: 'Invocations', stat: 'Sum' },
    { metric: 'Invocation4XXErrors', stat: 'Sum' },
    { metric: 'Invocation5XXErrors', stat: 'Sum' },
    { metric: 'ModelLatency', stat: 'Average' },
    { metric: 'ModelLatency', stat: 'Maximum' },
  ] as const;
  const results = await ask(
    variants.flatMap((variant) => kinds.map((kind) => ({ endpoint, variant, ...kind, period: 60 }))),
    signal,
  );
  return variants.map((variant, place) => {
    const [asked, client, server, mean, most] = results.slice(place * kinds.length, (place + 1) * kinds.length);
    const points = ({ Timestamps, Values }: MetricResult, scale = 1): [number, number][] =>
      Timestamps.map((time, at) => [time * 1000, Values[at]! * scale]);
    const requests = points(asked!);
    const failed = new Map(points(client!));
    for (const [time, count] of points(server!)) failed.set(time, (failed.get(time) ?? 0) + count);
    return {
      variant,
      requests: withZeros(requests),
      errors: withZeros([...failed]),
      latency: points(mean!, 1e-3),
      slowest: points(most!, 1e-3),
    };
  });
}

/** Fills the minutes between the first value and now. */
function withZeros(points: readonly [number, number][]): [number, number][] {
  if (points.length === 0) return [];
  const known = new Map(points);
  const [first] = points[0]!;
  const filled: [number, number][] = [];
  for (let time = first; time <= Date.now(); time += 60_000) filled.push([time, known.get(time) ?? 0]);
  return filled;
}
