import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { endOf, from, logsOf, outputsOf, run, transformJob, transformWorld } from './testing/transform-world.ts';

const lines = (count: number, text = (at: number) => `${at},1`): string =>
  Array.from({ length: count }, (_, at) => `${text(at)}\n`).join('');

test('Every object below the prefix becomes one of its name and .out, its records in order', async (t) => {
  const world = await transformWorld(t);
  await world.put({
    's3://data/in/a.csv': '1,2\n3,4\n',
    's3://data/in/deep/b.csv': lines(5_000),
    's3://data/in/empty.csv': '',
    's3://data/in/_SUCCESS': '',
    's3://data/in/deep/': '',
  });
  const job = await run(world, 'First', {
    MaxPayloadInMB: 1,
    MaxConcurrentTransforms: 3,
    BatchStrategy: 'MultiRecord',
  });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual(await outputsOf(world), {
    'a.csv.out': '3\n7\n',
    'deep/b.csv.out': lines(5_000, (at) => String(at + 1)),
    'empty.csv.out': '',
  });
  const { data, program, streams } = await logsOf(world, 'First');
  assert.equal(data[0], 'MaxConcurrentTransforms=3, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD');
  assert.equal(data[1], 'Of the objects 2 are passed over as no data: "in/_SUCCESS", "in/deep/"');
  assert.ok(data.includes('data/in/a.csv: transformed'));
  assert.equal(program[0], 'batch=true payload=1 strategy=MULTI_RECORD concurrent=3');
  assert.equal(streams.length, 2);
  assert.match(streams[0]!, /^First\/i-[0-9a-f]{17}-\d{10}$/);
  assert.equal(streams[1], `${streams[0]}/data-log`);
});

test('Describe shows the request with defaults, its times and the status, List the same in pages', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n' });
  const { TransformJobArn } = await world.call(
    'CreateTransformJob',
    transformJob('Job-1', { Tags: [{ Key: 'a', Value: 'b' }] }),
  );
  assert.equal(TransformJobArn, 'arn:aws:sagemaker:us-east-1:123456789012:transform-job/job-1');
  const { CreationTime, TransformStartTime, TransformEndTime, ...job } = await endOf(world, 'Job-1');
  assert.ok(CreationTime <= TransformStartTime && TransformStartTime <= TransformEndTime);
  const { Tags, ...request } = transformJob('Job-1') as any;
  assert.deepEqual(JSON.parse(JSON.stringify(job)), {
    ...request,
    TransformJobArn,
    TransformJobStatus: 'Completed',
    TransformInput: { CompressionType: 'None', ...request.TransformInput },
    TransformOutput: { KmsKeyId: '', ...request.TransformOutput },
    DataProcessing: { InputFilter: '$', OutputFilter: '$', JoinSource: 'None' },
  });
  await run(world, 'Job-2');
  await run(world, 'Other');
  const page = await world.call('ListTransformJobs', {
    NameContains: 'job',
    SortBy: 'Name',
    SortOrder: 'Ascending',
    MaxResults: 1,
  });
  assert.deepEqual(
    page.TransformJobSummaries.map((each: any) => [each.TransformJobName, each.TransformJobStatus]),
    [['Job-1', 'Completed']],
  );
  const rest = await world.call('ListTransformJobs', {
    NameContains: 'job',
    SortBy: 'Name',
    SortOrder: 'Ascending',
    NextToken: page.NextToken,
  });
  assert.deepEqual(
    rest.TransformJobSummaries.map((each: any) => each.TransformJobName),
    ['Job-2'],
  );
  const { TransformJobSummaries: none } = await world.call('ListTransformJobs', { StatusEquals: 'Failed' });
  assert.deepEqual(none, []);
  const tags = await world.call('ListTags', { ResourceArn: TransformJobArn });
  assert.deepEqual(tags.Tags, [{ Key: 'a', Value: 'b' }]);
  assert.equal((await world.services.observe()).endedJobs['transform-job'].Completed, 3);
});

