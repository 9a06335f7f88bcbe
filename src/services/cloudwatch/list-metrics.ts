import type {
  Metric as ListedMetric,
  ListMetricsCommandInput,
  ListMetricsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { Call } from '../../gateway/index.ts';
import { recordListLimit } from '../../store/index.ts';
import { readToken, writeToken } from '../page-token.ts';
import { namespacePrefix, type SeriesBody, seriesKind } from './metric.ts';
import type { Metrics } from './metrics.ts';
import { invalidValue } from './refusals.ts';

/** Metrics of one answer: Amazon's limit. A series is never cut, so a page may have some more. */
const pageSize = 500;

type Answer = Omit<ListMetricsCommandOutput, '$metadata'>;

const listedMs = 14 * 86_400_000;
const recentlyMs = 3 * 3_600_000;

/** Metrics that had values in the last two weeks, or three hours with RecentlyActive. */
export async function listMetrics(
  metrics: Metrics,
  { input, region, nowMs }: Call<ListMetricsCommandInput>,
): Promise<Answer> {
  const records = metrics.recordsOf(region);
  let idAfter = input.NextToken === undefined ? '' : positionOf(input.NextToken);
  await metrics.flush();
  const found: ListedMetric[] = [];
  for (;;) {
    const page = await records.list<SeriesBody>(seriesKind, {
      ...(input.Namespace === undefined ? {} : { idPrefix: namespacePrefix(input.Namespace) }),
      ...(idAfter === '' ? {} : { idAfter }),
      updatedAfterMs: nowMs - (input.RecentlyActive === undefined ? listedMs : recentlyMs),
    });
    for (const { id, body } of page) {
      if (found.length >= pageSize) return { Metrics: found, NextToken: writeToken({ id: idAfter }) };
      found.push(...listed(body, input));
      idAfter = id;
    }
    if (page.length < recordListLimit) return { Metrics: found };
  }
}

function positionOf(token: string): string {
  const position = readToken(
    token,
    (value): value is { id: string } => typeof (value as { id?: unknown } | null)?.id === 'string',
  );
  if (position === undefined) throw invalidValue('The specified NextToken is invalid.');
  return position.id;
}

/** The metrics of a series that fit the request. */
function listed({ namespace, dimensions, metrics }: SeriesBody, input: ListMetricsCommandInput): ListedMetric[] {
  const fits = (input.Dimensions ?? []).every(({ Name, Value }) =>
    dimensions.some(([name, value]) => name === Name && (Value === undefined || value === Value)),
  );
  if (!fits) return [];
  return metrics
    .filter(([name]) => input.MetricName === undefined || name === input.MetricName)
    .map(([name]) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    }));
}
