import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createWorld, role, type World } from '../../testing/world.ts';

// Scripts ask for $SAGEMAKER_BASE_DIR, which is /opt/ml where the host allows that; test/sdk/processing.test.ts names /opt/ml itself.
const tools = '123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1';
const algorithms = () => [
  { repositories: [{ repository: 'tools' }], commands: {}, foreign: { path: [], port: false } },
  { repositories: [{ repository: 'built-in' }], commands: { train: ['true'] } },
];

async function begin(t: TestContext, options: object = {}): Promise<World> {
  const world = await createWorld(t, { algorithms, ...options });
  await world.put({
    's3://data/in/a.csv': '1\n2\n',
    's3://data/in/b.csv': '3\n',
    's3://data/in/below/c.csv': '4\n',
    's3://data/in/__init__.py': '',
  });
  return world;
}

const input = (name: string, uri: string, more: object = {}): object => ({
  InputName: name,
  S3Input: { S3Uri: uri, LocalPath: `/opt/ml/processing/input/${name}`, S3DataType: 'S3Prefix', ...more },
});
const output = (name: string, more: object = {}): object => ({
  OutputName: name,
  S3Output: {
    S3Uri: `s3://data/out/${name}`,
    LocalPath: `/opt/ml/processing/${name}`,
    S3UploadMode: 'EndOfJob',
    ...more,
  },
});

/** A job of one input and one output whose program is a script in sh. */
const job = (name: string, script: string, more: object = {}): object => ({
  ProcessingJobName: name,
  RoleArn: role,
  AppSpecification: {
    ImageUri: tools,
    ContainerEntrypoint: ['sh', '-c', script],
    ContainerArguments: ['sh', 'first', 'second'],
  },
  ProcessingInputs: [input('rows', 's3://data/in/')],
  ProcessingOutputConfig: { Outputs: [output('report')] },
  ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
  ...more,
});

const describe = (world: World, name: string) => world.call('DescribeProcessingJob', { ProcessingJobName: name });

/** As a waiter sees it. */
async function ended(world: World, name: string): Promise<any> {
  for (;;) {
    const found = await world.call('DescribeProcessingJob', { ProcessingJobName: name }, { fromWaiter: true });
    if (['Completed', 'Failed', 'Stopped'].includes(found.ProcessingJobStatus)) return found;
  }
}

async function linesOf(world: World, name: string): Promise<string[]> {
  const { events } = await world.call('FilterLogEvents', {
    logGroupName: '/aws/sagemaker/ProcessingJobs',
    logStreamNamePrefix: `${name}/`,
  });
  return events.map(({ message }: { message: string }) => message);
}

