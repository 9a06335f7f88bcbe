// Processing jobs through the published AWS SDK, with scripts that name /opt/ml/processing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateProcessingJobCommand,
  type CreateProcessingJobCommandInput,
  DeleteProcessingJobCommand,
  DescribeProcessingJobCommand,
  type DescribeProcessingJobCommandOutput,
  type ProcessingS3Input,
  paginateListProcessingJobs,
  ResourceInUse,
  SageMakerClient,
  SageMakerServiceException,
  StopProcessingJobCommand,
  waitUntilProcessingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/scripts:latest';
const canRun = (...command: string[]): boolean => spawnSync(command[0]!, command.slice(1)).status === 0;
const hasNamespaces =
  canRun('unshare', '--mount', 'true') || canRun('unshare', '--user', '--map-root-user', '--mount', 'true');
const needsNamespaces = { skip: hasNamespaces ? false : 'this host gives nobody a namespace' };

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;
let logs: CloudWatchLogsClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-processing-'));
  const program = join(folder, 'image');
  mkdirSync(program);
  // Never run: the request brings what is.
  writeFileSync(join(program, 'train'), '#!/bin/sh\nexit 9\n');
  writeFileSync(join(program, 'count-rows'), '#!/bin/sh\ncat "$1"/*.csv | wc -l\n');
  for (const file of ['train', 'count-rows']) chmodSync(join(program, file), 0o755);
  await addFolder(
    { dataFolder: folder, nowMs: Date.now, progress: () => undefined },
    { name: 'scripts', folder: program, taken: [] },
  );
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  logs = new CloudWatchLogsClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'desk' }));
  await put('rows/a.csv', '1\n2\n');
  await put('rows/b.csv', '3\n');
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'desk', Key, Body }));
const read = async (Key: string): Promise<string | undefined> =>
  (await s3.send(new GetObjectCommand({ Bucket: 'desk', Key }))).Body?.transformToString();

/** A job that runs a script of S3 over the rows. */
async function create(
  name: string,
  script: string,
  more: Partial<CreateProcessingJobCommandInput> = {},
): Promise<void> {
  await put(`code/${name}/run.sh`, script);
  await sagemaker.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: name,
      RoleArn: role,
      AppSpecification: {
        ImageUri: image,
        ContainerEntrypoint: ['sh', '/opt/ml/processing/input/code/run.sh'],
        ContainerArguments: ['--rows', '/opt/ml/processing/input/rows'],
      },
      ProcessingInputs: [inputOf('code', `s3://desk/code/${name}/run.sh`), inputOf('rows', 's3://desk/rows/')],
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'result',
            S3Output: {
              S3Uri: `s3://desk/out/${name}`,
              LocalPath: '/opt/ml/processing/output',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
      ...more,
    }),
  );
}

const inputOf = (name: string, uri: string, more: Partial<ProcessingS3Input> = {}) => ({
  InputName: name,
  S3Input: {
    S3Uri: uri,
    LocalPath: `/opt/ml/processing/input/${name}`,
    S3DataType: 'S3Prefix' as const,
    S3InputMode: 'File' as const,
    ...more,
  },
});

async function ended(name: string): Promise<DescribeProcessingJobCommandOutput> {
  const input = { ProcessingJobName: name };
  await waitUntilProcessingJobCompletedOrStopped({ client: sagemaker, maxWaitTime: 121 }, input).catch(() => undefined);
  return sagemaker.send(new DescribeProcessingJobCommand(input));
}

test('A script that names /opt/ml/processing runs unedited', needsNamespaces, async () => {
  await create(
    'unedited',
    `echo "rows: $(count-rows "$2")"
     cp /opt/ml/processing/input/rows/a.csv /opt/ml/processing/output/copy.csv
     grep -o '"current_host":"algo-1"' /opt/ml/config/resourceconfig.json
     grep -q unedited /opt/ml/config/processingjobconfig.json
     echo 'two files' > /opt/ml/output/message`,
  );
  const job = await ended('unedited');
  assert.equal(job.ProcessingJobStatus, 'Completed', job.FailureReason);
  assert.equal(job.ExitMessage, 'two files\n');
  assert.equal(await read('out/unedited/copy.csv'), '1\n2\n');
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({
      logGroupName: '/aws/sagemaker/ProcessingJobs',
      logStreamNamePrefix: 'unedited/algo-1-',
    }),
  );
  assert.deepEqual(
    events.map(({ message }) => message?.trim()),
    ['rows: 3', '"current_host":"algo-1"'],
  );
});

