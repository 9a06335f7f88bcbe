import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Unavailable } from '../../../../base/index.ts';
import { PassedOver } from '../../../../contract/index.ts';
import { createWorld, manualTimers, trainingJob, type World } from '../../../testing/world.ts';
import type { Context } from '../../context.ts';
import { openCheckpoints } from './checkpoints.ts';

const config = { S3Uri: 's3://data/kept' };

async function opened(t: TestContext, objects: Record<string, string>) {
  const world = await createWorld(t);
  await world.put({ 's3://data/other': 'x', ...objects });
  const folder = join(mkdtempSync(join(tmpdir(), 'linnet-checkpoints-')), 'checkpoints');
  t.after(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  const clock = manualTimers();
  const context = { objects: world.objects, timers: clock.timers } as Context;
  const checkpoints = await openCheckpoints(context, config, folder, new PassedOver(), new AbortController().signal);
  const problems: string[] = [];
  checkpoints.start((text) => problems.push(text));
  const stored = async (): Promise<Record<string, string>> => {
    const found = await world.objects.list('data', { prefix: 'kept' });
    const entries = found.map(async ({ key }) => [key, (await world.read(`s3://data/${key}`)).toString()] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  /** Lets the clock pass a look, and waits until the bucket is as it should be. */
  const becomes = async (due: Record<string, string>): Promise<void> => {
    for (;;) {
      const now = await stored();
      if (JSON.stringify(now) === JSON.stringify(due)) return;
      clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { world, folder, checkpoints, problems, stored, becomes };
}

test('What lies below the S3Uri is fetched; what the program writes, changes and removes is stored alike', async (t) => {
  const { folder, checkpoints, stored, becomes } = await opened(t, {
    's3://data/kept/a/one': '1',
    's3://data/kept-not': 'x',
  });
  assert.equal(readFileSync(join(folder, 'a/one'), 'utf8'), '1');
  mkdirSync(join(folder, 'b'));
  writeFileSync(join(folder, '.partial'), 'half');
  symlinkSync('/etc/hosts', join(folder, 'link'));
  renameSync(join(folder, '.partial'), join(folder, 'b/two'));
  const outside = { 'kept-not': 'x' };
  await becomes({ ...outside, 'kept/a/one': '1', 'kept/b/two': 'half' });
  writeFileSync(join(folder, '.partial'), 'longer');
  renameSync(join(folder, '.partial'), join(folder, 'b/two'));
  rmSync(join(folder, 'a/one'));
  await becomes({ ...outside, 'kept/b/two': 'longer' });
  writeFileSync(join(folder, 'last'), 'words');
  writeFileSync(join(folder, '.partial'), 'half');
  await checkpoints.finish();
  assert.deepEqual(await stored(), { ...outside, 'kept/b/two': 'longer', 'kept/last': 'words' });
});

test('A store that fails once at the end gets the last checkpoint all the same', async (t) => {
  const { world, folder, checkpoints, problems, stored } = await opened(t, {});
  const { put } = world.objects;
  let failures = 1;
  world.objects.put = (...args) => {
    if (failures > 0) {
      failures -= 1;
      return Promise.reject(new Unavailable('The disk went away', { retry: true }));
    }
    return put.apply(world.objects, args);
  };
  writeFileSync(join(folder, 'state'), '1');
  await checkpoints.finish();
  assert.deepEqual(await stored(), { 'kept/state': '1' });
  assert.deepEqual(problems, ['The checkpoints could not be stored in s3://data/kept: The disk went away']);
});

test('A bucket that went away is told once, and the job goes on', async (t) => {
  const { world, folder, checkpoints, problems } = await opened(t, {});
  await world.objects.remove('data', 'other');
  await world.objects.removeBucket('data');
  writeFileSync(join(folder, 'state'), '1');
  await checkpoints.finish();
  await checkpoints.finish();
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^The checkpoints could not be stored in s3:\/\/data\/kept: /);
});

async function untilStored(world: World, clock: ReturnType<typeof manualTimers>, text: string): Promise<void> {
  for (;;) {
    clock.advance(1_000);
    const found = await world.objects.head('data', 'kept/below/state');
    if (found !== undefined && (await world.read('s3://data/kept/below/state')).toString() === text) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('A job that the server was stopped under goes on from its checkpoint, and leaves one when it is stopped', async (t) => {
  const clock = manualTimers();
  const world = await createWorld(t, { timers: clock.timers, nowMs: clock.nowMs });
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  const request = { CheckpointConfig: config, HyperParameters: { behave: 'checkpoint' } };
  await world.call('CreateTrainingJob', trainingJob('job', request));
  await untilStored(world, clock, 'begun,');
  await world.restart();
  await untilStored(world, clock, 'begun,stopped,begun,');
  const described = await world.call('DescribeTrainingJob', { TrainingJobName: 'job' });
  assert.deepEqual(described.CheckpointConfig, config);
  assert.ok(described.SecondaryStatusTransitions.some(({ Status }: { Status: string }) => Status === 'Restarting'));
  await world.call('StopTrainingJob', { TrainingJobName: 'job' });
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: 'job' }, { fromWaiter: true });
  assert.equal(job.TrainingJobStatus, 'Stopped');
  const kept = (await world.read('s3://data/kept/below/state')).toString();
  assert.equal(kept, 'begun,stopped,begun,stopped,');
});
