import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ServiceError } from '../../../base/index.ts';
import { createWorld, manualTimers, type World } from '../../testing/world.ts';

const minuteMs = 60_000;

interface Clock extends ReturnType<typeof manualTimers> {
  /** Lets the time pass, and the alarms that are then evaluated end. */
  pass(ms: number): Promise<void>;
}

async function worldWithClock(t: TestContext): Promise<{ world: World; clock: Clock }> {
  const clock = manualTimers();
  const world = await createWorld(t, { nowMs: clock.nowMs, timers: clock.timers });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 10_000) {
      clock.advance(Math.min(left, 10_000));
      // The evaluation takes a few turns of the loop, over records in memory.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { world, clock: { ...clock, pass } };
}

const errors = { Namespace: 'Own', MetricName: 'Errors' };
const alarm = (AlarmName: string, more: object = {}) => ({
  AlarmName,
  ...errors,
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 3,
  ComparisonOperator: 'GreaterThanThreshold',
  ...more,
});
const put = (world: World, Value: number) =>
  world.call('PutMetricData', { Namespace: 'Own', MetricData: [{ MetricName: 'Errors', Value }] });
const described = async (world: World, name: string) =>
  (await world.call('DescribeAlarms', { AlarmNames: [name] })).MetricAlarms[0];
const stateOf = async (world: World, name: string): Promise<string> => (await described(world, name)).StateValue;

const refusal = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown;
};

test('An alarm follows its metric, says why in its state and history, and is the same after a restart', async (t) => {
  const { world, clock } = await worldWithClock(t);
  await world.call('PutMetricAlarm', alarm('many errors'));
  assert.equal(await stateOf(world, 'many errors'), 'INSUFFICIENT_DATA');
  await put(world, 1);
  await clock.pass(minuteMs);
  assert.equal(await stateOf(world, 'many errors'), 'OK');
  await put(world, 2);
  await put(world, 3);
  await clock.pass(minuteMs);
  const raised = await described(world, 'many errors');
  assert.equal(raised.StateValue, 'ALARM');
  assert.equal(
    raised.StateReason,
    'Threshold Crossed: 1 out of the last 1 datapoints [5.0 (01/01/26 00:01:00)] was greater than the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition).',
  );
  assert.deepEqual(JSON.parse(raised.StateReasonData).recentDatapoints, [5]);
  await world.restart();
  assert.equal(await stateOf(world, 'many errors'), 'ALARM');
  await clock.pass(5 * minuteMs);
  assert.equal(await stateOf(world, 'many errors'), 'INSUFFICIENT_DATA', 'the values are too old');
  const { AlarmHistoryItems: items } = await world.call('DescribeAlarmHistory', { AlarmName: 'many errors' });
  assert.deepEqual(
    items.map(({ HistorySummary }: any) => HistorySummary),
    [
      'Alarm updated from ALARM to INSUFFICIENT_DATA',
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
      'Alarm "many errors" created',
    ],
  );
});

test('Periods of several minutes slide by the minute, and a metric of another unit is no metric of the alarm', async (t) => {
  const { world, clock } = await worldWithClock(t);
  await world.call('PutMetricAlarm', alarm('slow', { Period: 300 }));
  await world.call('PutMetricAlarm', alarm('bytes', { Unit: 'Bytes', TreatMissingData: 'notBreaching' }));
  await clock.pass(2 * minuteMs);
  await put(world, 4);
  await clock.pass(minuteMs);
  assert.deepEqual([await stateOf(world, 'slow'), await stateOf(world, 'bytes')], ['ALARM', 'OK']);
});