test('Several instances know each other by name, and share the objects of an input', needsNamespaces, async () => {
  await create(
    'pair',
    `grep -q '"current_host":"algo-1"' /opt/ml/config/resourceconfig.json && other=algo-2 || other=algo-1
     grep -qw "$other" /etc/hosts && echo "knows $other"
     cp /opt/ml/processing/input/rows/*.csv /opt/ml/processing/output/`,
    {
      ProcessingInputs: [
        inputOf('code', 's3://desk/code/pair/run.sh'),
        inputOf('rows', 's3://desk/rows/', { S3DataDistributionType: 'ShardedByS3Key' }),
      ],
      ProcessingResources: { ClusterConfig: { InstanceCount: 2, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
    },
  );
  const job = await ended('pair');
  assert.equal(job.ProcessingJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual([await read('out/pair/a.csv'), await read('out/pair/b.csv')], ['1\n2\n', '3\n']);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/ProcessingJobs', logStreamNamePrefix: 'pair/' }),
  );
  assert.deepEqual(events.map(({ message }) => message).sort(), ['knows algo-1', 'knows algo-2']);
});

test('A job with EnableNetworkIsolation reaches nobody', needsNamespaces, async () => {
  const { port } = new URL(server.address);
  const script = `${process.execPath} -e "require('net').connect(${port}, '127.0.0.1').on('connect', () => { console.log('reached'); process.exit() }).on('error', (e) => console.log('refused ' + e.code))"`;
  await create('open', script);
  await create('isolated', script, { NetworkConfig: { EnableNetworkIsolation: true } });
  for (const [name, line] of [
    ['open', 'reached'],
    ['isolated', 'refused ECONNREFUSED'],
  ] as const) {
    assert.equal((await ended(name)).ProcessingJobStatus, 'Completed');
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/ProcessingJobs', logStreamNamePrefix: `${name}/` }),
    );
    assert.deepEqual(
      events.map(({ message }) => message),
      [line],
    );
  }
});

test('The waiter fails with the job, and the job is there once', async () => {
  await create('fails', 'echo "no such column" >&2; exit 3');
  await assert.rejects(
    waitUntilProcessingJobCompletedOrStopped({ client: sagemaker, maxWaitTime: 121 }, { ProcessingJobName: 'fails' }),
  );
  const { ProcessingJobStatus, FailureReason } = await ended('fails');
  assert.equal(ProcessingJobStatus, 'Failed');
  assert.equal(FailureReason, 'AlgorithmError: The last line of its log is: no such column, exit code: 3');
  await assert.rejects(create('fails', ''), (thrown) => thrown instanceof ResourceInUse);
  await sagemaker.send(new DeleteProcessingJobCommand({ ProcessingJobName: 'fails' }));
  await assert.rejects(
    sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: 'fails' })),
    (thrown) =>
      thrown instanceof SageMakerServiceException &&
      thrown.name === 'ValidationException' &&
      /^Could not find requested job/.test(thrown.message),
  );
});

test('A job is stopped, and lists show what became of it', async () => {
  await create('endless', 'while :; do sleep 0.1; done');
  await sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: 'endless' }));
  assert.equal((await ended('endless')).ProcessingJobStatus, 'Stopped');
  await create('endless-not', 'exit 0');
  assert.equal((await ended('endless-not')).ProcessingJobStatus, 'Completed');
  const found: string[] = [];
  const pages = paginateListProcessingJobs(
    { client: sagemaker, pageSize: 1 },
    { NameContains: 'endless', SortBy: 'Name', SortOrder: 'Ascending' },
  );
  for await (const { ProcessingJobSummaries = [] } of pages)
    found.push(...ProcessingJobSummaries.map((each) => `${each.ProcessingJobName} ${each.ProcessingJobStatus}`));
  assert.deepEqual(found, ['endless Stopped', 'endless-not Completed']);
});

test('What the model of the service forbids is answered in AWS’s words', async () => {
  await assert.rejects(create('bad', 'exit 0', { StoppingCondition: { MaxRuntimeInSeconds: 0 } }), {
    name: 'ValidationException',
    message: /Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint/,
  });
});
