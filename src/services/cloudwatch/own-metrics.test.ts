import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRecords } from '../../store/index.ts';
import { archiveOf } from '../testing/archive.ts';
import { ended } from '../testing/jobs.ts';
import { createWorld, image, trainingJob, type World } from '../testing/world.ts';

const minuteMs = 60_000;

/** The statistics of the last minutes, as one. */
async function statistics(world: World, Namespace: string, MetricName: string, dimensions: Record<string, string>) {
  const nowMs = Date.now();
  const { Datapoints } = await world.call('GetMetricStatistics', {
    Namespace,
    MetricName,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    StartTime: new Date(nowMs - 10 * minuteMs),
    EndTime: new Date(nowMs + minuteMs),
    Period: 3_600,
    Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum'],
  });
  return Datapoints[0];
}

test('Every value that a training job logs is in the metrics of training jobs', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  const AlgorithmSpecification = {
    TrainingImage: image,
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'added', Regex: 'mse <loss>=([0-9.]+)' }],
  };
  await world.call('CreateTrainingJob', trainingJob('Job-1', { AlgorithmSpecification }));
  assert.equal((await ended(world, 'Job-1')).TrainingJobStatus, 'Completed');
  for (const name of ['train:mse', 'added']) {
    const { Timestamp, ...found } = await statistics(world, '/aws/sagemaker/TrainingJobs', name, {
      TrainingJobName: 'Job-1',
    });
    assert.ok(Math.abs(Timestamp.getTime() - Date.now()) < 20 * minuteMs, String(Timestamp));
    assert.deepEqual(found, { SampleCount: 2, Sum: 0.75, Minimum: 0.25, Maximum: 0.5, Unit: 'None' });
  }
  const { Metrics } = await world.call('ListMetrics', { Namespace: '/aws/sagemaker/TrainingJobs' });
  assert.deepEqual(Metrics.map(({ MetricName }: any) => MetricName).sort(), ['added', 'train:mse']);
});

test('Invocations of a variant are counted and timed, and are still there after a restart', async (t) => {
  const world = await createWorld(t, { records: memoryRecords() });
  await world.put({ 's3://models/one.tar.gz': await archiveOf({ 'model_algo-1': 'one' }) });
  const PrimaryContainer = { Image: image, ModelDataUrl: 's3://models/one.tar.gz' };
  await world.call('CreateModel', { ModelName: 'one', PrimaryContainer });
  const variant = { VariantName: 'All', ModelName: 'one', InitialInstanceCount: 2, InstanceType: 'ml.m4.xlarge' };
  await world.call('CreateEndpointConfig', { EndpointConfigName: 'one', ProductionVariants: [variant] });
  await world.call('CreateEndpoint', { EndpointName: 'Live', EndpointConfigName: 'one' });
  await world.call('DescribeEndpoint', { EndpointName: 'Live' }, { fromWaiter: true });
  const invoke = (body: string) =>
    world.call('InvokeEndpoint', { EndpointName: 'Live', Body: Buffer.from(body), ContentType: 'text/csv' });
  await invoke('1');
  await invoke('2');
  await assert.rejects(invoke('status 400'));

  const of = (name: string) => statistics(world, 'AWS/SageMaker', name, { EndpointName: 'Live', VariantName: 'All' });
  const sums = async () => {
    const names = [
      'Invocations',
      'InvocationsPerInstance',
      'Invocation4XXErrors',
      'Invocation5XXErrors',
      'InvocationModelErrors',
    ];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await of(name)).Sum])));
  };
  const expected = {
    Invocations: 3,
    InvocationsPerInstance: 1.5,
    Invocation4XXErrors: 1,
    Invocation5XXErrors: 0,
    InvocationModelErrors: 1,
  };
  assert.deepEqual(await sums(), expected);
  const latency = await of('ModelLatency');
  assert.deepEqual([latency.SampleCount, latency.Unit], [3, 'Microseconds']);
  assert.ok(latency.Minimum > 0 && latency.Maximum < 60e6, JSON.stringify(latency));
  assert.ok((await of('OverheadLatency')).Minimum >= 0);
  await invoke('3');
  await world.restart();
  assert.equal((await of('Invocations')).Sum, 4);
});
