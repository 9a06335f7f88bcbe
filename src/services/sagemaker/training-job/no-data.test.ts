import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { channel, createWorld, image, trainingJob, type World } from '../../testing/world.ts';

const marks = [
  '',
  '_SUCCESS',
  '_committed_123',
  '_temporary/0/part-0',
  '.part-0.csv.crc',
  'part-0.csv.crc',
  'sub/',
  'sub_$folder$',
];
const markedFolder = (folder: string): Record<string, string> =>
  Object.fromEntries(
    marks.map((mark) => [`s3://data/${folder}/${mark}`, mark.endsWith('/') || mark === '' ? '' : 'no,data']),
  );

async function ran(world: World, name: string, more: object = {}) {
  await world.call('CreateTrainingJob', trainingJob(name, more));
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: name }, { fromWaiter: true });
  const lines: string[] = [];
  // A program that was never started has no log.
  if (job.TrainingJobStatus !== 'Completed') return { job, lines };
  const group = '/aws/sagemaker/TrainingJobs';
  const { logStreams } = await world.call('DescribeLogStreams', { logGroupName: group, logStreamNamePrefix: name });
  for (const { logStreamName } of logStreams) {
    const { events } = await world.call('GetLogEvents', { logGroupName: group, logStreamName, startFromHead: true });
    lines.push(...events.map(({ message }: { message: string }) => message));
  }
  return { job, lines };
}

async function filesOf(world: World, job: any): Promise<Record<string, string>> {
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  const entries = extract();
  entries.end(gunzipSync(await world.read(job.ModelArtifacts.S3ModelArtifacts)));
  for await (const entry of entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    return JSON.parse(Buffer.concat(chunks).toString()).files;
  }
  throw new Error('The archive is empty');
}

async function worldWith(t: TestContext, objects: Record<string, string>): Promise<World> {
  const world = await createWorld(t);
  await world.put(objects);
  return world;
}

for (const mode of ['File', 'FastFile', 'Pipe']) {
  test(`Marks beside the data reach no program in ${mode} mode, and the log begins with them`, async (t) => {
    const world = await worldWith(t, {
      ...markedFolder('train'),
      ...markedFolder('model'),
      's3://data/train/part-0.csv': '1,2\n',
      's3://data/model/model.tar.gz': 'packed',
    });
    const model = { ...channel('model', 's3://data/model/'), ContentType: 'application/x-sagemaker-model' };
    const { job, lines } = await ran(world, 'job', {
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: mode },
      HyperParameters: { passes: '[1000]' },
      InputDataConfig: [channel('train', 's3://data/train'), model],
    });
    const train = mode === 'Pipe' ? 'train_0' : 'train:part-0.csv';
    assert.deepEqual(await filesOf(world, job), { [train]: '1,2\n', 'model:model.tar.gz': 'packed' });
    assert.equal(
      lines[0],
      'Channel "train": of its objects 8 are passed over as no data: "train/", "train/.part-0.csv.crc", "train/_SUCCESS", ... (names that begin with . or _, *.crc, empty folder marks)',
    );
    assert.match(lines[1] ?? '', /^Channel "model": of its objects 8 are passed over as no data: "model\/", /);
  });
}

test('A manifest may name marks, which are no data; what an S3Uri itself names is', async (t) => {
  const world = await worldWith(t, {
    's3://data/m': JSON.stringify([{ prefix: 's3://data/x/' }, '_SUCCESS', 'a.csv', '_gone/b.csv']),
    's3://data/x/a.csv': '1,2\n',
    's3://data/_own/_a.csv': '3,4\n',
    's3://data/_own/.b': 'no data',
  });
  const manifest = { InputDataConfig: [channel('train', 's3://data/m', 'ManifestFile')] };
  const { job, lines } = await ran(world, 'manifest', manifest);
  assert.deepEqual(await filesOf(world, job), { 'train:a.csv': '1,2\n' });
  assert.match(lines[0] ?? '', /2 are passed over as no data: "x\/_SUCCESS", "x\/_gone\/b.csv" \(/);
  const named = await ran(world, 'named', { InputDataConfig: [channel('train', 's3://data/_own/_a')] });
  assert.deepEqual(await filesOf(world, named.job), { 'train:_a.csv': '3,4\n' });
  assert.doesNotMatch(named.lines[0] ?? '', /passed over/);
});

test('A channel of nothing but marks fails by that reason', async (t) => {
  const world = await worldWith(t, { 's3://data/train/_SUCCESS': '', 's3://data/train/': '' });
  const { job } = await ran(world, 'job');
  assert.equal(
    job.FailureReason,
    'ClientError: Channel "train": no data under s3://data/train/: of its objects 2 are passed over as no data: "train/", "train/_SUCCESS"',
  );
});

test('Two keys that would become one path are both named', async (t) => {
  const world = await worldWith(t, {
    's3://data/train/a': '1,2\n',
    's3://data/train/a/b.csv': '1,2\n',
    's3://data/twice/a//b.csv': '1,2\n',
    's3://data/twice/a/b.csv': '1,2\n',
    's3://data/m': '[{"prefix": "s3://data/train/"}, "a/b.csv", "a"]',
    's3://data/m2': '[{"prefix": "s3://data/train/"}, "a", "a"]',
  });
  const reasonOf = async (name: string, uri: string, type?: string) =>
    (await ran(world, name, { InputDataConfig: [channel('train', uri, type)] })).job.FailureReason;
  const folder =
    'ClientError: Channel "train": the object "train/a" would become a file, but "train/a/b.csv" needs a folder of that name; rename one of them';
  assert.equal(await reasonOf('folder', 's3://data/train/'), folder);
  assert.equal(await reasonOf('manifest', 's3://data/m', 'ManifestFile'), folder);
  assert.equal(
    await reasonOf('same', 's3://data/twice/'),
    'ClientError: Channel "train": the objects "twice/a//b.csv" and "twice/a/b.csv" would become the same file',
  );
  assert.equal(
    await reasonOf('twice', 's3://data/m2', 'ManifestFile'),
    'ClientError: Channel "train": the object "train/a" is named twice',
  );
});

test('Marks beside checkpoints are neither fetched nor removed', async (t) => {
  const world = await worldWith(t, {
    's3://data/train/a.csv': '1,2\n',
    's3://data/kept/': '',
    's3://data/kept/_SUCCESS': '',
    's3://data/kept/state': '1',
  });
  const { job, lines } = await ran(world, 'job', { CheckpointConfig: { S3Uri: 's3://data/kept' } });
  assert.equal(job.TrainingJobStatus, 'Completed');
  assert.match(lines[0] ?? '', /^Channel "checkpoints": of its objects 2 are passed over as no data/);
  const kept = (await world.objects.list('data', { prefix: 'kept' })).map(({ key }) => key);
  assert.deepEqual(kept, ['kept/', 'kept/_SUCCESS', 'kept/state']);
});