test('SetAlarmState holds until the next evaluation, and the history names each action that is not run', async (t) => {
  const { world, clock } = await worldWithClock(t);
  const AlarmActions = ['arn:aws:sns:us-east-1:123456789012:topic'];
  await world.call('PutMetricAlarm', alarm('tried', { AlarmActions, TreatMissingData: 'notBreaching' }));
  await clock.pass(minuteMs);
  const set = { AlarmName: 'tried', StateValue: 'ALARM', StateReason: 'A test' };
  await world.call('SetAlarmState', set);
  assert.deepEqual((await described(world, 'tried')).StateReason, 'A test');
  await clock.pass(minuteMs);
  assert.equal(await stateOf(world, 'tried'), 'OK');
  const actions = async () =>
    (await world.call('DescribeAlarmHistory', { AlarmName: 'tried', HistoryItemType: 'Action' })).AlarmHistoryItems;
  const [failed] = await actions();
  assert.match(failed.HistorySummary, /^Failed to execute action arn:aws:sns:.*Linnet runs no actions/);
  await world.call('DisableAlarmActions', { AlarmNames: ['tried', 'unknown'] });
  await world.call('SetAlarmState', set);
  assert.equal((await actions()).length, 1);
  assert.equal((await refusal(world.call('SetAlarmState', { ...set, AlarmName: 'other' }))).code, 'ResourceNotFound');
  assert.equal((await refusal(world.call('SetAlarmState', { ...set, StateReasonData: '{' }))).code, 'InvalidFormat');
});

test('Alarms are listed by prefix, state and metric, a page at a time, and removed all or none', async (t) => {
  const { world } = await worldWithClock(t);
  for (const name of ['b', '!a', 'a2', 'a1']) await world.call('PutMetricAlarm', alarm(name));
  await world.call(
    'PutMetricAlarm',
    alarm('other', { MetricName: 'Rows', Dimensions: [{ Name: 'Team', Value: 'x' }] }),
  );
  const names = async (operation: string, input: object = {}): Promise<string[]> =>
    (await world.call(operation, input)).MetricAlarms.map(({ AlarmName }: any) => AlarmName);
  assert.deepEqual(await names('DescribeAlarms'), ['!a', 'a1', 'a2', 'b', 'other']);
  assert.deepEqual(await names('DescribeAlarms', { AlarmNamePrefix: 'a' }), ['a1', 'a2']);
  const { NextToken } = await world.call('DescribeAlarms', { MaxRecords: 2 });
  assert.deepEqual(await names('DescribeAlarms', { NextToken, MaxRecords: 2 }), ['a2', 'b']);
  assert.deepEqual(await names('DescribeAlarms', { StateValue: 'OK' }), []);
  const rows = { Namespace: 'Own', MetricName: 'Rows', Dimensions: [{ Name: 'Team', Value: 'x' }] };
  assert.deepEqual(await names('DescribeAlarmsForMetric', rows), ['other']);
  assert.equal((await refusal(world.call('DeleteAlarms', { AlarmNames: ['a1', 'z'] }))).code, 'ResourceNotFound');
  await world.call('DeleteAlarms', { AlarmNames: ['a1', 'a2', '!a', 'b'] });
  assert.deepEqual(await names('DescribeAlarms'), ['other']);
});

test('An alarm that cannot be evaluated is refused with all its problems', async (t) => {
  const { world } = await worldWithClock(t);
  const refused = async (more: object): Promise<string> => {
    const { code, message } = await refusal(world.call('PutMetricAlarm', alarm('wrong', more)));
    assert.equal(code, 'ValidationError');
    return message;
  };
  assert.equal(
    await refused({ Period: 90, EvaluationPeriods: 2, DatapointsToAlarm: 3, TreatMissingData: 'often' }),
    'The Period of an alarm must be 10, 20, 30 or a multiple of 60; it is 90; DatapointsToAlarm is 3; it must not be greater than EvaluationPeriods, which is 2; TreatMissingData is "often"; it must be one of missing, ignore, breaching, notBreaching',
  );
  assert.match(await refused({ Period: 300, EvaluationPeriods: 289 }), /is 86700 seconds; it must be at most 86400/);
  assert.match(await refused({ Statistic: undefined, ExtendedStatistic: 'p99' }), /^ExtendedStatistic cannot be used/);
  assert.match(await refused({ Threshold: undefined }), /^Threshold must be given$/);
  assert.match(await refused({ Metrics: [] }), /^Metrics cannot be used: metric math is not offered/);
  assert.match(await refused({ ComparisonOperator: 'GreaterThanUpperThreshold' }), /is for anomaly detection/);
});
