import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRecords } from '../../store/index.ts';
import { manualTimers } from '../testing/world.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { cloudwatchService } from './service.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function start(records = memoryRecords()) {
  const clock = manualTimers();
  const logged: string[] = [];
  const metrics: Metrics = openMetrics({
    records,
    recordsOf: () => records,
    nowMs: clock.nowMs,
    timers: clock.timers,
    log: (text) => logged.push(text),
  });
  const { operations } = cloudwatchService(metrics);
  const call = (operation: string, input: object): Promise<any> =>
    operations[operation]!({ input, region: 'eu-west-1', nowMs: clock.nowMs() } as never);
  const sums = async (period: number, agoMs: number, forMs = agoMs): Promise<number[]> => {
    const startMs = clock.nowMs() - agoMs;
    const MetricStat = { Metric: { Namespace: 'Own', MetricName: 'm' }, Period: period, Stat: 'Sum' };
    const { MetricDataResults } = await call('GetMetricData', {
      MetricDataQueries: [{ Id: 'a', MetricStat }],
      StartTime: new Date(startMs),
      EndTime: new Date(startMs + forMs + 1000),
      ScanBy: 'TimestampAscending',
    });
    return MetricDataResults[0].Values;
  };
  const put = (Value: number, more: object = {}) =>
    call('PutMetricData', { Namespace: 'Own', MetricData: [{ MetricName: 'm', Value, ...more }] });
  return { records, clock, metrics, logged, call, put, sums };
}

test('points of seconds go after three hours, of minutes after 15 days, of hours after 455', async () => {
  const { records, clock, metrics, put, sums } = start();
  metrics.start();
  await put(1, { StorageResolution: 1 });
  await put(2);
  const kept = async () => (await records.list('metric-block')).map(({ status }) => status).sort();
  assert.deepEqual([await sums(1, 1000), await sums(60, hourMs), await sums(3600, hourMs)], [[1], [3], [3]]);
  assert.deepEqual(await kept(), ['1', '3600', '60']);
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await metrics.flush();
    // The sweep is in turn after the flush that the clock began.
    await new Promise(setImmediate);
    await metrics.flush();
  };
  await pass(5 * hourMs);
  assert.deepEqual(await kept(), ['3600', '60']);
  await pass(17 * dayMs);
  assert.deepEqual(await kept(), ['3600']);
  assert.deepEqual(await sums(3600, 18 * dayMs), [3], 'an hour is answered by points of hours');
  assert.deepEqual(await sums(60, 18 * dayMs), []);
  await pass(440 * dayMs);
  assert.deepEqual(await kept(), []);
  assert.deepEqual(await records.list('metric-series'), []);
  await metrics.stop();
});

test('what is put at the same time is all there', async () => {
  const { put, sums } = start();
  await Promise.all(Array.from({ length: 50 }, () => put(1)));
  assert.deepEqual(await sums(60, hourMs), [50]);
});

test('a store that refuses loses no values that Linnet measured', async () => {
  const records = memoryRecords();
  let refuses = true;
  const write = records.write.bind(records);
  records.write = async (changes) => {
    if (refuses) throw new Error('No room');
    return write(changes);
  };
  const { clock, metrics, logged, sums } = start(records);
  const meter = metrics.open({ region: 'eu-west-1', namespace: 'Own', name: 'm', dimensions: [], unit: 'None' });
  meter.add(1, clock.nowMs());
  meter.add(2, clock.nowMs());
  await metrics.flush();
  assert.deepEqual(logged, ['Metrics of eu-west-1 could not be kept yet: No room']);
  refuses = false;
  meter.add(4, clock.nowMs());
  assert.deepEqual(await sums(60, hourMs), [7]);
});

test('names that objects have already are names like others', async () => {
  const { call } = start();
  const MetricData = ['__proto__', 'constructor'].map((MetricName) => ({ MetricName, Value: 1 }));
  await call('PutMetricData', { Namespace: '/aws/sagemaker/TrainingJobs', MetricData });
  const { Metrics } = await call('ListMetrics', {});
  assert.deepEqual(
    Metrics.map(({ MetricName }: { MetricName: string }) => MetricName),
    ['__proto__', 'constructor'],
  );
});
