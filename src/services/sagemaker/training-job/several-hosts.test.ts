import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ended, untar, untilLogged } from '../../testing/jobs.ts';
import { channel, createWorld, inGroup, manualTimers, trainingJob, type World } from '../../testing/world.ts';

const data = Object.fromEntries(
  ['a', 'b', 'c', 'd', 'e'].map((name) => [`s3://data/train/${name}.csv`, `${name},1\n`]),
);

async function worldWithData(t: TestContext, options: Parameters<typeof createWorld>[1] = {}): Promise<World> {
  const world = await createWorld(t, options);
  await world.put(data);
  return world;
}

const onHosts = (InstanceCount: number): object => ({
  ResourceConfig: { InstanceCount, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 10 },
});
const replicated = (given: object): object => {
  const { DataSource } = given as { DataSource: { S3DataSource: object } };
  const source = { ...DataSource.S3DataSource, S3DataDistributionType: 'FullyReplicated' };
  return { ...given, DataSource: { S3DataSource: source } };
};
const create = (world: World, name: string, more: object) => world.call('CreateTrainingJob', trainingJob(name, more));
/** What each host's program saw. */
async function seen(world: World, name: string): Promise<Record<string, any>> {
  const { TrainingJobStatus, FailureReason, ModelArtifacts } = await ended(world, name);
  assert.equal(TrainingJobStatus, 'Completed', FailureReason);
  const files = await untar(await world.read(ModelArtifacts.S3ModelArtifacts));
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [file.slice(6), JSON.parse(text)]));
}
const logOf = async (world: World, name: string, host: string): Promise<string[]> => {
  const logGroupName = '/aws/sagemaker/TrainingJobs';
  const { logStreams } = await world.call('DescribeLogStreams', {
    logGroupName,
    logStreamNamePrefix: `${name}/${host}-`,
  });
  assert.equal(logStreams.length, 1, `${name}/${host}`);
  const [{ logStreamName }] = logStreams;
  const { events } = await world.call('GetLogEvents', { logGroupName, logStreamName, startFromHead: true });
  return events.map(({ message }: { message: string }) => message);
};

test('Each host has its own root, configuration, log and share of the objects, and one archive holds what they leave', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'three', {
    ...onHosts(3),
    InputDataConfig: [channel('train', 's3://data/train/'), replicated(channel('all', 's3://data/train/a'))],
  });
  const hosts = await seen(world, 'three');
  assert.deepEqual(Object.keys(hosts), ['algo-1', 'algo-2', 'algo-3']);
  const names = ['algo-1', 'algo-2', 'algo-3'];
  const shares = [['a', 'd'], ['b', 'e'], ['c']];
  for (const [at, name] of names.entries()) {
    const { files, resource, addresses, config } = hosts[name];
    assert.deepEqual(files, {
      'all:a.csv': 'a,1\n',
      ...Object.fromEntries(shares[at]!.map((key) => [`train:${key}.csv`, `${key},1\n`])),
    });
    assert.equal(config.train.S3DistributionType, 'ShardedByS3Key');
    assert.deepEqual(resource, {
      current_host: name,
      hosts: names,
      network_interface_name: 'lo',
      current_instance_type: 'ml.c4.xlarge',
      current_group_name: 'homogeneousCluster',
      instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: 'ml.c4.xlarge', hosts: names }],
    });
    assert.deepEqual(Object.keys(JSON.parse(addresses)), names);
    assert.ok((await logOf(world, 'three', name)).includes(`#quality_metric: host=${name}, train mse <loss>=0.25`));
  }
  assert.deepEqual(
    readdirSync(join(world.folder, 'programs/jobs')).filter((name) => !name.endsWith('.removed')),
    [],
    'no root is left',
  );
});

test('Pipes carry the share of their host, and one without objects is empty', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'piped', {
    ...onHosts(2),
    AlgorithmSpecification: { TrainingImage: 'x.dkr.ecr.us-east-1.amazonaws.com/fake:1', TrainingInputMode: 'Pipe' },
    InputDataConfig: [channel('train', 's3://data/train/'), channel('one', 's3://data/train/a.csv')],
    HyperParameters: { passes: '[100, 100]' },
  });
  const hosts = await seen(world, 'piped');
  assert.deepEqual(hosts['algo-1'].files, {
    train_0: 'a,1\nc,1\ne,1\n',
    train_1: 'a,1\nc,1\ne,1\n',
    one_0: 'a,1\n',
    one_1: 'a,1\n',
  });
  assert.deepEqual(hosts['algo-2'].files, { train_0: 'b,1\nd,1\n', train_1: 'b,1\nd,1\n', one_0: '', one_1: '' });
});

