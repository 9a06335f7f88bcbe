import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { ServiceError } from '../../../base/index.ts';
import { ended, untar, untilLogged } from '../../testing/jobs.ts';
import {
  channel,
  createWorld,
  image,
  inGroup,
  manualTimers,
  role,
  trainingJob,
  type World,
} from '../../testing/world.ts';

const data = { 's3://data/train/a.csv': '1,2\n', 's3://data/train/sub/b.csv': '3,4\n' };

async function worldWithData(test: TestContext, options: Parameters<typeof createWorld>[1] = {}): Promise<World> {
  const world = await createWorld(test, options);
  await world.put(data);
  return world;
}

const describe = (world: World, name: string) => world.call('DescribeTrainingJob', { TrainingJobName: name });
const refusal = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return thrown;
};

test('A training job runs from Starting to Completed, and its model lies where Describe says', async (t) => {
  const world = await worldWithData(t);
  const { TrainingJobArn } = await world.call(
    'CreateTrainingJob',
    trainingJob('My-Job', { HyperParameters: { behave: 'output' } }),
  );
  assert.equal(TrainingJobArn, 'arn:aws:sagemaker:us-east-1:123456789012:training-job/my-job');
  const first = await describe(world, 'my-JOB');
  assert.equal(first.TrainingJobName, 'My-Job');
  assert.equal(first.TrainingJobStatus, 'InProgress');
  assert.equal(first.ModelArtifacts, undefined);
  assert.equal(first.SecondaryStatusTransitions[0].StatusMessage, 'Starting the training job');

  const last = await ended(world, 'My-Job');
  assert.equal(last.TrainingJobStatus, 'Completed', last.FailureReason);
  assert.deepEqual(
    last.SecondaryStatusTransitions.map(({ Status, StatusMessage }: any) => [Status, StatusMessage]),
    [
      ['Starting', 'Starting the training job'],
      ['Downloading', 'Downloading input data'],
      ['Training', 'Training image download completed. Training in progress.'],
      ['Uploading', 'Uploading generated training model'],
      ['Completed', 'Training job completed'],
    ],
  );
  assert.ok(last.SecondaryStatusTransitions.every(({ EndTime }: any) => EndTime instanceof Date));
  assert.equal(last.ModelArtifacts.S3ModelArtifacts, 's3://data/output/My-Job/output/model.tar.gz');
  assert.equal(last.OutputDataConfig.KmsKeyId, '');
  assert.equal(last.InputDataConfig[0].CompressionType, 'None');
  assert.ok(last.BillableTimeInSeconds >= 1);
  assert.ok(last.LastModifiedTime >= last.TrainingEndTime);
  assert.deepEqual(
    last.FinalMetricDataList.map(({ MetricName, Value }: any) => [MetricName, Value]),
    [['train:mse', 0.25]],
  );
  const model = JSON.parse((await untar(await world.read(last.ModelArtifacts.S3ModelArtifacts)))['model_algo-1']!);
  assert.deepEqual(model.files, { 'train:a.csv': '1,2\n', 'train:sub/b.csv': '3,4\n' });
  assert.equal(model.name, 'My-Job');
  assert.deepEqual(model.config.train, {
    ContentType: 'text/csv',
    TrainingInputMode: 'File',
    S3DistributionType: 'ShardedByS3Key',
    RecordWrapperType: 'None',
  });
  assert.deepEqual(await untar(await world.read('s3://data/output/My-Job/output/output.tar.gz')), {
    'report.txt': 'fine',
  });
  assert.deepEqual(
    readdirSync(join(world.folder, 'programs/jobs')).filter((name) => !name.endsWith('.removed')),
    [],
    'no root is left',
  );
});

test('A program that writes to its inputs changes no object', async (t) => {
  const world = await worldWithData(t);
  const stored = async (): Promise<string[]> => {
    const objects = await world.objects.list('data', {});
    const inputs = objects.filter(({ key }) => !key.startsWith('output/'));
    return Promise.all(
      inputs.map(async ({ key }) => `${key}: ${await text((await world.objects.get('data', key))!.body)}`),
    );
  };
  const before = await stored();
  await world.call('CreateTrainingJob', trainingJob('spoils', { HyperParameters: { behave: 'spoil inputs' } }));
  assert.equal((await ended(world, 'spoils')).TrainingJobStatus, 'Completed');
  assert.ok(before.length > 0);
  assert.deepEqual(await stored(), before);
});

