import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { channel, createWorld, image, trainingJob, type World } from '../../../testing/world.ts';

/** Runs a job in Pipe mode that reads so many bytes of each pass; answers what it read, or why it failed. */
async function read(world: World, name: string, passes: readonly number[], more: object = {}, request: object = {}) {
  await world.call(
    'CreateTrainingJob',
    trainingJob(name, {
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'Pipe' },
      HyperParameters: { passes: JSON.stringify(passes) },
      InputDataConfig: [{ ...channel('train', 's3://data/train/'), ...more }],
      ...request,
    }),
  );
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: name }, { fromWaiter: true });
  if (job.TrainingJobStatus !== 'Completed') return { reason: String(job.FailureReason), files: {}, config: {} };
  const archive = await world.read(job.ModelArtifacts.S3ModelArtifacts);
  for await (const entry of Readable.from([gunzipSync(archive)]).pipe(extract())) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    const { files, config } = JSON.parse(Buffer.concat(chunks).toString());
    return { reason: '', files: files as Record<string, string>, config };
  }
  throw new Error('The archive is empty');
}

async function worldWith(t: TestContext, objects: Record<string, string | Buffer>): Promise<World> {
  const world = await createWorld(t);
  await world.put(objects);
  return world;
}

const whole = 1e9;

test('Each pass brings all objects anew, whole or as far as the program reads', async (t) => {
  const big = Buffer.alloc(3_000_000, '7,8\n');
  const world = await worldWith(t, {
    's3://data/train/a.csv': '1,2\n',
    's3://data/train/b/c.csv': '3,4',
    's3://data/train/d.csv': big,
  });
  const { files, config, reason } = await read(world, 'passes', [whole, 6, 0, 100_000, 7, whole]);
  assert.equal(reason, '');
  assert.deepEqual(files, {
    train_0: '3000008 bytes',
    train_1: '1,2\n3,',
    train_2: '',
    train_3: '100000 bytes',
    train_4: '1,2\n3,4',
    train_5: '3000008 bytes',
  });
  assert.equal(config.train.TrainingInputMode, 'Pipe');
});

test('A program that never opens a pipe, or is stopped in the midst of one, ends like any other', async (t) => {
  const world = await worldWith(t, { 's3://data/train/a.csv': Buffer.alloc(1_000_000, '1\n') });
  assert.deepEqual((await read(world, 'unread', [])).files, {});
  await world.call(
    'CreateTrainingJob',
    trainingJob('stopped', {
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'Pipe' },
      HyperParameters: { behave: 'wait', passes: '[10]' },
    }),
  );
  await world.call('StopTrainingJob', { TrainingJobName: 'stopped' });
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: 'stopped' }, { fromWaiter: true });
  assert.equal(job.TrainingJobStatus, 'Stopped');
});

test('Gzip objects are unpacked; one that is none fails the job by name', async (t) => {
  const world = await worldWith(t, {
    's3://data/train/a': gzipSync('1,2\n'),
    's3://data/train/b': gzipSync('3,4'),
    's3://data/other/a': gzipSync('1,2\n'),
    's3://data/other/b': 'not packed',
  });
  const { files } = await read(world, 'packed', [whole], { CompressionType: 'Gzip' });
  assert.deepEqual(files, { train_0: '1,2\n3,4\n' });
  const other = { ...channel('train', 's3://data/other/'), CompressionType: 'Gzip' };
  const { reason } = await read(world, 'unpacked', [whole], other);
  assert.match(
    reason,
    /^ClientError: Channel "train" has CompressionType Gzip, but the object "other\/b" cannot be unpacked/,
  );
});

test('Packed objects of a text type that the program unpacks itself reach it unchanged', async (t) => {
  const packed = Buffer.concat([gzipSync('1,2\n'), gzipSync('3,4\n')]);
  const zstd = Buffer.from('28b52ffd0458210000312c320a99e9d851', 'hex');
  const world = await worldWith(t, {
    's3://data/train/a.csv.gz': packed,
    's3://data/train/b.csv': '5,6',
    's3://data/train/c.csv.zst': zstd,
  });
  const { files } = await read(world, 'left-packed', [whole]);
  assert.deepEqual(Buffer.from(files.train_0!, 'latin1'), Buffer.concat([packed, Buffer.from('5,6\n'), zstd]));
});

test('RecordIO wraps each object in a record', async (t) => {
  const world = await worldWith(t, { 's3://data/train/a': 'abcde', 's3://data/train/b': gzipSync('') });
  const { files } = await read(world, 'wrapped', [16], { RecordWrapperType: 'RecordIO' });
  assert.deepEqual(Buffer.from(files.train_0!, 'latin1'), Buffer.from('0a23d7ce050000006162636465000000', 'hex'));
});

test('A ShuffleConfig orders the objects anew in each pass, the same way in each run; a manifest keeps its own', async (t) => {
  const letters = [...'abcdefghij'];
  const world = await worldWith(t, {
    ...Object.fromEntries(letters.map((letter) => [`s3://data/train/${letter}`, `${letter}\n`])),
    's3://data/manifest': JSON.stringify([{ prefix: 's3://data/train/' }, 'c', 'a']),
  });
  const inOrder = letters.map((letter) => `${letter}\n`).join('');
  const shuffled = await read(world, 'one', [whole, whole], { ShuffleConfig: { Seed: 7 } });
  const again = await read(world, 'two', [whole, whole], { ShuffleConfig: { Seed: 7 } });
  assert.deepEqual(shuffled.files, again.files);
  const orders = [inOrder, ...Object.values(shuffled.files)];
  assert.equal(new Set(orders).size, 3);
  for (const order of orders) assert.equal([...order].sort().join(''), [...inOrder].sort().join(''));
  const manifest = await read(world, 'manifest', [whole], channel('train', 's3://data/manifest', 'ManifestFile'));
  assert.deepEqual(manifest.files, { train_0: 'c\na\n' });
});

test('A model channel is laid out as a file in a job of pipes', async (t) => {
  const world = await worldWith(t, { 's3://data/train/a.csv': '1,2\n', 's3://data/model/model.tar.gz': 'packed' });
  const { ContentType: _, ...model } = channel('model', 's3://data/model/model.tar.gz') as Record<string, unknown>;
  const request = {
    InputDataConfig: [channel('train', 's3://data/train/'), { ...model, ContentType: 'application/x-sagemaker-model' }],
  };
  const { files, config } = await read(world, 'goes-on', [whole], {}, request);
  assert.deepEqual(files, { train_0: '1,2\n', 'model:model.tar.gz': 'packed' });
  assert.equal(config.model.TrainingInputMode, 'File');
});

test('An object that unpacks to far more than its bytes fails the job', async (t) => {
  const member = gzipSync(Buffer.alloc(1 << 24), { level: 9 });
  const world = await worldWith(t, { 's3://data/train/a.csv.gz': Buffer.concat(new Array<Buffer>(20).fill(member)) });
  const { reason } = await read(world, 'bomb', [whole], { CompressionType: 'Gzip' });
  assert.match(
    reason,
    /^ClientError: Channel "train": the object "train\/a\.csv\.gz" unpacks to more than 500 times its bytes/,
  );
});