/** Resolves once the job's log holds a line. */
async function untilSays(world: World, name: string, line: string): Promise<void> {
  while (!(await linesOf(world, name).catch((): string[] => [])).includes(line))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const exists = (world: World, key: string): Promise<boolean> =>
  world.objects.head('data', key).then((found) => found !== undefined);

test('A job reads its inputs, runs the entry point with its arguments and stores its outputs', async (t) => {
  const world = await begin(t);
  const script = `cd "$SAGEMAKER_BASE_DIR"
    echo "hello $1 $2 $WHO"
    cat processing/input/rows/a.csv processing/input/rows/below/c.csv > processing/report/all.csv
    ls processing/input/rows/__init__.py
    mkdir -p processing/report/deep && cp config/*.json processing/report/deep/
    printf 'all is well' > output/message`;
  await world.call('CreateExperiment', { ExperimentName: 'tries' });
  const { ProcessingJobArn } = await world.call(
    'CreateProcessingJob',
    job('First-Job', script, {
      Environment: { WHO: 'you' },
      Tags: [{ Key: 'team', Value: 'blue' }],
      ExperimentConfig: { ExperimentName: 'tries' },
      NetworkConfig: { EnableNetworkIsolation: false },
    }),
  );
  assert.equal(ProcessingJobArn, 'arn:aws:sagemaker:us-east-1:123456789012:processing-job/first-job');
  const done = await ended(world, 'First-Job');
  assert.equal(done.ProcessingJobStatus, 'Completed', done.FailureReason);
  assert.equal(done.ExitMessage, 'all is well');
  assert.ok(done.CreationTime <= done.ProcessingStartTime && done.ProcessingStartTime <= done.ProcessingEndTime);
  assert.deepEqual(done.StoppingCondition, { MaxRuntimeInSeconds: 86_400 });
  assert.deepEqual(done.ExperimentConfig, { ExperimentName: 'tries' });
  assert.deepEqual(done.ProcessingInputs[0].S3Input, {
    S3InputMode: 'File',
    S3DataDistributionType: 'FullyReplicated',
    S3CompressionType: 'None',
    S3Uri: 's3://data/in/',
    LocalPath: '/opt/ml/processing/input/rows',
    S3DataType: 'S3Prefix',
  });
  assert.equal((await world.read('s3://data/out/report/all.csv')).toString(), '1\n2\n4\n');
  const config = JSON.parse((await world.read('s3://data/out/report/deep/processingjobconfig.json')).toString());
  assert.equal(config.ProcessingJobArn, ProcessingJobArn);
  assert.deepEqual(config.Environment, { WHO: 'you' });
  assert.equal(config.ProcessingOutputConfig.Outputs[0].S3Output.S3UploadMode, 'EndOfJob');
  assert.equal(config.ProcessingResources.ClusterConfig.VolumeKmsKeyId, null);
  assert.deepEqual(JSON.parse((await world.read('s3://data/out/report/deep/resourceconfig.json')).toString()), {
    current_host: 'algo-1',
    hosts: ['algo-1'],
  });
  assert.ok((await linesOf(world, 'First-Job')).includes('hello first second you'));
  const { logStreams } = await world.call('DescribeLogStreams', { logGroupName: '/aws/sagemaker/ProcessingJobs' });
  assert.match(logStreams[0].logStreamName, /^First-Job\/algo-1-\d+$/);
  const { Tags } = await world.call('ListTags', { ResourceArn: ProcessingJobArn });
  assert.deepEqual(Tags, [{ Key: 'team', Value: 'blue' }]);
});

test('A program that fails fails its job: its last words are the reason, and outputs are stored only where they are continuous', async (t) => {
  const world = await begin(t);
  const outputs = { Outputs: [output('report'), output('seen', { S3UploadMode: 'Continuous' })] };
  const fails = (name: string, script: string) =>
    world.call(
      'CreateProcessingJob',
      job(name, `cd "$SAGEMAKER_BASE_DIR/processing"; ${script}`, { ProcessingOutputConfig: outputs }),
    );
  await fails('explains', `echo a > report/a; echo b > seen/b; printf 'row 3 is wrong' > ../output/message; exit 7`);
  await fails('is-silent', `echo 'Traceback: it broke' >&2; exit 2`);
  const explained = await ended(world, 'explains');
  assert.equal(explained.ProcessingJobStatus, 'Failed');
  assert.equal(explained.FailureReason, 'AlgorithmError: row 3 is wrong, exit code: 7');
  assert.equal(explained.ExitMessage, 'row 3 is wrong');
  assert.deepEqual([await exists(world, 'out/report/a'), await exists(world, 'out/seen/b')], [false, true]);
  assert.ok((await linesOf(world, 'explains')).some((line) => line.includes('left out, since it did not complete')));
  const silent = await ended(world, 'is-silent');
  assert.equal(silent.FailureReason, 'AlgorithmError: The last line of its log is: Traceback: it broke, exit code: 2');
  assert.equal(silent.ExitMessage, undefined);
  assert.ok(world.warnings.some((line) => line.startsWith('Processing job "explains" failed: AlgorithmError')));
});

test('Continuous outputs are stored while the program runs', async (t) => {
  const world = await begin(t);
  const script = `cd "$SAGEMAKER_BASE_DIR/processing"; echo early > seen/early
    trap 'echo late > seen/late; exit 0' TERM; echo waiting; while :; do sleep 0.1; done`;
  const Outputs = [output('seen', { S3UploadMode: 'Continuous' }), output('report')];
  await world.call('CreateProcessingJob', job('streams', script, { ProcessingOutputConfig: { Outputs } }));
  while (!(await exists(world, 'out/seen/early'))) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await describe(world, 'streams')).ProcessingJobStatus, 'InProgress');
  await world.call('StopProcessingJob', { ProcessingJobName: 'streams' });
  assert.equal((await ended(world, 'streams')).ProcessingJobStatus, 'Stopped');
  assert.ok(await exists(world, 'out/seen/late'));
  await assert.rejects(world.call('StopProcessingJob', { ProcessingJobName: 'streams' }), {
    code: 'ValidationException',
    message: 'The request was rejected because the processing job is in status Stopped.',
  });
});