test('The same job gives the same bytes', async (t) => {
  const world = await worldWithData(t);
  for (const name of ['one', 'two'])
    await world.call('CreateTrainingJob', trainingJob(name, { Environment: { TRAINING_JOB_NAME: 'same' } }));
  const [one, two] = await Promise.all(
    ['one', 'two'].map(async (name) => world.read((await ended(world, name)).ModelArtifacts.S3ModelArtifacts)),
  );
  assert.deepEqual(one, two);
});

test('The lines of a program are there to read when the job is seen to have ended', async (t) => {
  const world = await worldWithData(t);
  await world.call(
    'CreateTrainingJob',
    trainingJob('talks', { HyperParameters: { lines: '3000', say: 'the last line' } }),
  );
  await ended(world, 'talks');
  const group = { logGroupName: '/aws/sagemaker/TrainingJobs' };
  const { logStreams, nextToken } = await world.call('DescribeLogStreams', {
    ...group,
    logStreamNamePrefix: 'talks/',
    orderBy: 'LogStreamName',
    limit: 1,
  });
  assert.equal(nextToken, undefined);
  assert.equal(logStreams.length, 1);
  assert.match(logStreams[0].logStreamName, /^talks\/algo-1-\d{10}$/);
  const { events } = await world.call('GetLogEvents', {
    ...group,
    logStreamName: logStreams[0].logStreamName,
    startFromHead: true,
  });
  assert.equal(events[0].message, 'training talks');
  assert.equal(events.at(-1).message, 'the last line');
  assert.equal(events.length, 3004);
});

test('A program that fails makes a FailureReason of its failure file, or of its exit code', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('failing', { HyperParameters: { behave: 'fail' } }));
  await world.call('CreateTrainingJob', trainingJob('untold', { HyperParameters: { behave: 'fail silently' } }));
  const failed = await ended(world, 'failing');
  assert.deepEqual([failed.TrainingJobStatus, failed.SecondaryStatus], ['Failed', 'Failed']);
  assert.equal(failed.FailureReason, 'ClientError: Row 3, column "radius": "x" is not a number');
  assert.equal(failed.ModelArtifacts, undefined);
  assert.equal(
    (await ended(world, 'untold')).FailureReason,
    'AlgorithmError: The last line of its log is: #quality_metric: host=algo-1, train mse <loss>=0.25, exit code: 3',
  );
  // The operator sees it: at the default level, warnings go to standard error.
  await world.services.stop();
  // What a program says may show a cell of its data, and is not for the log.
  assert.deepEqual(world.warnings.filter((text) => text.includes('failed')).sort(), [
    'Training job "failing" failed: ClientError (its FailureReason has the text)',
    'Training job "untold" failed: AlgorithmError, exit code: 3 (its FailureReason has the text)',
  ]);
});

test('A killed program makes a failed job that names the signal', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('killed', { HyperParameters: { behave: 'wait forever' } }));
  const line = await untilLogged(world, 'killed', 'pid ');
  process.kill(Number(line.slice(4)), 'SIGKILL');
  const { TrainingJobStatus, FailureReason } = await ended(world, 'killed');
  assert.equal(TrainingJobStatus, 'Failed');
  assert.match(FailureReason, /^AlgorithmError: The program was ended by signal SIGKILL.*, exit code: 137$/);
});

test('StopTrainingJob lets the program save its model and ends the job as Stopped', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('stopped', { HyperParameters: { behave: 'wait' } }));
  await untilLogged(world, 'stopped', 'waiting');
  assert.deepEqual(await world.call('StopTrainingJob', { TrainingJobName: 'stopped' }), {});
  const early = await describe(world, 'stopped');
  assert.deepEqual([early.TrainingJobStatus, early.SecondaryStatus], ['Stopping', 'Stopping']);
  const job = await ended(world, 'stopped');
  assert.deepEqual([job.TrainingJobStatus, job.SecondaryStatus], ['Stopped', 'Stopped']);
  assert.ok('model_algo-1' in (await untar(await world.read(job.ModelArtifacts.S3ModelArtifacts))));
  const again = await refusal(world.call('StopTrainingJob', { TrainingJobName: 'stopped' }));
  assert.equal(again.message, 'The request was rejected because the training job is in status Stopped.');
});

