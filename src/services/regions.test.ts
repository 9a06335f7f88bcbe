import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Conflict, ServiceError } from '../base/index.ts';
import { memoryRecords, type Records } from '../store/index.ts';
import { createRegions, homeRegion } from './regions.ts';
import { createWorld, image, role, trainingJob, type World } from './testing/world.ts';

const regionNames = ['us-east-1', 'eu-west-1', 'eu-west-10'] as const;

test('A region sees the records of its own, whatever their names and however they are listed', async () => {
  const name = fc.constantFrom('eu', 'west', 'a', 'EU-west-1', 'b-1', 'z', 'west-1', '/aws/logs', '#1');
  const made = fc.array(fc.tuple(fc.constantFrom(...regionNames), name), { maxLength: 20 });
  const query = fc.record(
    {
      idContains: fc.constantFrom('eu', 'W', '-1', 'a'),
      idPrefix: fc.constantFrom('e', 'b-', '/'),
      idAfter: fc.constantFrom('a', 'eu', '#'),
      descending: fc.boolean(),
      offset: fc.nat(3),
      limit: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(made, query, async (entries, asked) => {
      const store = memoryRecords();
      const regions = createRegions(store, 'us-east-1');
      const twins = new Map<string, Records>(regionNames.map((region) => [region, memoryRecords()]));
      for (const [region, id] of entries) {
        const change = { put: { kind: 'k', id, createdAtMs: 1, updatedAtMs: 1, body: { region } } };
        assert.deepEqual(await regions.recordsOf(region).write([change]), await twins.get(region)!.write([change]));
      }
      for (const [region, twin] of twins)
        assert.deepEqual(await regions.recordsOf(region).list('k', asked), await twin.list('k', asked));
    }),
  );
});

test('Changes, conflicts, removals and streams of one region do not touch another', async () => {
  const store = memoryRecords();
  const regions = createRegions(store, 'us-east-1');
  const [home, away] = [regions.recordsOf('us-east-1'), regions.recordsOf('eu-west-1')];
  const seen: string[] = [];
  home.watch('k', (id) => seen.push(`home ${id}`));
  away.watch('k', (id) => seen.push(`away ${id}`));
  const put = { kind: 'k', id: 'a', createdAtMs: 1, updatedAtMs: 1, body: {} };
  await home.write([{ put, expect: 'absent' }]);
  await away.write([{ put, expect: 'absent' }]);
  await assert.rejects(away.write([{ put, expect: 'absent' }]), Conflict);
  await away.append('s', [{ timeMs: 1, text: 'away' }]);
  assert.deepEqual(await home.read('s', {}), []);
  assert.equal((await away.read('s', {})).length, 1);
  await away.write([{ remove: { kind: 'k', id: 'a' } }]);
  assert.equal((await home.get('k', 'a'))?.id, 'a');
  assert.equal(await away.get('k', 'a'), undefined);
  assert.deepEqual(seen, ['home a', 'away a', 'away a']);
  assert.deepEqual(regions.placeOf(regions.keyOf('eu-west-1', 'a')), { region: 'eu-west-1', id: 'a' });
  assert.deepEqual(regions.placeOf(regions.keyOf('us-east-1', 'a')), { region: 'us-east-1', id: 'a' });
});

test('The home region is that of the first start, whatever the server is told later', async () => {
  const store = memoryRecords();
  assert.equal(await homeRegion(store, 'eu-west-1', 0), 'eu-west-1');
  assert.equal(await homeRegion(store, 'us-east-1', 0), 'eu-west-1');
});

const eu = { region: 'eu-west-1' };

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown.message;
};

