import type { MetricDatum, PutMetricDataCommandInput, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Call } from '../../gateway/index.ts';
import { readDimensions } from './dimensions.ts';
import type { MetricPoint } from './metric.ts';
import type { Metrics } from './metrics.ts';
import { invalidCombination, invalidValue, missing } from './refusals.ts';
import { addStatistics, type Statistics, statisticsOf } from './statistics.ts';

const datumsMax = 1_000;
const valuesMax = 150;

/** Keeps values that a client measured. The answer leaves after they are on disk. */
export async function putMetricData(metrics: Metrics, call: Call<PutMetricDataCommandInput>): Promise<object> {
  const { Namespace: namespace = '', MetricData: plain = [], EntityMetricData: ofEntities = [] } = call.input;
  if (namespace.startsWith('AWS/'))
    throw invalidValue(
      `The value ${namespace} for parameter Namespace is invalid: names that start with AWS/ are reserved`,
    );
  const datums = [
    ...plain.map((datum, at) => ({ datum, path: `MetricData.member.${at + 1}` })),
    ...ofEntities.flatMap(({ MetricData = [] }, entity) =>
      MetricData.map((datum, at) => ({
        datum,
        path: `EntityMetricData.member.${entity + 1}.MetricData.member.${at + 1}`,
      })),
    ),
  ];
  if (datums.length === 0) throw missing('The parameter MetricData is required.');
  if (datums.length > datumsMax)
    throw invalidValue(
      `The collection MetricData must not have a size greater than ${datumsMax}: it has ${datums.length}`,
    );
  const points = datums.map(({ datum, path }): MetricPoint => {
    const metric = { namespace, name: datum.MetricName ?? '', dimensions: readDimensions(datum.Dimensions, path) };
    return {
      metric,
      unit: (datum.Unit ?? 'None') as StandardUnit,
      timeMs: timeOf(datum, path, call.nowMs),
      statistics: valuesOf(datum, path),
      bySecond: resolutionOf(datum, path) === 1,
    };
  });
  await metrics.add(call.region, points);
  return {};
}

const pastMsMax = 14 * 86_400_000;
const futureMsMax = 2 * 3_600_000;

function timeOf({ Timestamp: time }: MetricDatum, path: string, nowMs: number): number {
  const timeMs = time?.getTime() ?? nowMs;
  const given = (): string => `The parameter ${path}.Timestamp is ${time?.toISOString()}; it must specify a time`;
  if (timeMs < nowMs - pastMsMax) throw invalidValue(`${given()} within the past two weeks.`);
  if (timeMs > nowMs + futureMsMax) throw invalidValue(`${given()} no more than two hours in the future.`);
  return timeMs;
}

function resolutionOf({ StorageResolution: seconds = 60 }: MetricDatum, path: string): 1 | 60 {
  if (seconds === 1 || seconds === 60) return seconds;
  throw invalidValue(`The parameter ${path}.StorageResolution must be 1 or 60; it is ${seconds}`);
}

function valuesOf(datum: MetricDatum, path: string): Statistics {
  const given = (['Value', 'Values', 'StatisticValues'] as const).filter((member) => datum[member] !== undefined);
  if (given.length === 0)
    throw missing(`At least one of the parameters must be specified: ${path}.Value, .Values or .StatisticValues`);
  if (given.length > 1)
    throw invalidCombination(`The parameters ${path}.${given.join(` and ${path}.`)} are mutually exclusive`);
  if (datum.Counts !== undefined && datum.Values === undefined)
    throw invalidCombination(`The parameter ${path}.Counts is given without ${path}.Values`);
  if (datum.Values !== undefined) return listOf(datum.Values, datum.Counts, path);
  if (datum.Value !== undefined) return statisticsOf(number(datum.Value, `${path}.Value`));
  const { SampleCount, Sum, Minimum, Maximum } = datum.StatisticValues!;
  const below = `${path}.StatisticValues`;
  const statistics = {
    count: countOf(SampleCount ?? 0, `${below}.SampleCount`),
    sum: number(Sum ?? 0, `${below}.Sum`),
    min: number(Minimum ?? 0, `${below}.Minimum`),
    max: number(Maximum ?? 0, `${below}.Maximum`),
  };
  if (statistics.min > statistics.max)
    throw invalidValue(`${below}.Minimum is ${Minimum}; it must not be greater than Maximum, which is ${Maximum}`);
  return statistics;
}

function listOf(values: readonly number[], counts: readonly number[] | undefined, path: string): Statistics {
  if (values.length === 0) throw missing(`The parameter ${path}.Values is empty`);
  if (values.length > valuesMax)
    throw invalidValue(
      `The collection ${path}.Values must not have a size greater than ${valuesMax}: it has ${values.length}`,
    );
  if (counts !== undefined && counts.length !== values.length)
    throw invalidCombination(
      `The parameters ${path}.Values and ${path}.Counts must have the same size: they have ${values.length} and ${counts.length}`,
    );
  const all = values.map((value, at) =>
    statisticsOf(
      number(value, `${path}.Values.member.${at + 1}`),
      countOf(counts?.[at] ?? 1, `${path}.Counts.member.${at + 1}`),
    ),
  );
  const [first, ...others] = all as [Statistics, ...Statistics[]];
  for (const other of others) addStatistics(first, other);
  return first;
}

const magnitudeMax = 2 ** 360;

function number(value: number, path: string): number {
  if (Math.abs(value) <= magnitudeMax) return value;
  throw invalidValue(`The value ${value} for parameter ${path} is invalid: it must be a number from -2^360 to 2^360`);
}

function countOf(value: number, path: string): number {
  if (value > 0) return number(value, path);
  throw invalidValue(`The value ${value} for parameter ${path} is invalid: it must be greater than 0`);
}