test('A job beyond its MaxRuntimeInSeconds ends as Stopped with its model', async (t) => {
  const clock = manualTimers();
  const world = await worldWithData(t, { timers: clock.timers, nowMs: clock.nowMs });
  await world.call('CreateTrainingJob', trainingJob('slow', { HyperParameters: { behave: 'wait' } }));
  // The program's lines are written when the clock has moved by their delay.
  const moving = setInterval(() => clock.advance(200), 10);
  await untilLogged(world, 'slow', 'waiting');
  clearInterval(moving);
  assert.equal((await describe(world, 'slow')).TrainingJobStatus, 'InProgress');
  clock.advance(3_600_000);
  const job = await ended(world, 'slow');
  assert.deepEqual([job.TrainingJobStatus, job.SecondaryStatus], ['Stopped', 'MaxRuntimeExceeded']);
  assert.ok(job.ModelArtifacts.S3ModelArtifacts.endsWith('/model.tar.gz'));
});

test('Jobs beyond the places wait their turn in the order of their creation, and one that waits can be stopped', async (t) => {
  const world = await worldWithData(t, { jobsMax: 1 });
  await world.call('CreateTrainingJob', trainingJob('first', { HyperParameters: { behave: 'wait' } }));
  await untilLogged(world, 'first', 'waiting');
  for (const name of ['second', 'third', 'fourth']) await world.call('CreateTrainingJob', trainingJob(name));
  await world.call('StopTrainingJob', { TrainingJobName: 'third' });
  const third = await ended(world, 'third');
  assert.deepEqual([third.TrainingJobStatus, third.TrainingStartTime], ['Stopped', undefined]);
  assert.equal((await describe(world, 'second')).SecondaryStatus, 'Starting');
  await world.call('StopTrainingJob', { TrainingJobName: 'first' });
  const [second, fourth] = await Promise.all([ended(world, 'second'), ended(world, 'fourth')]);
  assert.ok(second.TrainingEndTime <= fourth.TrainingStartTime);
});

test('A job goes on after the server was stopped, from the beginning, and ends once', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('resumed', { HyperParameters: { behave: 'wait' } }));
  await untilLogged(world, 'resumed', 'waiting');
  await world.restart();
  await world.call('StopTrainingJob', { TrainingJobName: 'resumed' }).catch(() => undefined);
  const job = await ended(world, 'resumed');
  assert.equal(job.TrainingJobStatus, 'Stopped');
  assert.ok(job.SecondaryStatusTransitions.some(({ Status }: any) => Status === 'Restarting'));
});

test('A job that the server was killed under three times fails with that reason', async (t) => {
  const world = await worldWithData(t);
  await world.services.stop();
  const atMs = Date.now();
  const events: object[] = [{ type: 'created', atMs }];
  for (const attempt of [1, 2]) {
    events.push(
      { type: 'downloading', attempt, atMs },
      { type: 'restarting', attempt, counted: true, reason: 'The server ended', atMs },
    );
  }
  events.push({ type: 'downloading', attempt: 3, atMs });
  const body = {
    name: 'unlucky',
    arn: 'arn',
    region: 'us-east-1',
    request: trainingJob('unlucky') as never,
    events: events as never,
  };
  await world.records.write([
    { put: { kind: 'training-job', id: 'unlucky', status: 'InProgress', createdAtMs: atMs, updatedAtMs: atMs, body } },
  ]);
  await world.restart();
  const job = await ended(world, 'unlucky');
  assert.equal(job.TrainingJobStatus, 'Failed');
  assert.match(job.FailureReason, /^InternalServerError: The server ended while the job was running, for the 3rd time/);
});

