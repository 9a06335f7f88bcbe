import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { type JsonObject, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { recordListLimit } from '../../../store/index.ts';
import { partitionOf } from '../../sagemaker/resource.ts';
import { readDimensions } from '../dimensions.ts';
import type { Metrics } from '../metrics.ts';
import { periodProblem, statisticProblem } from '../query.ts';
import { invalidQuery } from '../refusals.ts';
import { type AlarmBody, alarmKind, alarmsMax, findAlarm } from './alarm.ts';
import { comparisons, treatments } from './evaluate.ts';
import { item } from './history.ts';
import { changeAlarm } from './write.ts';

/** Makes an alarm, or replaces the configuration of one: it then keeps its state until it is evaluated. */
export async function putMetricAlarm(metrics: Metrics, call: Call<PutMetricAlarmCommandInput>): Promise<object> {
  const { input, nowMs } = call;
  const name = input.AlarmName ?? '';
  const problems = [...problemsOf(input)];
  if (problems.length > 0) throw invalidQuery(problems.join('; '));
  readDimensions(input.Dimensions, 'PutMetricAlarm');
  const records = metrics.recordsOf(call.region);
  if ((await findAlarm(records, name)) === undefined) {
    const alarms = await records.list(alarmKind, { limit: recordListLimit });
    if (alarms.length >= alarmsMax)
      throw new ServiceError('LimitExceeded', `There are ${alarms.length} alarms already; ${alarmsMax} are the limit`);
  }
  await changeAlarm(records, name, nowMs, (record) => {
    const body: AlarmBody = {
      name,
      arn: `arn:${partitionOf(call.region)}:cloudwatch:${call.region}:${call.accountId}:alarm:${name}`,
      request: JSON.parse(JSON.stringify(input)) as JsonObject,
      actionsEnabled: input.ActionsEnabled ?? true,
      configuredAtMs: Math.max(nowMs, (record?.body.configuredAtMs ?? 0) + 1),
      state: record?.body.state ?? {
        value: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        updatedAtMs: nowMs,
        changedAtMs: nowMs,
      },
    };
    const done = record === undefined ? 'created' : 'updated';
    const data = { type: record === undefined ? 'Create' : 'Update', updatedAlarm: body.request };
    return { body, items: [item('ConfigurationUpdate', nowMs, `Alarm "${name}" ${done}`, data)] };
  });
  return {};
}

const notOffered = [
  ['Metrics', 'metric math is not offered by Linnet; give MetricName, Namespace and Statistic of one metric'],
  ['ThresholdMetricId', 'anomaly detection is not offered by Linnet; give a Threshold'],
  ['ExtendedStatistic', 'percentiles are not offered by Linnet; give a Statistic'],
  ['EvaluateLowSampleCountPercentile', 'percentiles are not offered by Linnet'],
  ['EvaluationCriteria', 'queries in PromQL are not offered by Linnet; give MetricName, Namespace and Statistic'],
  ['EvaluationInterval', 'alarms are evaluated every minute, or every 10 seconds where their period is shorter'],
  ['EvaluationWindow', 'periods slide with the time; leave it out'],
  ['WarmUpConfiguration', 'alarms are evaluated from their beginning; leave it out'],
  ['ActionConfiguration', 'Linnet runs no actions of alarms; leave it out'],
  ['Tags', 'alarms have no tags in Linnet; leave them out'],
] as const;

function* problemsOf(input: PutMetricAlarmCommandInput): Generator<string> {
  // The SDK's types are older than the service model.
  const given: Readonly<Record<string, unknown>> = { ...input };
  for (const [member, reason] of notOffered)
    if (given[member] !== undefined) yield `${member} cannot be used: ${reason}`;
  if (hasControlCharacter(input.AlarmName ?? '')) yield 'AlarmName has a control character';
  if (given.Metrics === undefined && given.EvaluationCriteria === undefined) yield* metricProblems(input);
  const { ComparisonOperator: operator, Threshold, TreatMissingData: treatment } = input;
  if (operator === undefined) yield 'ComparisonOperator must be given';
  else if (!Object.hasOwn(comparisons, operator))
    yield `ComparisonOperator ${operator} is for anomaly detection, which Linnet does not offer; give one of ${Object.keys(comparisons).join(', ')}`;
  if (Threshold === undefined) yield 'Threshold must be given';
  else if (!Number.isFinite(Threshold)) yield `Threshold is ${Threshold}; it must be a finite number`;
  if (treatment !== undefined && !treatments.includes(treatment as never))
    yield `TreatMissingData is "${treatment}"; it must be one of ${treatments.join(', ')}`;
}

const isControl = (character: string): boolean => character < ' ' || character === '\x7f';
const hasControlCharacter = (text: string): boolean => [...text].some(isControl);

const dayPeriodMax = 3_600;
const daySeconds = 86_400;

function* metricProblems(input: PutMetricAlarmCommandInput): Generator<string> {
  const { Period: period, EvaluationPeriods: periods, DatapointsToAlarm: datapoints, Statistic: statistic } = input;
  for (const member of ['MetricName', 'Namespace', 'Period', 'EvaluationPeriods'] as const)
    if (input[member] === undefined) yield `${member} must be given`;
  if (statistic === undefined && input.ExtendedStatistic === undefined) yield 'Statistic must be given';
  const problem = statistic === undefined ? undefined : statisticProblem(statistic);
  if (problem !== undefined) yield problem;
  if (period === undefined || periods === undefined) return;
  const wrongPeriod = period === 1 || period === 5 || periodProblem(period) !== undefined;
  if (wrongPeriod) yield `The Period of an alarm must be 10, 20, 30 or a multiple of 60; it is ${period}`;
  if (datapoints !== undefined && datapoints > periods)
    yield `DatapointsToAlarm is ${datapoints}; it must not be greater than EvaluationPeriods, which is ${periods}`;
  const spanMax = period < dayPeriodMax ? daySeconds : 7 * daySeconds;
  if (period * periods > spanMax)
    yield `EvaluationPeriods times Period is ${periods * period} seconds; it must be at most ${spanMax}, ${spanMax / daySeconds === 1 ? 'one day' : 'seven days'}`;
}