test('An object with a bad record has no output and fails the job; the others are stored', async (t) => {
  const world = await transformWorld(t);
  await world.put({
    's3://data/in/a.csv': '1\n',
    's3://data/in/b.csv': '1\n2\nbad\n',
    's3://data/in/c.csv': '3\n',
    's3://data/in/d.csv': 'bad too\n',
  });
  const job = await run(world, 'job');
  assert.equal(job.TransformJobStatus, 'Failed');
  assert.equal(
    job.FailureReason,
    'ClientError: See job logs for more information. 2 of 4 objects failed; the first: data/in/b.csv: ClientError: 400: Line 3: "bad" is not a number',
  );
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '1\n', 'c.csv.out': '3\n' });
  const { data } = await logsOf(world, 'job');
  const about = data.filter((line) => line.startsWith('data/in/b.csv: '));
  assert.deepEqual(
    about.map((line) => line.slice('data/in/b.csv: '.length)),
    ['ClientError: 400', '', 'Message:', 'Line 3: "bad" is not a number'],
  );
});

test('With LINNET_RECORD_ERRORS skip, records that fail are in a file of errors and the job goes on', async (t) => {
  const world = await transformWorld(t);
  const rows = lines(300, (at) => (at % 100 === 50 ? `bad ${at}` : String(at)));
  await world.put({ 's3://data/in/a.csv': rows, 's3://data/in/b.csv': '1\n\n2' });
  const Environment = { LINNET_RECORD_ERRORS: 'skip' };
  const job = await run(world, 'job', { Environment });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  const outputs = await outputsOf(world);
  assert.deepEqual(Object.keys(outputs), ['a.csv.out', 'a.csv.out.errors', 'b.csv.out']);
  assert.equal(
    outputs['a.csv.out'],
    lines(300, String)
      .split('\n')
      .filter((line) => Number(line) % 100 !== 50 || line === '')
      .join('\n'),
  );
  assert.deepEqual(
    outputs['a.csv.out.errors']!.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [50, 150, 250].map((at) => ({
      record: at + 1,
      error: `ClientError: 400: Line 1: "bad ${at}" is not a number`,
      input: `bad ${at}`,
    })),
  );
  assert.equal(outputs['b.csv.out'], '1\n2\n');
  const { data } = await logsOf(world, 'job');
  assert.ok(
    data.includes('data/in/a.csv: transformed, but for 3 records that are in data/out/a.csv.out.errors: they failed'),
  );
  const single = await run(world, 'single', {
    Environment,
    BatchStrategy: 'SingleRecord',
    input: from('s3://data/in/a.csv'),
  });
  assert.equal(single.TransformJobStatus, 'Completed', single.FailureReason);
  assert.equal((await outputsOf(world))['a.csv.out'], outputs['a.csv.out']);
});

test('A row that a filter does not fit is a record that fails too', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': 'x,1,2\ny\nz,3,4\n' });
  const DataProcessing = { InputFilter: '$[1,2]', JoinSource: 'Input', OutputFilter: '$[0,-1]' };
  const failed = await run(world, 'fails', { DataProcessing });
  assert.match(
    failed.FailureReason,
    /^ClientError: .* data\/in\/a\.csv: Record 2: there is no index 1: it has 1 value$/,
  );
  const skipped = await run(world, 'skips', { DataProcessing, Environment: { LINNET_RECORD_ERRORS: 'skip' } });
  assert.equal(skipped.TransformJobStatus, 'Completed', skipped.FailureReason);
  assert.deepEqual(await outputsOf(world), {
    'a.csv.out': 'x,3\nz,7\n',
    'a.csv.out.errors': '{"record":2,"error":"Record 2: there is no index 1: it has 1 value","input":"y"}\n',
  });
});

test('Single records are sent one by one, and the program may wish for that', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n22\n\n333' });
  const sizesOf = async (name: string): Promise<number[]> =>
    (await logsOf(world, name)).program.flatMap((line) => /^request of (\d+)/.exec(line)?.[1] ?? []).map(Number);
  assert.equal((await run(world, 'single', { BatchStrategy: 'SingleRecord' })).TransformJobStatus, 'Completed');
  assert.deepEqual((await sizesOf('single')).sort(), [1, 2, 3]);
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '1\n22\n333\n' });
  const wishes = { MaxConcurrentTransforms: 40, MaxPayloadInMB: 5, BatchStrategy: 'SINGLE_RECORD' };
  await run(world, 'wished', { Environment: { WISHES: JSON.stringify(wishes) } });
  assert.deepEqual((await sizesOf('wished')).sort(), [1, 2, 3]);
  const { data } = await logsOf(world, 'wished');
  assert.equal(data[0], 'MaxConcurrentTransforms=20, MaxPayloadInMB=5, BatchStrategy=SINGLE_RECORD');
  await run(world, 'default');
  assert.equal(
    (await logsOf(world, 'default')).data[0],
    'MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD',
  );
  assert.deepEqual(await sizesOf('default'), [9]);
});

