import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMeters } from '../../cloudwatch/meters.ts';
import type { LiveEndpoint } from '../../sagemaker-runtime/live-table.ts';
import type { Instance } from '../serving/instance.ts';
import { instanceUsage } from './instance-usage.ts';

const instanceOf = (...programs: ({ processorSeconds: number; memoryBytes: number } | undefined)[]): Instance =>
  ({ containers: programs.map((program) => ({ usage: () => program && { ...program } })) }) as unknown as Instance;

test('an endpoint has the share of the machine that each instance uses, processors by the time that has passed', () => {
  const meters = createMeters();
  const pipeline = [
    { processorSeconds: 5, memoryBytes: 100 },
    { processorSeconds: 1, memoryBytes: 150 },
  ];
  const restarted = { processorSeconds: 9, memoryBytes: 500 };
  const instances = [instanceOf(...pipeline), instanceOf(restarted), instanceOf(undefined)];
  const endpoint = { region: 'eu-west-1', name: 'Live', routes: [{ variant: 'All', instances }], shadows: [] };
  let steadyMs = 0;
  const measure = instanceUsage({
    live: { all: () => [endpoint as unknown as LiveEndpoint] },
    open: meters.open,
    memoryBytes: 1000,
    nowMs: () => steadyMs,
    steadyMs: () => steadyMs,
  });
  const found = (): Record<string, object> =>
    Object.fromEntries([...meters.drain().values()].flat().map(({ metric, statistics }) => [metric.name, statistics]));
  measure();
  assert.deepEqual(found(), { MemoryUtilization: { count: 2, sum: 75, min: 25, max: 50 } });
  steadyMs += 10_000;
  pipeline[0]!.processorSeconds += 12;
  pipeline[1]!.processorSeconds += 3;
  restarted.processorSeconds = 1;
  measure();
  assert.deepEqual(found().CPUUtilization, { count: 1, sum: 150, min: 150, max: 150 });
  steadyMs += 10_000;
  restarted.processorSeconds = 2;
  measure();
  assert.deepEqual(found().CPUUtilization, { count: 2, sum: 10, min: 0, max: 10 });
});

test('an endpoint with many models has the number of those that each program has loaded', () => {
  const meters = createMeters();
  const holding = (count: number) => ({ containers: [{ models: { count }, usage: () => undefined }] });
  const instances = [holding(3), holding(1), { ...holding(0), resting: true }];
  const endpoint = { region: 'eu-west-1', name: 'Many', routes: [{ variant: 'All', instances }], shadows: [] };
  const live = { all: () => [endpoint as unknown as LiveEndpoint] };
  instanceUsage({ live, open: meters.open, memoryBytes: 1000, nowMs: () => 0, steadyMs: () => 0 })();
  const [{ metric, statistics }] = [...meters.drain().values()].flat() as [any];
  assert.deepEqual([metric.name, statistics], ['LoadedModelCount', { count: 2, sum: 4, min: 1, max: 3 }]);
});
