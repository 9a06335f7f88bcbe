import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { memoryRecords, type Records } from '../../store/index.ts';
import { metricSummaries, metricsMax } from '../sagemaker/trial-component/metrics.ts';
import { metricsService } from './batch-put-metrics.ts';

const place = { region: 'eu-west-1', accountId: '123456789012', nowMs: 5_000 };
const kind = 'experiment-trial-component';

async function recordsWithRun(): Promise<Records> {
  const records = memoryRecords();
  const body = { name: 'run', arn: 'arn', members: {} };
  await records.write([{ put: { kind, id: 'run', createdAtMs: 1, updatedAtMs: 1, body } }]);
  return records;
}

type Point = [name: string, value: number, timeMs: number];

const put = (records: Records, points: Point[], TrialComponentName = 'run') =>
  metricsService(() => records).operations.BatchPutMetrics!({
    ...place,
    input: {
      TrialComponentName,
      MetricData: points.map(([MetricName, Value, timeMs]) => ({ MetricName, Value, Timestamp: new Date(timeMs) })),
    },
  } as never);

test('The summary of a metric is that of all its points, whatever the order of their times', async () => {
  const records = await recordsWithRun();
  assert.deepEqual(
    await put(records, [
      ['loss', 1e9 + 4, 10],
      ['loss', 1e9 + 7, 30],
      ['auc', 0.5, 1],
    ]),
    { Errors: [] },
  );
  await Promise.all([put(records, [['loss', 1e9 + 13, 20]]), put(records, [['loss', 1e9 + 16, 5]])]);
  const [loss, auc] = await metricSummaries({ records }, 'run', 'arn');
  assert.deepEqual(
    { ...loss, StdDev: Math.round((loss?.StdDev ?? 0) * 1e6) },
    {
      MetricName: 'loss',
      SourceArn: 'arn',
      TimeStamp: new Date(30),
      Count: 4,
      Min: 1e9 + 4,
      Max: 1e9 + 16,
      Last: 1e9 + 7,
      Avg: 1e9 + 10,
      StdDev: Math.round(Math.sqrt(22.5) * 1e6),
    },
  );
  assert.deepEqual([auc?.MetricName, auc?.Count, auc?.StdDev], ['auc', 1, 0]);
});

test('A component that is absent is an error, and so is a metric too many in its place', async () => {
  const records = await recordsWithRun();
  await assert.rejects(
    put(records, [['a', 1, 1]], 'absent'),
    (thrown) => thrown instanceof ServiceError && /TrialComponent 'absent' does not exist/.test(thrown.message),
  );
  await put(
    records,
    Array.from({ length: metricsMax - 1 }, (_, i): Point => [`m${i}`, i, 1]),
  );
  const { Errors } = await put(records, [
    ['m0', 1, 2],
    ['new', 1, 2],
    ['more', 1, 2],
    ['m1', Number.NaN, 2],
  ]);
  assert.deepEqual(Errors, [
    { Code: 'METRIC_LIMIT_EXCEEDED', MetricIndex: 2 },
    { Code: 'VALIDATION_ERROR', MetricIndex: 3 },
  ]);
});