test('So many requests as allowed are in flight at a time, over the ends of objects too', async (t) => {
  const world = await transformWorld(t);
  await world.put(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`s3://data/in/${at}.csv`, `${at}\n`])));
  await run(world, 'job', { MaxConcurrentTransforms: 3, Environment: { DELAY_MS: '30' } });
  const { program } = await logsOf(world, 'job');
  const flying = program.flatMap((line) => /(\d+) flying/.exec(line)?.[1] ?? []).map(Number);
  assert.equal(flying.length, 9);
  assert.equal(Math.max(...flying), 3);
});

test('Instances share the objects; there are no more of them than objects', async (t) => {
  const world = await transformWorld(t);
  await world.put(Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`s3://data/in/${at}.csv`, `${at}\n`])));
  const TransformResources = { InstanceType: 'ml.m5.large', InstanceCount: 2 };
  const job = await run(world, 'two', { TransformResources, Environment: { DELAY_MS: '20' } });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.equal(Object.keys(await outputsOf(world)).length, 6);
  const { streams, data } = await logsOf(world, 'two');
  assert.equal(streams.length, 4);
  assert.equal(data.filter((line) => line.endsWith(': transformed')).length, 6);
  await run(world, 'one', { TransformResources, input: from('s3://data/in/1.csv') });
  assert.equal((await logsOf(world, 'one')).streams.length, 2);
});

test('A fault of the program is tried again; a program that ends is started again', async (t) => {
  const world = await transformWorld(t);
  await world.put({
    's3://data/in/a.csv': '1 once\n',
    's3://data/die/a.csv': 'die\n',
    's3://data/crash/a.csv': '1\ncrash\n',
  });
  assert.equal((await run(world, 'once')).TransformJobStatus, 'Completed');
  const never = { ModelClientConfig: { InvocationsMaxRetries: 0 } };
  const refused = await run(world, 'never', never);
  assert.equal(
    refused.FailureReason,
    'AlgorithmError: See job logs for more information. 1 of 1 objects failed: data/in/a.csv: Bad HTTP status received from algorithm: 500: out of order',
  );
  const died = await run(world, 'died', {
    input: from('s3://data/die/'),
    ModelClientConfig: { InvocationsMaxRetries: 1 },
  });
  assert.match(died.FailureReason, /^AlgorithmError: .*: Unable to get response from algorithm: /);
  const { program } = await logsOf(world, 'died');
  assert.equal(program.filter((line) => line.startsWith('request of 4 bytes')).length, 2);
});

test('A program that does not answer in time fails its object', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': 'wait\n' });
  const job = await run(world, 'job', {
    ModelClientConfig: { InvocationsTimeoutInSeconds: 1, InvocationsMaxRetries: 0 },
  });
  assert.match(job.FailureReason, /Model server did not respond to \/invocations request within 1 seconds$/);
});

test('With MaxPayloadInMB 0 an object of any size is streamed through, both ways', async (t) => {
  const world = await transformWorld(t);
  const bytes = Buffer.alloc(9_000_000, 'abc\n');
  await world.put({ 's3://data/in/a.bin': bytes, 's3://data/bad/a.csv': 'bad\n' });
  const echo = { output: { Accept: 'application/octet-stream' }, MaxPayloadInMB: 0 };
  const job = await run(world, 'job', { ...echo, input: { SplitType: 'None' } });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.ok((await world.read('s3://data/out/a.bin.out')).equals(bytes));
  const bad = await run(world, 'bad', { MaxPayloadInMB: 0, input: from('s3://data/bad/') });
  assert.match(bad.FailureReason, /ClientError: 400: Line 1: "bad" is not a number$/);
});

