import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricDataQuery,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { readToken, writeToken } from '../page-token.ts';
import { readDimensions } from './dimensions.ts';
import { unitOf } from './metric-store.ts';
import type { Metrics } from './metrics.ts';
import { answerQuery, type MetricQuery, periodProblem, statisticProblem } from './query.ts';
import { invalidQuery } from './refusals.ts';
import { type StatisticName, statisticOf } from './statistics.ts';

const queriesMax = 500;
/** Data points of one answer: Amazon's limit, and the default of MaxDatapoints. */
const datapointsMax = 100_800;

type Answer = Omit<GetMetricDataCommandOutput, '$metadata'>;

/** Where a page begins: a query, and the data points of it that earlier pages gave. */
interface Position {
  query: number;
  skip: number;
}

type Series = MetricQuery &
  Pick<MetricDataResult, 'Id' | 'Label'> & { statistic: StatisticName; unit: string | undefined };

/** Values of several metrics, the latest first unless asked for otherwise. */
export async function getMetricData(metrics: Metrics, call: Call<GetMetricDataCommandInput>): Promise<Answer> {
  const { input, nowMs } = call;
  const series = readQueries(input);
  const limit = input.MaxDatapoints ?? datapointsMax;
  if (limit < 1 || limit > datapointsMax)
    throw invalidQuery(`The parameter MaxDatapoints must be from 1 to ${datapointsMax}; it is ${limit}`);
  let { query, skip } = input.NextToken === undefined ? { query: 0, skip: 0 } : positionOf(input.NextToken);
  await metrics.flush();
  const records = metrics.recordsOf(call.region);
  const results: MetricDataResult[] = [];
  let left = limit;
  for (; query < series.length && left > 0; query += 1, skip = 0) {
    const one = series[query]!;
    const unit = await unitOf(records, one.metric);
    const isFound = unit !== undefined && (one.unit === undefined || one.unit === unit);
    const found = isFound ? await answerQuery(records, one, nowMs) : [];
    if (input.ScanBy !== 'TimestampAscending') found.reverse();
    const page = found.slice(skip, skip + left);
    const isCut = skip + page.length < found.length;
    results.push({
      Id: one.Id,
      Label: one.Label,
      Timestamps: page.map(([second]) => new Date(second * 1000)),
      Values: page.map(([, statistics]) => statisticOf(statistics, one.statistic)),
      StatusCode: isCut ? 'PartialData' : 'Complete',
    });
    if (isCut)
      return { MetricDataResults: results, Messages: [], NextToken: writeToken({ query, skip: skip + page.length }) };
    left -= page.length;
  }
  const more = query < series.length ? { NextToken: writeToken({ query, skip: 0 }) } : {};
  return { MetricDataResults: results, Messages: [], ...more };
}

function positionOf(token: string): Position {
  const position = readToken(token, isPosition);
  if (position === undefined) throw new ServiceError('InvalidNextToken', 'The specified NextToken is invalid.');
  return position;
}

function isPosition(value: unknown): value is Position {
  const { query, skip } = (value ?? {}) as Partial<Position>;
  return Number.isSafeInteger(query) && Number.isSafeInteger(skip) && query! >= 0 && skip! >= 0;
}

/** The queries whose data are asked for. Throws ValidationError for those that Linnet cannot answer. */
function readQueries({ MetricDataQueries: given = [], StartTime, EndTime }: GetMetricDataCommandInput): Series[] {
  if (given.length > queriesMax)
    throw invalidQuery(
      `The collection MetricDataQueries must not have a size greater than ${queriesMax}: it has ${given.length}`,
    );
  const startMs = StartTime!.getTime();
  const endMs = EndTime!.getTime();
  if (startMs >= endMs) throw invalidQuery('The parameter EndTime must be greater than StartTime');
  const ids = new Set<string>();
  for (const { Id = '' } of given) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id))
      throw invalidQuery(
        `The value ${Id} for parameter MetricDataQueries.Id must start with a lower-case letter and have letters, digits and underscores only`,
      );
    if (ids.has(Id)) throw invalidQuery(`The values for parameter Id in MetricDataQueries are not unique: ${Id}`);
    ids.add(Id);
  }
  return given.map((query) => readQuery(query, { startMs, endMs })).filter((_, at) => given[at]!.ReturnData !== false);
}

function readQuery(query: MetricDataQuery, range: Pick<MetricQuery, 'startMs' | 'endMs'>): Series {
  const { Id = '', MetricStat: stat } = query;
  if (query.Expression !== undefined)
    throw invalidQuery(
      `The Expression of query ${Id} is not offered by Linnet; ask for its metrics by MetricStat and compute it from the answer`,
    );
  if (stat === undefined) throw invalidQuery(`The query ${Id} must have a MetricStat`);
  const { Namespace: namespace, MetricName: name, Dimensions } = stat.Metric ?? {};
  if (!namespace || !name) throw invalidQuery(`The Metric of query ${Id} must have a Namespace and a MetricName`);
  const problem = periodProblem(stat.Period!) ?? statisticProblem(stat.Stat!);
  if (problem !== undefined) throw invalidQuery(`Query ${Id}: ${problem}`);
  return {
    Id,
    Label: query.Label ?? name,
    metric: { namespace, name, dimensions: readDimensions(Dimensions, `MetricDataQueries.${Id}`) },
    ...range,
    periodSeconds: stat.Period!,
    statistic: stat.Stat as StatisticName,
    unit: stat.Unit,
  };
}
