import type {
  AlarmHistoryItem,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmHistoryCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { everyRecord } from '../../every-record.ts';
import { readToken, writeToken } from '../../page-token.ts';
import type { Metrics } from '../metrics.ts';
import { type AlarmBody, alarmKind } from './alarm.ts';
import { historyOf } from './history.ts';

/** What happened to one alarm or to all, the latest first unless asked for otherwise. */
export async function describeAlarmHistory(
  metrics: Metrics,
  { input, region }: Call<DescribeAlarmHistoryCommandInput>,
): Promise<Omit<DescribeAlarmHistoryCommandOutput, '$metadata'>> {
  const records = metrics.recordsOf(region);
  const { AlarmName: name, MaxRecords: limit = 100, NextToken: token } = input;
  const skip = token === undefined ? 0 : positionOf(token);
  const found: AlarmHistoryItem[] = [];
  if (input.AlarmTypes === undefined || input.AlarmTypes.includes('MetricAlarm')) {
    if (name !== undefined) found.push(...(await itemsOf(name)));
    else
      for await (const { body } of everyRecord<AlarmBody>(records, alarmKind))
        found.push(...(await itemsOf(body.name)));
  }
  const direction = input.ScanBy === 'TimestampAscending' ? 1 : -1;
  // Of one time, the later of an alarm's items comes first too.
  if (direction === -1) found.reverse();
  found.sort((left, right) => direction * (Number(left.Timestamp) - Number(right.Timestamp)));
  const page = found.slice(skip, skip + limit);
  const more = skip + page.length < found.length ? { NextToken: writeToken({ skip: skip + page.length }) } : {};
  return { AlarmHistoryItems: page, ...more };

  async function itemsOf(alarm: string): Promise<AlarmHistoryItem[]> {
    const from = input.StartDate?.getTime() ?? Number.NEGATIVE_INFINITY;
    const to = input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY;
    return (await historyOf(records, alarm))
      .filter(({ type }) => input.HistoryItemType === undefined || type === input.HistoryItemType)
      .filter(({ atMs }) => atMs >= from && atMs <= to)
      .map(({ type, atMs, summary, data }) => ({
        AlarmName: alarm,
        AlarmType: 'MetricAlarm',
        Timestamp: new Date(atMs),
        HistoryItemType: type,
        HistorySummary: summary,
        HistoryData: data,
      }));
  }
}

function positionOf(token: string): number {
  const position = readToken(token, (value): value is { skip: number } => {
    const { skip } = (value ?? {}) as { skip?: unknown };
    return Number.isSafeInteger(skip) && (skip as number) >= 0;
  });
  if (position === undefined) throw new ServiceError('InvalidNextToken', 'The specified NextToken is invalid.');
  return position.skip;
}