test('Hosts of instance groups get the channels that name their group, shared out within it', async (t) => {
  const world = await worldWithData(t);
  const group = (InstanceGroupName: string, InstanceCount: number, InstanceType: string) => ({
    InstanceGroupName,
    InstanceCount,
    InstanceType,
  });
  const groups = [group('readers', 2, 'ml.c4.xlarge'), group('judge', 1, 'ml.m4.xlarge')];
  await create(world, 'grouped', {
    ResourceConfig: { VolumeSizeInGB: 1, InstanceGroups: groups },
    InputDataConfig: [
      inGroup(channel('train', 's3://data/train/'), 'readers'),
      inGroup(channel('test', 's3://data/train/a.csv'), 'judge'),
    ],
  });
  const hosts = await seen(world, 'grouped');
  assert.deepEqual(Object.keys(hosts['algo-1'].files), ['train:a.csv', 'train:c.csv', 'train:e.csv']);
  assert.deepEqual(Object.keys(hosts['algo-2'].files), ['train:b.csv', 'train:d.csv']);
  assert.deepEqual(hosts['algo-3'].files, { 'test:a.csv': 'a,1\n' });
  assert.deepEqual(Object.keys(hosts['algo-3'].config), ['test']);
  const { resource } = hosts['algo-3'];
  assert.equal(resource.current_group_name, 'judge');
  assert.equal(resource.current_instance_type, 'ml.m4.xlarge');
  assert.deepEqual(resource.instance_groups[0].hosts, ['algo-1', 'algo-2']);
  const { ResourceConfig } = await world.call('DescribeTrainingJob', { TrainingJobName: 'grouped' });
  assert.deepEqual(ResourceConfig.InstanceGroups, groups);
});

test('Of files that several hosts leave under one name the first is kept, and the log says so', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'same-name', { ...onHosts(2), HyperParameters: { behave: 'leave a name' } });
  const { ModelArtifacts } = await ended(world, 'same-name');
  assert.equal((await untar(await world.read(ModelArtifacts.S3ModelArtifacts))).name, 'algo-1');
  const kept = /^model: 1 of the files of algo-2 is not kept, since algo-1 has left .*"name"$/;
  assert.ok((await logOf(world, 'same-name', 'algo-1')).some((line) => kept.test(line)));
});

test('Links that a program leaves are not kept, and the log says so', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'links', { ...onHosts(1), HyperParameters: { behave: 'leave links' } });
  const { ModelArtifacts } = await ended(world, 'links');
  const files = await untar(await world.read(ModelArtifacts.S3ModelArtifacts));
  assert.deepEqual(Object.keys(files).sort(), ['first', 'model_algo-1']);
  const line =
    'model: 2 entries are not kept, such as "latest": only files and folders are, with names in UTF-8; a link must be replaced by a copy';
  assert.ok((await logOf(world, 'links', 'algo-1')).includes(line));
});

test('One host that fails ends them all, and the reason is its own', async (t) => {
  const world = await worldWithData(t);
  const reasonOf = async (name: string, HyperParameters: Record<string, string>): Promise<string> => {
    await create(world, name, { ...onHosts(3), HyperParameters });
    const { TrainingJobStatus, FailureReason } = await ended(world, name);
    assert.equal(TrainingJobStatus, 'Failed');
    return FailureReason;
  };
  assert.equal(
    await reasonOf('row', { behave: 'wait', 'behave on algo-2': 'fail' }),
    'ClientError: algo-2: Row 3, column "radius": "x" is not a number',
  );
  assert.match(
    await reasonOf('killed', { behave: 'wait forever', 'behave on algo-3': 'die' }),
    /^AlgorithmError: algo-3: The program was ended by signal SIGKILL/,
  );
});

test('A stop reaches every host, and what all of them left is the model', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'stopped', { ...onHosts(2), HyperParameters: { behave: 'wait' } });
  for (const host of ['algo-1', 'algo-2']) await untilLogged(world, 'stopped', 'waiting', `${host}-`);
  await world.call('StopTrainingJob', { TrainingJobName: 'stopped' });
  const { TrainingJobStatus, ModelArtifacts } = await ended(world, 'stopped');
  assert.equal(TrainingJobStatus, 'Stopped');
  const files = await untar(await world.read(ModelArtifacts.S3ModelArtifacts));
  assert.deepEqual(Object.keys(files), ['model_algo-1', 'model_algo-2']);
});

