import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import { createWorld, programFile, trainingJob } from '../../testing/world.ts';
import type { Context } from '../context.ts';
import { addTrainingJob } from './create.ts';
import { requestStop } from './stop.ts';

/** What a tuner or a pipeline has at hand: a context of its region, and no call of the gateway. */
const origin = { region: 'us-east-1', accountId: '123456789012', nowMs: Date.now() };

test('A job that another resource makes runs like any other, and can be stopped by it', async (t) => {
  const world = await createWorld(t);
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  const context = {
    records: world.records,
    objects: world.objects,
    objectsAs: () => world.objects,
    algorithms: () => [
      { repositories: [{ repository: 'fake' }], commands: { train: [process.execPath, programFile, 'train'] } },
    ],
    checks: { problemsOf: async () => [], close: () => undefined },
    // The services see the record itself.
    changed: () => undefined,
  } as unknown as Context;
  const make = (name: string, more = {}) =>
    addTrainingJob(context, origin, trainingJob(name, more) as CreateTrainingJobCommandInput);
  const ended = (name: string) =>
    world
      .call('DescribeTrainingJob', { TrainingJobName: name }, { fromWaiter: true })
      .then((job) => job.TrainingJobStatus);

  assert.equal(await make('trial-1'), 'arn:aws:sagemaker:us-east-1:123456789012:training-job/trial-1');
  assert.equal(await ended('trial-1'), 'Completed');
  await assert.rejects(make('trial-1'), (thrown) => thrown instanceof ServiceError && thrown.code === 'ResourceInUse');

  await make('trial-2', { HyperParameters: { behave: 'wait' } });
  await requestStop(context, origin, 'trial-2');
  assert.equal(await ended('trial-2'), 'Stopped');
  await assert.rejects(requestStop(context, origin, 'trial-2'), /in status Stopped/);
});