test('A job ends as Stopped at its maximum runtime', async (t) => {
  const world = await begin(t);
  await world.call(
    'CreateProcessingJob',
    job('slow', 'echo begun; sleep 600', { StoppingCondition: { MaxRuntimeInSeconds: 1 } }),
  );
  const { ProcessingJobStatus, FailureReason } = await ended(world, 'slow');
  assert.deepEqual([ProcessingJobStatus, FailureReason], ['Stopped', undefined]);
});

test('Manifests choose objects, and Pipe mode unpacks Gzip', async (t) => {
  const world = await begin(t);
  await world.put({
    's3://data/chosen.manifest': JSON.stringify([{ prefix: 's3://data/in/' }, 'b.csv', 'below/c.csv']),
    's3://data/packed/a.gz': gzipSync('one\ntwo\n'),
  });
  const ProcessingInputs = [
    input('rows', 's3://data/chosen.manifest', { S3DataType: 'ManifestFile' }),
    input('stream', 's3://data/packed/', { S3InputMode: 'Pipe', S3CompressionType: 'Gzip' }),
  ];
  const script = `cd "$SAGEMAKER_BASE_DIR/processing"; (cd input/rows; find . -type f | sort) > report/files; cat input/stream_0 > report/stream`;
  await world.call('CreateProcessingJob', job('chooses', script, { ProcessingInputs }));
  const done = await ended(world, 'chooses');
  assert.equal(done.ProcessingJobStatus, 'Completed', done.FailureReason);
  assert.equal((await world.read('s3://data/out/report/files')).toString(), './b.csv\n./below/c.csv\n');
  assert.equal((await world.read('s3://data/out/report/stream')).toString(), 'one\ntwo\n');
});

test('A link in place of an output shows no files of the host', async (t) => {
  const world = await begin(t);
  await world.put({ 's3://secret/key': 'x' });
  const deep = { Outputs: [output('report', { LocalPath: '/opt/ml/processing/out/deep' })] };
  const script = `cd "$SAGEMAKER_BASE_DIR/processing"; rm -r out; ln -s /etc out; mkdir -p out/deep 2>/dev/null; :`;
  await world.call(
    'CreateProcessingJob',
    job('links', script.replace('/etc', world.folder), { ProcessingOutputConfig: deep }),
  );
  const { ProcessingJobStatus, FailureReason } = await ended(world, 'links');
  assert.equal(ProcessingJobStatus, 'Failed');
  assert.match(
    FailureReason,
    /^ClientError: Output "report" could not be stored: The program made a link of \/opt\/ml\/processing\/out\/deep/,
  );
});