test('A job on several hosts begins again, on all of them, when the server was stopped under it', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'restarted', { ...onHosts(2), HyperParameters: { behave: 'wait' } });
  for (const host of ['algo-1', 'algo-2']) await untilLogged(world, 'restarted', 'waiting', `${host}-`);
  await world.restart();
  const streamsOf = async (): Promise<number> => {
    const prefix = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: 'restarted/' };
    const { logStreams } = await world.call('DescribeLogStreams', prefix);
    const waiting = logStreams.map(async ({ logStreamName }: { logStreamName: string }) => {
      const { events } = await world.call('GetLogEvents', { ...prefix, logStreamName, startFromHead: true });
      return events.filter(({ message }: { message: string }) => message === 'waiting').length;
    });
    return (await Promise.all(waiting)).reduce((sum: number, count: number) => sum + count, 0);
  };
  while ((await streamsOf()) < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  await world.call('StopTrainingJob', { TrainingJobName: 'restarted' });
  const { TrainingJobStatus, SecondaryStatusTransitions } = await ended(world, 'restarted');
  assert.equal(TrainingJobStatus, 'Stopped');
  assert.ok(SecondaryStatusTransitions.some(({ Status }: { Status: string }) => Status === 'Restarting'));
});

test('A job whose program was killed begins again as often as its RetryStrategy says, on all hosts', async (t) => {
  const world = await worldWithData(t);
  await create(world, 'retried', {
    ...onHosts(2),
    HyperParameters: { behave: 'wait forever', 'behave on algo-2': 'die' },
    RetryStrategy: { MaximumRetryAttempts: 2 },
  });
  const { TrainingJobStatus, FailureReason, SecondaryStatusTransitions } = await ended(world, 'retried');
  assert.equal(TrainingJobStatus, 'Failed');
  assert.match(FailureReason, /^AlgorithmError: algo-2: .* SIGKILL/);
  const again = SecondaryStatusTransitions.filter(({ Status }: { Status: string }) => Status === 'Restarting');
  assert.equal(again.length, 2);
  assert.match(again[1].StatusMessage, /SIGKILL.*; it begins again \(retry 2 of 2\)$/);

  await create(world, 'not-retried', {
    HyperParameters: { behave: 'fail silently' },
    RetryStrategy: { MaximumRetryAttempts: 2 },
  });
  const failed = await ended(world, 'not-retried');
  assert.equal(failed.TrainingJobStatus, 'Failed');
  assert.ok(!failed.SecondaryStatusTransitions.some(({ Status }: { Status: string }) => Status === 'Restarting'));
});

test('The time of earlier attempts counts towards MaxRuntimeInSeconds of a job with a RetryStrategy', async (t) => {
  const clock = manualTimers();
  const world = await worldWithData(t, { timers: clock.timers, nowMs: clock.nowMs });
  await create(world, 'timed', {
    HyperParameters: { behave: 'wait forever' },
    RetryStrategy: { MaximumRetryAttempts: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 100 },
  });
  const printed = async (count: number): Promise<number> => {
    for (;;) {
      clock.advance(200);
      const streams = await world
        .call('DescribeLogStreams', {
          logGroupName: '/aws/sagemaker/TrainingJobs',
          logStreamNamePrefix: 'timed/',
        })
        .catch(() => ({ logStreams: [] }));
      if (streams.logStreams.length === count) {
        const { logStreamName } = streams.logStreams[count - 1];
        const { events } = await world.call('GetLogEvents', {
          logGroupName: '/aws/sagemaker/TrainingJobs',
          logStreamName,
          startFromHead: true,
        });
        const line = events.map(({ message }: { message: string }) => /^pid (\d+)$/.exec(message)?.[1]).find(Boolean);
        if (line !== undefined) return Number(line);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const pid = await printed(1);
  clock.advance(60_000);
  process.kill(pid, 'SIGKILL');
  await printed(2);
  clock.advance(40_000);
  const { SecondaryStatus } = await ended(world, 'timed');
  assert.equal(SecondaryStatus, 'MaxRuntimeExceeded');
});
