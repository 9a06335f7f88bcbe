import type {
  Datapoint,
  GetMetricStatisticsCommandInput,
  GetMetricStatisticsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { Call } from '../../gateway/index.ts';
import { readDimensions } from './dimensions.ts';
import { unitOf } from './metric-store.ts';
import type { Metrics } from './metrics.ts';
import { answerQuery, type MetricQuery, periodProblem, periodsOf, statisticProblem } from './query.ts';
import { invalidCombination, invalidValue, missing } from './refusals.ts';
import { type StatisticName, statisticOf } from './statistics.ts';

const datapointsMax = 1_440;

type Answer = Omit<GetMetricStatisticsCommandOutput, '$metadata'>;

/** The statistics of one metric, in the order of time. */
export async function getMetricStatistics(
  metrics: Metrics,
  call: Call<GetMetricStatisticsCommandInput>,
): Promise<Answer> {
  const { input, nowMs } = call;
  const { Namespace: namespace = '', MetricName: name = '', Statistics: asked = [] } = input;
  const query: MetricQuery = {
    metric: { namespace, name, dimensions: readDimensions(input.Dimensions, 'GetMetricStatistics') },
    startMs: input.StartTime!.getTime(),
    endMs: input.EndTime!.getTime(),
    periodSeconds: input.Period!,
  };
  checkStatistics(input);
  checkTimes(query, nowMs);
  await metrics.flush();
  const records = metrics.recordsOf(call.region);
  const unit = await unitOf(records, query.metric);
  if (unit === undefined || (input.Unit !== undefined && input.Unit !== unit)) return { Label: name, Datapoints: [] };
  const found = await answerQuery(records, query, nowMs);
  const datapoints = found.map(([second, statistics]): Datapoint => {
    const values = asked.map((each) => [each, statisticOf(statistics, each as StatisticName)]);
    return { Timestamp: new Date(second * 1000), ...Object.fromEntries(values), Unit: unit };
  });
  return { Label: name, Datapoints: datapoints };
}

function checkStatistics({ Statistics: asked, ExtendedStatistics: extended }: GetMetricStatisticsCommandInput): void {
  const [first] = extended ?? [];
  if (first !== undefined) throw invalidValue(statisticProblem(first) ?? `${first} is given in Statistics, not here`);
  if (asked === undefined)
    throw missing('At least one of the parameters Statistics and ExtendedStatistics must be given');
}

function checkTimes(query: MetricQuery, nowMs: number): void {
  const problem = periodProblem(query.periodSeconds);
  if (problem !== undefined) throw invalidValue(problem);
  if (query.startMs >= query.endMs)
    throw invalidCombination('The parameter StartTime must be less than the parameter EndTime.');
  const { count } = periodsOf(query, nowMs);
  if (count > datapointsMax)
    throw invalidCombination(
      `You have requested up to ${count} datapoints, which exceeds the limit of ${datapointsMax}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
}
