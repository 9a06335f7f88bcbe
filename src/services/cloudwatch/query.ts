import type { Records } from '../../store/index.ts';
import { hourLevel, levelFor } from './levels.ts';
import type { Metric } from './metric.ts';
import { floorTo, readPoints } from './metric-store.ts';
import { addStatistics, type StatisticName, type Statistics, statisticNames } from './statistics.ts';

/** The values of a metric from a start to an end, in periods. */
export interface MetricQuery {
  metric: Metric;
  startMs: number;
  endMs: number;
  periodSeconds: number;
}

const shortPeriods: readonly number[] = [1, 5, 10, 20, 30];

/** Why a period cannot be used; undefined for one that can. */
export function periodProblem(seconds: number): string | undefined {
  return shortPeriods.includes(seconds) || (seconds > 0 && seconds % 60 === 0)
    ? undefined
    : `The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60; it is ${seconds}`;
}

/** Why a statistic cannot be answered; undefined for one that can. */
export const statisticProblem = (name: string): string | undefined =>
  statisticNames.includes(name as StatisticName)
    ? undefined
    : `The statistic ${name} is not offered by Linnet; ask for one of ${statisticNames.join(', ')} instead`;

/** The periods of a query, with their starts. They are counted from its own start, as Amazon does. */
export function periodsOf({ startMs, endMs, periodSeconds }: Omit<MetricQuery, 'metric'>, nowMs: number) {
  const level = levelFor(periodSeconds, startMs, nowMs);
  const reachesTo = floorTo(Math.floor((nowMs - hourLevel.keepMs) / 1000), level.seconds);
  const given = floorTo(
    Math.floor(startMs / 1000),
    Math.min(periodSeconds, level.seconds === 1 ? periodSeconds : level.seconds),
  );
  const skipped = Math.max(0, Math.ceil((reachesTo - given) / periodSeconds));
  const startSecond = given + skipped * periodSeconds;
  const endSecond = Math.ceil(endMs / 1000);
  return { level, startSecond, endSecond, count: Math.max(0, Math.ceil((endSecond - startSecond) / periodSeconds)) };
}

/** The periods that have values, in ascending order. */
export async function answerQuery(
  records: Records,
  query: MetricQuery,
  nowMs: number,
): Promise<[startSecond: number, statistics: Statistics][]> {
  const { level, startSecond, endSecond } = periodsOf(query, nowMs);
  const found = new Map<number, Statistics>();
  for (const [second, statistics] of await readPoints(records, query.metric, { level, startSecond, endSecond })) {
    const at = startSecond + floorTo(second - startSecond, query.periodSeconds);
    const before = found.get(at);
    if (before === undefined) found.set(at, { ...statistics });
    else addStatistics(before, statistics);
  }
  return [...found];
}
