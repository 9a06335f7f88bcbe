import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Unavailable } from '../../../base/index.ts';
import { archiveOf } from '../../testing/archive.ts';
import { image, type World } from '../../testing/world.ts';
import { endOf, logsOf, outputsOf, run, transformJob, transformWorld } from './testing/transform-world.ts';

/** Resolves when the job's program has the request that it will not answer. */
async function waiting(world: World, name: string, bytes = 5): Promise<void> {
  const lines = async (): Promise<string[]> =>
    (await logsOf(world, name).catch(() => ({ program: [] as string[] }))).program;
  while (!(await lines()).some((line) => line.startsWith(`request of ${bytes} bytes`)))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const foldersOf = (world: World): string[] => {
  try {
    return readdirSync(join(world.folder, 'programs/transforms'));
  } catch {
    return [];
  }
};

test('A job that is stopped keeps whole outputs, shows no partial one, and leaves no program', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n', 's3://data/in/b.csv': '2\nwait\n' });
  await world.call('CreateTransformJob', transformJob('job', { BatchStrategy: 'SingleRecord' }));
  await waiting(world, 'job', 4);
  await world.call('StopTransformJob', { TransformJobName: 'job' });
  const job = await endOf(world, 'job');
  assert.deepEqual([job.TransformJobStatus, job.FailureReason], ['Stopped', undefined]);
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '1\n' });
  assert.deepEqual(foldersOf(world), []);
});

test('A job whose server was stopped begins again, with the model as it was', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': 'wait\n', 's3://data/in/b.csv': '2\n' });
  await world.call('CreateTransformJob', transformJob('job'));
  await waiting(world, 'job');
  await world.call('DeleteModel', { ModelName: 'rows' });
  await world.put({ 's3://data/in/a.csv': '1\n' });
  await world.restart();
  const job = await endOf(world, 'job');
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '1\n', 'b.csv.out': '2\n' });
  assert.deepEqual(foldersOf(world), []);
});

test('A model that cannot be loaded or does not start fails the job with the reason', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n', 's3://models/broken.tar.gz': 'no archive' });
  const broken = { Image: image, ModelDataUrl: 's3://models/broken.tar.gz' };
  await world.call('CreateModel', { ModelName: 'broken', PrimaryContainer: broken });
  const unread = await run(world, 'unread', { ModelName: 'broken' });
  assert.match(unread.FailureReason, /^ClientError: The model of transform job unread could not be loaded: /);
  const silent = await run(world, 'silent', { Environment: { FAIL: 'yes' } });
  assert.equal(
    silent.FailureReason,
    'AlgorithmError: The primary container for transform job silent did not pass the ping health check. Please check CloudWatch logs for this job. Reason: it ended with exit code 3. Its last line was: failing',
  );
  assert.deepEqual(await outputsOf(world), {});
});

test('A store that refuses for a moment costs an attempt, not the job', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n' });
  const { put } = world.objects;
  let refusals = 1;
  world.objects.put = (...given) => {
    refusals -= 1;
    return refusals < 0 ? put(...given) : Promise.reject(new Unavailable('The disk is away'));
  };
  const job = await run(world, 'job');
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '1\n' });
});

test('A bucket of outputs that is gone fails every object, and the job ends', async (t) => {
  const world = await transformWorld(t, { jobsMax: 1 });
  await world.put({ 's3://data/in/a.csv': 'wait\n', 's3://outs/x': '' });
  await world.call('CreateTransformJob', transformJob('first'));
  await waiting(world, 'first');
  await world.call('CreateTransformJob', transformJob('second', { output: { S3OutputPath: 's3://outs' } }));
  await world.objects.remove('outs', 'x');
  await world.objects.removeBucket('outs');
  for (const name of ['a', 'b', 'c', 'd', 'e']) await world.put({ [`s3://data/in/${name}.csv`]: '1\n2\n' });
  await world.call('StopTransformJob', { TransformJobName: 'first' });
  const job = await endOf(world, 'second');
  assert.match(
    job.FailureReason,
    /^ClientError: .* 5 of 5 objects failed; the first: data\/in\/.\.csv: The bucket "outs" of S3OutputPath does not exist any more/,
  );
});

test('Objects that were removed after the job was created are named', async (t) => {
  const world = await transformWorld(t, { jobsMax: 1 });
  await world.put({ 's3://data/in/a.csv': 'wait\n', 's3://models/rows.tar.gz': await archiveOf({ model: 'y' }) });
  await world.call('CreateTransformJob', transformJob('first'));
  await waiting(world, 'first');
  await world.call('CreateTransformJob', transformJob('second'));
  await world.objects.remove('data', 'in/a.csv');
  await world.call('StopTransformJob', { TransformJobName: 'first' });
  const job = await endOf(world, 'second');
  assert.equal(job.FailureReason, 'ClientError: No data under s3://data/in/');
});