const cluster = (InstanceCount: number): object => ({
  ProcessingResources: { ClusterConfig: { InstanceCount, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
});

test('Several instances share the objects of a sharded input, and all get those of a replicated one', async (t) => {
  const world = await begin(t);
  const script = `cd "$SAGEMAKER_BASE_DIR"
    host=$(sed 's/.*"current_host":"\\([^"]*\\)".*/\\1/' config/resourceconfig.json)
    (cd processing/input/rows; find . -type f | sort) > processing/report/rows-$host
    (cd processing/input/all; find . -type f | wc -l | tr -d ' ') > processing/report/all-$host
    cp config/resourceconfig.json processing/report/same.json
    echo "I am $host"; [ $host = algo-1 ] || printf "from $host" > output/message`;
  const ProcessingInputs = [
    input('rows', 's3://data/in/', { S3DataDistributionType: 'ShardedByS3Key' }),
    input('all', 's3://data/in/', { S3DataDistributionType: 'FullyReplicated' }),
  ];
  await world.call('CreateProcessingJob', job('many', script, { ProcessingInputs, ...cluster(3) }));
  const done = await ended(world, 'many');
  assert.equal(done.ProcessingJobStatus, 'Completed', done.FailureReason);
  const report = async (name: string) => (await world.read(`s3://data/out/report/${name}`)).toString().trim();
  assert.equal(await report('rows-algo-1'), './__init__.py\n./below/c.csv');
  assert.equal(await report('rows-algo-2'), './a.csv');
  assert.equal(await report('rows-algo-3'), './b.csv');
  for (const host of ['algo-1', 'algo-2', 'algo-3']) assert.equal(await report(`all-${host}`), '4');
  assert.deepEqual(JSON.parse(await report('same.json')), {
    current_host: 'algo-3',
    hosts: ['algo-1', 'algo-2', 'algo-3'],
  });
  assert.match(done.ExitMessage, /^from algo-[23]$/);
  const { logStreams } = await world.call('DescribeLogStreams', { logGroupName: '/aws/sagemaker/ProcessingJobs' });
  assert.deepEqual(
    logStreams.map(({ logStreamName }: { logStreamName: string }) => logStreamName.replace(/-\d+$/, '')),
    ['many/algo-1', 'many/algo-2', 'many/algo-3'],
  );
  const lines = await linesOf(world, 'many');
  assert.ok(lines.includes('I am algo-2'));
  assert.ok(
    lines.includes(
      'Linnet: 1 of the files of algo-2 have the names of others, such as s3://data/out/report/same.json of algo-1; the one that was stored last is kept',
    ),
    lines.join('\n'),
  );
});

test('When one of several instances fails, the others end and the job says which it was', async (t) => {
  const world = await begin(t);
  const script = `grep -q '"current_host":"algo-2"' "$SAGEMAKER_BASE_DIR/config/resourceconfig.json" || exec sleep 600; echo broken; exit 5`;
  await world.call('CreateProcessingJob', job('one-fails', script, cluster(2)));
  const { ProcessingJobStatus, FailureReason } = await ended(world, 'one-fails');
  assert.deepEqual(
    [ProcessingJobStatus, FailureReason],
    ['Failed', 'AlgorithmError: algo-2: The last line of its log is: broken, exit code: 5'],
  );
});

test('A job that the server leaves begins again when it runs', async (t) => {
  const world = await begin(t);
  const script = `cd "$SAGEMAKER_BASE_DIR/processing"; cat input/rows/a.csv >> report/a; echo begun; [ -e input/rows/go ] || sleep 600`;
  await world.call('CreateProcessingJob', job('resumed', script));
  await untilSays(world, 'resumed', 'begun');
  await world.put({ 's3://data/in/go': '' });
  await world.restart();
  const done = await ended(world, 'resumed');
  assert.equal(done.ProcessingJobStatus, 'Completed', done.FailureReason);
  // Nothing of the first attempt.
  assert.equal((await world.read('s3://data/out/report/a')).toString(), '1\n2\n');
});

test('Lists filter by name, status and time, sort, and give pages', async (t) => {
  const world = await begin(t);
  for (const [name, script] of [
    ['list-a', 'exit 0'],
    ['list-b', 'exit 1'],
    ['other', 'printf bye > $SAGEMAKER_BASE_DIR/output/message'],
  ] as const) {
    await world.call('CreateProcessingJob', job(name, script));
    await ended(world, name);
  }
  const list = async (options: object) => {
    const { ProcessingJobSummaries, NextToken } = await world.call('ListProcessingJobs', options);
    return {
      names: ProcessingJobSummaries.map(({ ProcessingJobName }: any) => ProcessingJobName),
      NextToken,
      ProcessingJobSummaries,
    };
  };
  assert.deepEqual((await list({})).names, ['other', 'list-b', 'list-a']);
  assert.deepEqual((await list({ NameContains: 'LIST', SortBy: 'Name', SortOrder: 'Ascending' })).names, [
    'list-a',
    'list-b',
  ]);
  const failed = await list({ StatusEquals: 'Failed' });
  assert.deepEqual(failed.names, ['list-b']);
  assert.match(failed.ProcessingJobSummaries[0].FailureReason, /exit code: 1$/);
  assert.equal((await list({ NameContains: 'other' })).ProcessingJobSummaries[0].ExitMessage, 'bye');
  const first = await list({ MaxResults: 2 });
  assert.deepEqual(
    [...first.names, ...(await list({ MaxResults: 2, NextToken: first.NextToken })).names],
    ['other', 'list-b', 'list-a'],
  );
  assert.deepEqual((await list({ CreationTimeAfter: new Date(Date.now() + 1e6) })).names, []);
});

test('What cannot work is refused when the job is created, by name and with what to do', async (t) => {
  const world = await begin(t);
  const refused = async (more: object, message: RegExp | string, code = 'ValidationException'): Promise<void> => {
    await assert.rejects(world.call('CreateProcessingJob', job('refused', 'exit 0', more)), (error: any) => {
      assert.equal(error.code, code);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  };
  const S3Output = { S3Uri: 's3://data/x', LocalPath: '/opt/ml/processing/x', S3UploadMode: 'EndOfJob' };
  await refused({ AppSpecification: { ImageUri: tools } }, /^AppSpecification.ContainerEntrypoint must be given/);
  await refused(
    { AppSpecification: { ImageUri: 'built-in:1', ContainerEntrypoint: ['x'] } },
    /is built in and runs its own programs only/,
  );
  await refused(
    { AppSpecification: { ImageUri: 'sagemaker-clarify-processing:1.0', ContainerEntrypoint: ['x'] } },
    /^SageMaker Clarify is not offered by Linnet; explain the model with a script of your own\. Linnet does not have the image/,
  );
  await refused(
    { AppSpecification: { ImageUri: 'none:1', ContainerEntrypoint: ['x'] } },
    /^Linnet does not have the image "none:1"/,
  );
  await refused(
    { ProcessingInputs: [{ InputName: 'd', DatasetDefinition: { AthenaDatasetDefinition: {} } }] },
    /^Input "d" has a DatasetDefinition \(Athena\), which Linnet does not offer/,
  );
  await refused(
    { ProcessingInputs: [{ InputName: 'd', DatasetDefinition: { RedshiftDatasetDefinition: {} } }] },
    /\(Redshift\)/,
  );
  await refused(
    { ProcessingOutputConfig: { Outputs: [{ OutputName: 'f', FeatureStoreOutput: { FeatureGroupName: 'g' } }] } },
    /^Output "f" has a FeatureStoreOutput/,
  );
  await refused(
    { ProcessingInputs: [input('a', 's3://data/in/'), input('a', 's3://data/in/')] },
    'The input name "a" is used twice; each needs one of its own; The LocalPath of inputs "/opt/ml/processing/input/a" is used twice; each needs one of its own',
  );
  await refused(
    { ProcessingInputs: [input('z', 's3://data/in/', { S3CompressionType: 'Gzip' })] },
    /needs S3InputMode Pipe/,
  );
  for (const LocalPath of [
    '/opt/ml/processing/../x',
    '/tmp/x',
    '/opt/ml/processing/',
    '/opt/ml/processing/a//b',
    '/opt/ml/processing/./a',
  ])
    await refused(
      { ProcessingOutputConfig: { Outputs: [{ OutputName: 'o', S3Output: { ...S3Output, LocalPath } }] } },
      `The LocalPath "${LocalPath}" of output "o" must be a folder below /opt/ml/processing/`,
    );
  await refused(
    { ProcessingInputs: [input('n', 's3://data/none/')] },
    /^No S3 objects found under S3 URL "s3:\/\/data\/none\/"/,
  );
  await refused(
    { ProcessingOutputConfig: { Outputs: [{ OutputName: 'o', S3Output: { ...S3Output, S3Uri: 's3://nowhere/x' } }] } },
    'The bucket "nowhere" of the S3Uri of output "o" "s3://nowhere/x" does not exist; create it first',
  );
  await refused(
    {
      ProcessingResources: {
        ClusterConfig: { VolumeSizeInGB: 1, InstancePreferences: [{ InstanceType: 'ml.m5.large' }] },
      },
    },
    /InstancePreferences is not offered.*InstanceType and ClusterConfig.InstanceCount must be given/,
  );
  await refused(
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    },
    /given twice/,
  );
  await world.call('CreateProcessingJob', job('Refused', 'exit 0'));
  await refused(
    {},
    'Job name must be unique within an AWS account and region, and a job with this name already exists (arn:aws:sagemaker:us-east-1:123456789012:processing-job/refused)',
    'ResourceInUse',
  );
  await assert.rejects(describe(world, 'absent'), {
    code: 'ValidationException',
    message: 'Could not find requested job with name: absent',
  });
  await ended(world, 'refused');
});

test('A finished job can be deleted, which frees its name', async (t) => {
  const world = await begin(t);
  await world.call('CreateProcessingJob', job('again', 'while :; do sleep 0.1; done'));
  await assert.rejects(world.call('DeleteProcessingJob', { ProcessingJobName: 'again' }), {
    message: 'The request was rejected because the processing job is in status InProgress.',
  });
  await world.call('StopProcessingJob', { ProcessingJobName: 'again' });
  await ended(world, 'again');
  await world.call('DeleteProcessingJob', { ProcessingJobName: 'again' });
  await assert.rejects(describe(world, 'again'), { code: 'ValidationException' });
  await world.call('CreateProcessingJob', job('again', 'exit 0'));
  assert.equal((await ended(world, 'again')).ProcessingJobStatus, 'Completed');
});

test('Inputs and outputs that the program manages itself are left to it', async (t) => {
  const world = await begin(t);
  const more = {
    ProcessingInputs: [{ ...input('rows', 's3://data/none/'), AppManaged: true }],
    ProcessingOutputConfig: { Outputs: [{ ...output('report'), AppManaged: true }] },
  };
  const script = 'cd "$SAGEMAKER_BASE_DIR"; [ ! -e processing/input ] && echo a > processing/report/a';
  await world.call('CreateProcessingJob', job('manages', script, more));
  const { ProcessingJobStatus, FailureReason, ProcessingInputs } = await ended(world, 'manages');
  assert.equal(ProcessingJobStatus, 'Completed', FailureReason);
  assert.equal(ProcessingInputs[0].AppManaged, true);
  assert.equal(await exists(world, 'out/report/a'), false);
});

test('Inputs that clash end the job with both keys', async (t) => {
  const world = await begin(t);
  await world.put({ 's3://data/clash/a': '1', 's3://data/clash/a/b': '2' });
  await world.call(
    'CreateProcessingJob',
    job('clashes', 'exit 0', { ProcessingInputs: [input('rows', 's3://data/clash/')] }),
  );
  const { ProcessingJobStatus, FailureReason } = await ended(world, 'clashes');
  assert.equal(ProcessingJobStatus, 'Failed');
  assert.match(FailureReason, /^ClientError: Input "rows": the object "clash\/a" would become a file/);
});