test('Objects of gzip are unpacked; one that is none is named', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv.gz': gzipSync(lines(3)), 's3://data/in/b.csv.gz': '1\n' });
  const job = await run(world, 'job', { input: { CompressionType: 'Gzip' } });
  assert.match(
    job.FailureReason,
    /1 of 2 objects failed: data\/in\/b.csv.gz: CompressionType is Gzip, but the object cannot be unpacked: /,
  );
  assert.deepEqual(await outputsOf(world), { 'a.csv.gz.out': '1\n2\n3\n' });
});

test('A manifest selects objects; two with one output are refused by name', async (t) => {
  const world = await transformWorld(t);
  await world.put({
    's3://data/in/a.csv': '1\n',
    's3://data/in/x/b.csv': '2\n',
    's3://data/list.json': JSON.stringify([{ prefix: 's3://data/in/' }, 'x/b.csv']),
    's3://data/twice.json': JSON.stringify(['s3://data/in/a.csv', 's3://models/a.csv']),
    's3://models/a.csv': '3\n',
  });
  assert.equal(
    (await run(world, 'job', { input: from('s3://data/list.json', 'ManifestFile') })).TransformJobStatus,
    'Completed',
  );
  assert.deepEqual(await outputsOf(world), { 'x/b.csv.out': '2\n' });
  const twice = await run(world, 'twice', { input: from('s3://data/twice.json', 'ManifestFile') });
  assert.match(
    twice.FailureReason,
    /^ClientError: The outputs of data\/in\/a.csv and models\/a.csv would both be s3:\/\/data\/out\/a.csv.out/,
  );
});

test('Outputs below the prefix of the inputs are no inputs of the job that wrote them', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n', 's3://data/in/b.csv': '2\n' });
  assert.equal((await run(world, 'job', { output: { S3OutputPath: 's3://data/in' } })).TransformJobStatus, 'Completed');
  const found = await world.objects.list('data', { prefix: 'in/' });
  assert.deepEqual(
    found.map(({ key }) => key),
    ['in/a.csv', 'in/a.csv.out', 'in/b.csv', 'in/b.csv.out'],
  );
});

test('Captured data are manifests of inputs and outputs, and each record has an id', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1,2\n', 's3://data/in/x/b.csv': '5\n6\n' });
  const job = await run(world, 'job', {
    DataCaptureConfig: { DestinationS3Uri: 's3://data/captured/', GenerateInferenceId: true },
    DataProcessing: { JoinSource: 'Input' },
  });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  const time = job.TransformStartTime.toISOString();
  const outputs = await outputsOf(world);
  assert.match(outputs['a.csv.out']!, new RegExp(`^1,2,3,[0-9a-f-]{36},${time.slice(0, 19)}Z\n$`));
  const ids = outputs['x/b.csv.out']!.split('\n').map((row) => row.split(',')[2]);
  assert.notEqual(ids[0], ids[1]);
  const captured = await world.objects.list('data', { prefix: 'captured/' });
  const [input, output] = await Promise.all(
    captured.map(async ({ key }) => JSON.parse(String(await world.read(`s3://data/${key}`)))),
  );
  const hour = time.slice(0, 13).replace(/[-T]/g, '/');
  assert.ok(
    captured[0]!.key.startsWith(`captured/input/${hour}/`) && captured[1]!.key.startsWith(`captured/output/${hour}/`),
  );
  assert.deepEqual(input, [{ prefix: 's3://data/in/' }, 'a.csv', 'x/b.csv']);
  assert.deepEqual(output, [{ prefix: 's3://data/out/' }, 'a.csv.out', 'x/b.csv.out']);
});

test('A pipeline of containers transforms in order, and only the last is asked for the type of the output', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1,2\n3,4\n' });
  const container = { Image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/fake:1' };
  await world.call('CreateModel', { ModelName: 'pipe', Containers: [container, container] });
  const job = await run(world, 'job', { ModelName: 'pipe', output: { Accept: 'application/jsonlines' } });
  assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual(await outputsOf(world), { 'a.csv.out': '{"score":3}\n{"score":7}\n' });
  const { streams } = await logsOf(world, 'job');
  assert.deepEqual(
    streams.map((name) => name.replace(/^job\/i-[0-9a-f]+-\d+/, '')),
    ['/container-1', '/container-2', '/data-log'],
  );
});
