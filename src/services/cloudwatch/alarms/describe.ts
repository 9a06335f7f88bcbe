import type {
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  DescribeAlarmsForMetricCommandInput,
  DescribeAlarmsForMetricCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import { everyRecord } from '../../every-record.ts';
import { readToken, writeToken } from '../../page-token.ts';
import { readDimensions } from '../dimensions.ts';
import { pairsOf } from '../metric.ts';
import type { Metrics } from '../metrics.ts';
import { invalidCombination } from '../refusals.ts';
import { type AlarmBody, alarmId, alarmKind, describedAlarm, findAlarm, requestOf } from './alarm.ts';
import { actionsOf } from './transition.ts';

/** One page of alarms, in the order of their names. */
export async function describeAlarms(
  metrics: Metrics,
  { input, region }: Call<DescribeAlarmsCommandInput>,
): Promise<Omit<DescribeAlarmsCommandOutput, '$metadata'>> {
  const { AlarmNames: names, AlarmNamePrefix: prefix, MaxRecords: limit = 50, NextToken: token } = input;
  if (names !== undefined && prefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix must not both be given');
  const none = { MetricAlarms: [], CompositeAlarms: [] };
  // There are no composite alarms, which alone have children and are parents.
  const ofMetrics = input.AlarmTypes === undefined || input.AlarmTypes.includes('MetricAlarm');
  if (!ofMetrics || input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) return none;
  const records = metrics.recordsOf(region);
  const fits = ({ body }: RecordOf<AlarmBody>): boolean =>
    (input.StateValue === undefined || body.state.value === input.StateValue) &&
    (input.ActionPrefix === undefined || hasAction(body, input.ActionPrefix));
  if (names !== undefined) {
    const found = await Promise.all([...new Set(names)].map((name) => findAlarm(records, name)));
    const bodies = found.flatMap((record) => (record !== undefined && fits(record) ? [record.body] : []));
    return { ...none, MetricAlarms: bodies.map(describedAlarm) };
  }
  let idAfter = token === undefined ? '' : positionOf(token);
  const page: AlarmBody[] = [];
  for (;;) {
    const some: RecordOf<AlarmBody>[] = await records.list<AlarmBody>(alarmKind, {
      idPrefix: alarmId(prefix ?? ''),
      ...(idAfter === '' ? {} : { idAfter }),
    });
    for (const record of some) {
      if (page.length >= limit)
        return { ...none, MetricAlarms: page.map(describedAlarm), NextToken: writeToken({ id: idAfter }) };
      if (fits(record)) page.push(record.body);
      idAfter = record.id;
    }
    if (some.length === 0) return { ...none, MetricAlarms: page.map(describedAlarm) };
  }
}

const hasAction = (body: AlarmBody, prefix: string): boolean =>
  (['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const).some((state) =>
    actionsOf({ ...body, actionsEnabled: true }, state).some((arn) => arn.startsWith(prefix)),
  );

function positionOf(token: string): string {
  const position = readToken(
    token,
    (value): value is { id: string } => typeof (value as { id?: unknown } | null)?.id === 'string',
  );
  if (position === undefined) throw new ServiceError('InvalidNextToken', 'The specified NextToken is invalid.');
  return position.id;
}

/** The alarms on one metric. */
export async function describeAlarmsForMetric(
  metrics: Metrics,
  { input, region }: Call<DescribeAlarmsForMetricCommandInput>,
): Promise<Omit<DescribeAlarmsForMetricCommandOutput, '$metadata'>> {
  const dimensions = dimensionsOf(input);
  const fits = (body: AlarmBody): boolean => {
    const request = requestOf(body);
    return (
      request.Namespace === input.Namespace &&
      request.MetricName === input.MetricName &&
      dimensionsOf(request) === dimensions &&
      (['Statistic', 'ExtendedStatistic', 'Period', 'Unit'] as const).every(
        (member) => input[member] === undefined || request[member] === input[member],
      )
    );
  };
  const found: AlarmBody[] = [];
  for await (const { body } of everyRecord<AlarmBody>(metrics.recordsOf(region), alarmKind))
    if (fits(body)) found.push(body);
  return { MetricAlarms: found.map(describedAlarm) };
}

const dimensionsOf = ({ Dimensions }: Pick<DescribeAlarmsForMetricCommandInput, 'Dimensions'>): string =>
  JSON.stringify(pairsOf(readDimensions(Dimensions, 'DescribeAlarmsForMetric')));