test('CreateTrainingJob names everything that is wrong with a request', async (t) => {
  const world = await worldWithData(t);
  const create = (more: object) => refusal(world.call('CreateTrainingJob', trainingJob('wrong', more)));
  const cases: [object, RegExp][] = [
    [{ HyperParameters: { wrong: 'yes' } }, /^wrong is "yes"; it must not be there$/],
    [
      {
        AlgorithmSpecification: {
          TrainingImage: 'x.dkr.ecr.us-east-1.amazonaws.com/kmeans:1',
          TrainingInputMode: 'File',
        },
      },
      /does not have the image .*kmeans:1.* has: fake:1/,
    ],
    [
      {
        AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'Pipe' },
        InputDataConfig: [channel('a', 's3://data/train'), channel('a_1', 's3://data/train')],
      },
      /"a_1" is that of a pass over channel "a"/,
    ],
    [{ CheckpointConfig: { S3Uri: 's3://nowhere/c' } }, /bucket "nowhere" of CheckpointConfig.S3Uri .* does not exist/],
    [
      { CheckpointConfig: { S3Uri: 's3://data/c', LocalPath: '/tmp/c' } },
      /LocalPath is "\/tmp\/c"; programs of Linnet keep checkpoints in \/opt\/ml\/checkpoints only/,
    ],
    [
      { ResourceConfig: { InstanceCount: 2_000_000_000, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 1 } },
      /asks for 2000000000 instances; .* at most 32/,
    ],
    [
      { ResourceConfig: { InstanceCount: 0, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 1 } },
      /InstanceCount of ResourceConfig must be at least 1/,
    ],
    [
      {
        ResourceConfig: {
          InstanceCount: 1,
          VolumeSizeInGB: 1,
          InstanceGroups: ['a', 'a'].map((InstanceGroupName) => ({
            InstanceGroupName,
            InstanceType: 'ml.c4.xlarge',
            InstanceCount: 1,
          })),
        },
        InputDataConfig: [inGroup(channel('train', 's3://data/train/'), 'b')],
      },
      /must give either InstanceGroups, or .*; The InstanceGroupName "a" is used twice; .*; Channel "train" names the instance group "b", but ResourceConfig.InstanceGroups has a, a$/,
    ],
    [{ EnableManagedSpotTraining: true }, /^Invalid MaxWaitTimeInSeconds/],
    [{ InputDataConfig: [channel('..', 's3://data/train')] }, /is no folder name/],
    [{ InputDataConfig: [channel('a', 's3://data/train'), channel('a', 's3://data/train')] }, /used twice/],
    [{ OutputDataConfig: { S3OutputPath: 's3://nowhere/x' } }, /bucket "nowhere" of S3OutputPath .* does not exist/],
    [
      { CheckpointConfig: { S3Uri: 'data/c' }, MlflowConfig: { MlflowResourceArn: 'arn:aws:sagemaker:m' } },
      /CheckpointConfig.S3Uri "data\/c" must begin with s3:\/\/ and a bucket; MlflowConfig is not offered/,
    ],
    [
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
      /given twice/,
    ],
  ];
  for (const [more, text] of cases) {
    const { code, message } = await create(more);
    assert.equal(code, 'ValidationException');
    assert.match(message, text);
  }
  const { message } = await create({ InputDataConfig: [channel('train', 's3://data/empty/')] });
  assert.equal(
    message,
    `No S3 objects found under S3 URL "s3://data/empty/" given in input data source. Please ensure that the bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "${role}" has "s3:ListBucket" permissions on bucket "data".`,
  );
  await refusal(describe(world, 'wrong'));
});

test('A name is taken until its job is deleted, whatever its case', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('Taken'));
  const taken = await refusal(world.call('CreateTrainingJob', trainingJob('TAKEN')));
  assert.equal(taken.code, 'ResourceInUse');
  assert.equal(
    taken.message,
    'Training job names must be unique within an AWS account and region, and a training job with this name already exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/taken)',
  );
  const running = await refusal(world.call('DeleteTrainingJob', { TrainingJobName: 'taken' }));
  assert.match(running.message, /in status InProgress/);
  await ended(world, 'Taken');
  await world.call('DeleteTrainingJob', { TrainingJobName: 'taken' });
  const gone = await refusal(describe(world, 'Taken'));
  assert.deepEqual([gone.code, gone.message], ['ValidationException', 'Requested resource not found.']);
  await world.call('CreateTrainingJob', trainingJob('taken'));
  assert.equal((await ended(world, 'taken')).TrainingJobStatus, 'Completed');
});

