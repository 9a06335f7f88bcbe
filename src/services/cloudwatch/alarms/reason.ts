import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { AlarmBody } from './alarm.ts';
import { requestOf } from './alarm.ts';
import { type AlarmRule, breaches, comparisons } from './evaluate.ts';

/** A period that has a value. */
export interface Datapoint {
  startMs: number;
  value: number;
}

interface Findings {
  rule: AlarmRule;
  /** The latest first. */
  datapoints: readonly Datapoint[];
  state: StateValue;
}

/** Why an alarm is in a state, in CloudWatch's words. */
export function reasonOf({ rule, datapoints, state }: Findings): string {
  const { periods, datapointsToAlarm, treatMissing, threshold, comparison } = rule;
  if (datapoints.length === 0) {
    const were = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
    if (state === 'INSUFFICIENT_DATA')
      return `Insufficient Data: ${were(periods, 'datapoint')} ${periods === 1 ? 'was' : 'were'} unknown.`;
    const treated = treatMissing === 'breaching' ? 'Breaching' : 'NonBreaching';
    return `Threshold Crossed: no datapoints were received for ${were(periods, 'period')} and ${were(periods, 'missing datapoint')} ${periods === 1 ? 'was' : 'were'} treated as [${treated}].`;
  }
  const counted = datapoints.slice(0, periods);
  const isAlarm = state === 'ALARM';
  const named = counted.filter(({ value }) => breaches(rule, value) === isAlarm);
  const list = named.map(({ startMs, value }) => `${numberText(value)} (${timeText(startMs)})`).join(', ');
  const verb = `${named.length === 1 ? 'was' : 'were'}${isAlarm ? '' : ' not'}`;
  const minimum = isAlarm
    ? ` (minimum ${datapointsToAlarm} datapoint${datapointsToAlarm === 1 ? '' : 's'} for OK -> ALARM transition)`
    : '';
  const many = isAlarm ? `${named.length} out of the last ${periods} datapoints` : plural(named.length);
  return `Threshold Crossed: ${many} [${list}] ${verb} ${comparisons[comparison]} the threshold (${numberText(threshold)})${minimum}.`;
}

const plural = (count: number): string => `${count} datapoint${count === 1 ? '' : 's'}`;

/** 5 as 5.0: CloudWatch's numbers are doubles. */
const numberText = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** 30/11/26 22:10:00 in UTC. */
function timeText(timeMs: number): string {
  const [year = '', month = '', day = ''] = new Date(timeMs).toISOString().slice(2, 10).split('-');
  return `${day}/${month}/${year} ${new Date(timeMs).toISOString().slice(11, 19)}`;
}

/** The same for programs. */
export function reasonDataOf(body: AlarmBody, { rule, datapoints }: Findings, nowMs: number): string {
  const { Statistic: statistic = null, Period: period = null } = requestOf(body);
  const start = datapoints.at(-1)?.startMs;
  return JSON.stringify({
    version: '1.0',
    queryDate: new Date(nowMs).toISOString(),
    ...(start !== undefined && { startDate: new Date(start).toISOString() }),
    statistic,
    period,
    recentDatapoints: datapoints
      .slice(0, rule.periods)
      .map(({ value }) => value)
      .reverse(),
    threshold: rule.threshold,
  });
}