async function serve(world: World, name: string, content: string, region: { region: string }): Promise<void> {
  await world.put({ [`s3://models/${content}/model_algo-1`]: content });
  const S3DataSource = { S3Uri: `s3://models/${content}/`, S3DataType: 'S3Prefix', CompressionType: 'None' };
  const PrimaryContainer = { Image: image, ModelDataSource: { S3DataSource } };
  await world.call('CreateModel', { ModelName: name, PrimaryContainer, ExecutionRoleArn: role }, region);
  const variant = { VariantName: 'all', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m4.xlarge' };
  await world.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: [variant] }, region);
  await world.call('CreateEndpoint', { EndpointName: name, EndpointConfigName: name }, region);
  const settled = await world.call('DescribeEndpoint', { EndpointName: name }, { ...region, fromWaiter: true });
  assert.equal(settled.EndpointStatus, 'InService', settled.FailureReason);
}

test('Resources belong to the region they were made in, from their ARNs to their programs', async (t) => {
  const world = await createWorld(t);
  const us = { region: 'us-east-1' };
  await serve(world, 'live', 'one', us);
  await serve(world, 'live', 'two', eu);
  await serve(world, 'only-eu', 'three', eu);
  const invoked = async (name: string, region: object): Promise<string> =>
    JSON.parse((await world.call('InvokeEndpoint', { EndpointName: name, Body: Buffer.from('1') }, region)).Body).model;
  const check = async (): Promise<void> => {
    assert.deepEqual([await invoked('live', us), await invoked('live', eu)], ['one', 'two']);
    assert.match(await refusal(invoked('only-eu', us)), /not found/);
  };
  await check();
  const listed = async (region: object): Promise<string[]> =>
    (await world.call('ListEndpoints', { SortBy: 'Name', SortOrder: 'Ascending' }, region)).Endpoints.map(
      ({ EndpointArn }: { EndpointArn: string }) => EndpointArn,
    );
  assert.deepEqual(await listed(us), ['arn:aws:sagemaker:us-east-1:123456789012:endpoint/live']);
  assert.deepEqual(await listed(eu), [
    'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/live',
    'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/only-eu',
  ]);
  assert.match(
    await refusal(world.call('DescribeModel', { ModelName: 'only-eu' })),
    /Could not find model "arn:aws:sagemaker:us-east-1:/,
  );
  const [arn] = await listed(eu);
  assert.match(await refusal(world.call('ListTags', { ResourceArn: arn })), /is in eu-west-1; .* signed for us-east-1/);
  await world.call('AddTags', { ResourceArn: arn, Tags: [{ Key: 'a', Value: 'eu' }] }, eu);

  await world.restart();
  await check();
  await world.call('DeleteEndpoint', { EndpointName: 'live' }, eu);
  await refusal(world.call('DescribeEndpoint', { EndpointName: 'live' }, { ...eu, fromWaiter: true }));
  assert.equal(await invoked('live', us), 'one');
  assert.deepEqual(
    (await world.records.list('tags')).map(({ id }) => id).filter((id) => /endpoint\/live/.test(id)),
    ['endpoint/live'],
  );
});

test('A job and its logs are in the region it was made in', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  await world.call('CreateTrainingJob', trainingJob('job'), eu);
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: 'job' }, { ...eu, fromWaiter: true });
  assert.deepEqual(
    [job.TrainingJobStatus, job.TrainingJobArn],
    ['Completed', 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/job'],
  );
  const logGroupName = '/aws/sagemaker/TrainingJobs';
  const { logStreams } = await world.call('DescribeLogStreams', { logGroupName }, eu);
  assert.match(logStreams[0].arn, /^arn:aws:logs:eu-west-1:/);
  const { logStreamName } = logStreams[0];
  const { events } = await world.call('GetLogEvents', { logGroupName, logStreamName }, eu);
  assert.ok(events.length > 0);
  assert.deepEqual((await world.call('DescribeLogGroups')).logGroups, []);
  assert.deepEqual((await world.call('ListTrainingJobs')).TrainingJobSummaries, []);
  await refusal(world.call('StopTrainingJob', { TrainingJobName: 'job' }));
  // The name is free elsewhere.
  await world.call('CreateTrainingJob', trainingJob('job'));
  const other = await world.call('DescribeTrainingJob', { TrainingJobName: 'job' }, { fromWaiter: true });
  assert.equal(other.TrainingJobArn, 'arn:aws:sagemaker:us-east-1:123456789012:training-job/job');
});