test('A manifest selects objects below its prefix; one that is missing is named', async (t) => {
  const world = await worldWithData(t);
  await world.put({
    's3://data/good.manifest': JSON.stringify([{ prefix: 's3://data/train/' }, 'sub/b.csv']),
    's3://data/bad.manifest': JSON.stringify([{ prefix: 's3://data/train/' }, 'nothing.csv']),
  });
  const job = (name: string, uri: string) =>
    trainingJob(name, { InputDataConfig: [channel('train', uri, 'ManifestFile')] });
  await world.call('CreateTrainingJob', job('good', 's3://data/good.manifest'));
  await world.call('CreateTrainingJob', job('bad', 's3://data/bad.manifest'));
  const model = await untar(await world.read((await ended(world, 'good')).ModelArtifacts.S3ModelArtifacts));
  assert.deepEqual(JSON.parse(model['model_algo-1']!).files, { 'train:sub/b.csv': '3,4\n' });
  assert.equal(
    (await ended(world, 'bad')).FailureReason,
    'ClientError: The manifest s3://data/bad.manifest names s3://data/train/nothing.csv, which does not exist',
  );
});

test('A key that would leave the channel folder fails the job and writes nothing', async (t) => {
  const world = await worldWithData(t);
  await world.put({ 's3://data/evil/../../../../../../tmp/linnet-evil': 'x' });
  await world.call(
    'CreateTrainingJob',
    trainingJob('evil', { InputDataConfig: [channel('train', 's3://data/evil/')] }),
  );
  assert.match(
    (await ended(world, 'evil')).FailureReason,
    /^ClientError: The object s3:\/\/data\/evil\/\.\..* cannot become a file/,
  );
});

test("A job's description lists the algorithm's metrics and the user's, and creates the same job again", async (t) => {
  const world = await worldWithData(t);
  const mine = { Name: 'mine', Regex: 'mine=(\\S+)' };
  await world.call(
    'CreateTrainingJob',
    trainingJob('first', {
      HyperParameters: { say: 'mine=42' },
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File', MetricDefinitions: [mine] },
    }),
  );
  const { AlgorithmSpecification } = await ended(world, 'first');
  const listed = AlgorithmSpecification.MetricDefinitions;
  assert.deepEqual(
    listed.map(({ Name }: any) => Name),
    ['train:mse', 'mine'],
  );
  await world.call(
    'CreateTrainingJob',
    trainingJob('again', { HyperParameters: { say: 'mine=42' }, AlgorithmSpecification }),
  );
  const again = await ended(world, 'again');
  assert.deepEqual(again.AlgorithmSpecification.MetricDefinitions, listed);
  assert.deepEqual(again.FinalMetricDataList.map(({ MetricName }: any) => MetricName).sort(), ['mine', 'train:mse']);
});

test("A user's metric definitions are applied, and one that would hang the server is given up", async (t) => {
  const world = await worldWithData(t);
  const specification = (regex: string) => ({
    AlgorithmSpecification: {
      TrainingImage: image,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'mine', Regex: regex }],
    },
  });
  const say = `mine=42 ${'a'.repeat(40)}`;
  await world.call(
    'CreateTrainingJob',
    trainingJob('quick', { HyperParameters: { say }, ...specification('mine=(\\S+)') }),
  );
  await world.call(
    'CreateTrainingJob',
    trainingJob('hangs', { HyperParameters: { say }, ...specification('mine=(\\d+) (a+)+$x') }),
  );
  const quick = await ended(world, 'quick');
  assert.equal(quick.FailureReason, undefined);
  assert.ok(quick.FinalMetricDataList.some(({ MetricName, Value }: any) => MetricName === 'mine' && Value === 42));
  const hangs = await ended(world, 'hangs');
  assert.equal(hangs.TrainingJobStatus, 'Completed');
  await untilLogged(world, 'hangs', 'not evaluated any more');
});

test('A waiter is answered when the job ends, and at once when its client goes away', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateTrainingJob', trainingJob('waits', { HyperParameters: { behave: 'wait' } }));
  await untilLogged(world, 'waits', 'waiting');
  const client = new AbortController();
  const held = world.call(
    'DescribeTrainingJob',
    { TrainingJobName: 'waits' },
    { fromWaiter: true, signal: client.signal },
  );
  client.abort();
  assert.equal((await held).TrainingJobStatus, 'InProgress');
  const patient = ended(world, 'waits');
  await world.call('StopTrainingJob', { TrainingJobName: 'waits' });
  assert.equal((await patient).TrainingJobStatus, 'Stopped');
});
