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
  variant: string;
  metric: string;
  stat: 'Sum' | 'Average' | 'Maximum' | 'SampleCount';
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
      MetricDataQueries: queries.map(({ endpoint, variant, metric, stat, period }, place) => ({
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

/** How often an endpoint was asked in the last hour: in all, and by variant where there are several. */
export interface Requests {
  total: number;
  byVariant: readonly (readonly [variant: string, count: number])[];
}

interface ListedMetric {
  Dimensions: { Name: string; Value: string }[];
}

/** Pages of metrics that are looked through; each has 500. */
const metricPagesMax = 20;

/** The variants of each endpoint that were asked lately, whatever they are called. */
async function askedVariants(
  endpoints: readonly string[],
  signal: AbortSignal,
): Promise<(readonly [string, string])[]> {
  const shown = new Set(endpoints);
  const found: (readonly [string, string])[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < metricPagesMax; page += 1) {
    const input = { Namespace: 'AWS/SageMaker', MetricName: 'Invocations', RecentlyActive: 'PT3H', NextToken };
    const output = await call<{ Metrics?: ListedMetric[]; NextToken?: string }>(
      'monitoring',
      'ListMetrics',
      input,
      signal,
    );
    for (const { Dimensions } of output.Metrics ?? []) {
      const of = (name: string): string | undefined => Dimensions.find(({ Name }) => Name === name)?.Value;
      const [endpoint, variant] = [of('EndpointName'), of('VariantName')];
      if (Dimensions.length === 2 && endpoint !== undefined && variant !== undefined && shown.has(endpoint))
        found.push([endpoint, variant]);
    }
    NextToken = output.NextToken;
    if (NextToken === undefined) break;
  }
  return found.slice(0, queriesMax);
}

/** The requests of the last hour of each endpoint, in the order of the names. */
export async function readTraffic(endpoints: readonly string[], signal: AbortSignal): Promise<Requests[]> {
  if (endpoints.length === 0) return [];
  const asked = await askedVariants(endpoints, signal);
  const results = await ask(
    asked.map(([endpoint, variant]) => ({ endpoint, variant, metric: 'Invocations', stat: 'Sum', period: hour })),
    signal,
  );
  return endpoints.map((name) => {
    const byVariant = asked.flatMap(([endpoint, variant], place) =>
      endpoint === name ? [[variant, sum(results[place]!.Values)] as const] : [],
    );
    byVariant.sort(([a], [b]) => a.localeCompare(b, 'en'));
    return { total: sum(byVariant.map(([, count]) => count)), byVariant };
  });
}

export interface Course {
  variant: string;
  /** By minute: when (ms), requests, refused or failed ones, latency of the model in ms. */
  requests: [number, number][];
  errors: [number, number][];
  latency: [number, number][];
  slowest: [number, number][];
  /** Requests whose latency was measured. */
  measured: [number, number][];
}

/** The last hour of an endpoint, by minute and variant, those that went since among them. A minute without a request has zero of them. */
export async function readCourse(endpoint: string, current: readonly string[], signal: AbortSignal): Promise<Course[]> {
  const asked = (await askedVariants([endpoint], signal)).map(([, variant]) => variant);
  const variants = [...new Set([...current, ...asked])];
  const kinds = [
    { metric: 'Invocations', stat: 'Sum' },
    { metric: 'Invocation4XXErrors', stat: 'Sum' },
    { metric: 'Invocation5XXErrors', stat: 'Sum' },
    { metric: 'ModelLatency', stat: 'Average' },
    { metric: 'ModelLatency', stat: 'Maximum' },
    { metric: 'ModelLatency', stat: 'SampleCount' },
  ] as const;
  const results = await ask(
    variants.flatMap((variant) => kinds.map((kind) => ({ endpoint, variant, ...kind, period: 60 }))),
    signal,
  );
  return variants.map((variant, place) => {
    const [asked, client, server, mean, most, samples] = results.slice(
      place * kinds.length,
      (place + 1) * kinds.length,
    );
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
      measured: points(samples!),
    };
  });
}

/** The latency of a request on average (ms): a minute counts as often as it was asked. */
export function meanLatency(courses: readonly Pick<Course, 'latency' | 'measured'>[]): number {
  const minutes = courses.flatMap(({ latency, measured }) => {
    const counts = new Map(measured);
    return latency.map(([time, mean]) => ({ mean, count: counts.get(time) ?? 0 }));
  });
  return sum(minutes.map(({ mean, count }) => mean * count)) / Math.max(1, sum(minutes.map(({ count }) => count)));
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
