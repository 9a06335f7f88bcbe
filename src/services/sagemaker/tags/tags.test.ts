import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../base/index.ts';
import { createWorld, trainingJob } from '../../testing/world.ts';

const arn = 'arn:aws:sagemaker:us-east-1:123456789012:training-job/Tagged';

test('Tags come with the resource, can be added, replaced and removed, and go with it', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://data/train/a.csv': '1' });
  const tags = async (): Promise<object> => (await world.call('ListTags', { ResourceArn: arn })).Tags;
  await world.call('CreateTrainingJob', trainingJob('Tagged', { Tags: [{ Key: 'team', Value: 'one' }] }));
  const { LastModifiedTime } = await world.call(
    'DescribeTrainingJob',
    { TrainingJobName: 'tagged' },
    { fromWaiter: true },
  );
  await world.call('AddTags', {
    ResourceArn: arn,
    Tags: [
      { Key: 'team', Value: 'two' },
      { Key: 'cost', Value: '' },
    ],
  });
  assert.deepEqual(await tags(), [
    { Key: 'team', Value: 'two' },
    { Key: 'cost', Value: '' },
  ]);
  await world.call('DeleteTags', { ResourceArn: arn, TagKeys: ['team', 'other'] });
  assert.deepEqual(await tags(), [{ Key: 'cost', Value: '' }]);
  assert.deepEqual(
    (await world.call('DescribeTrainingJob', { TrainingJobName: 'tagged' })).LastModifiedTime,
    LastModifiedTime,
    'a tag is no change of the job',
  );
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  await assert.rejects(world.call('AddTags', { ResourceArn: arn, Tags: many }), /would have 51 tags; at most 50/);
  await world.call('DeleteTrainingJob', { TrainingJobName: 'Tagged' });
  await assert.rejects(
    tags(),
    (thrown) => thrown instanceof ServiceError && thrown.message === 'Requested resource not found.',
  );
  await assert.rejects(
    world.call('ListTags', { ResourceArn: 'arn:aws:sagemaker:us-east-1:123456789012:flow-definition/x' }),
    /is none of them/,
  );
});
