// Programs of the user's own, as images: those of examples/, through the published AWS SDK.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  SageMakerServiceException,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const canRun = (...command: string[]): boolean => spawnSync(command[0]!, command.slice(1)).status === 0;
const hasNamespaces =
  canRun('unshare', '--mount', 'true') || canRun('unshare', '--user', '--map-root-user', '--mount', 'true');
const withoutPython = canRun('python3', '--version') ? {} : { skip: 'the package python3 is not installed' };

let folder: string;
let server: RunningServer;
let s3: S3Client;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let logs: CloudWatchLogsClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-own-images-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  s3 = new S3Client(options);
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  logs = new CloudWatchLogsClient(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'own' }));
  await s3.send(new PutObjectCommand({ Bucket: 'own', Key: 'rows/a.csv', Body: 'low,1,2\nhigh,9,10\nlow,3,2.5\n' }));
  await s3.send(new PutObjectCommand({ Bucket: 'own', Key: 'rows/b.csv', Body: 'high,11,8\n' }));
  await s3.send(new PutObjectCommand({ Bucket: 'own', Key: 'ragged/a.csv', Body: 'low,1,2\nhigh,9\n' }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const imageOf = (name: string): string => `123456789012.dkr.ecr.us-east-1.amazonaws.com/${name}:latest`;
const add = (name: string, from: string) =>
  addFolder({ dataFolder: folder, nowMs: Date.now, progress: () => undefined }, { name, folder: from, taken: [] });

/** An image of scripts in sh. */
async function addScripts(name: string, scripts: Readonly<Record<string, string>>): Promise<void> {
  const from = join(folder, `scripts-${name}`);
  mkdirSync(from);
  for (const [program, script] of Object.entries(scripts)) {
    writeFileSync(join(from, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(from, program), 0o755);
  }
  await add(name, from);
}

async function train(
  name: string,
  image: string,
  more: Partial<CreateTrainingJobCommandInput> = {},
  data = 'rows',
): Promise<DescribeTrainingJobCommandOutput> {
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: `s3://own/${data}/` } as const;
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: role,
      AlgorithmSpecification: {
        TrainingImage: imageOf(image),
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'classes', Regex: 'classes=([0-9]+);' }],
      },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 },
      InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource } }],
      OutputDataConfig: { S3OutputPath: 's3://own/output' },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
      ...more,
    }),
  );
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, maxWaitTime: 60 }, { TrainingJobName: name }).catch(
    () => undefined,
  );
  return sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
}

async function linesOf(job: string): Promise<string[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${job}/` }),
  );
  return events.map(({ message = '' }) => message);
}

async function modelOf({ ModelArtifacts }: DescribeTrainingJobCommandOutput): Promise<string> {
  const [, , Bucket, ...key] = (ModelArtifacts?.S3ModelArtifacts ?? '').split('/');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key.join('/') }));
  const untar = spawnSync('tar', ['-xzO'], { input: await Body!.transformToByteArray() });
  return untar.stdout.toString();
}

/** Resolves once the endpoint is in service, or with why it is not. */
async function deploy(name: string, image: string, artifact: string): Promise<string | undefined> {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: imageOf(image), ModelDataUrl: artifact },
    }),
  );
  const ProductionVariants = [
    { VariantName: 'AllTraffic', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m5.large' } as const,
  ];
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  for (;;) {
    const { EndpointStatus, FailureReason } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
    if (EndpointStatus !== 'Creating') return FailureReason;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const invoke = async (endpoint: string, body: string): Promise<string> => {
  const answer = await runtime.send(
    new InvokeEndpointCommand({ EndpointName: endpoint, ContentType: 'text/csv', Body: body }),
  );
  return answer.Body.transformToString();
};

const centroids = 'high,10.000000,9.000000\nlow,2.000000,2.250000\n';

test('The examples train to one model, each in its language, and serve it', withoutPython, async () => {
  spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'examples/typescript')]);
  let artifact = '';
  for (const language of ['shell', 'python', 'typescript']) {
    await add(`mean-${language}`, join(root, 'examples', language));
    const job = await train(`train-${language}`, `mean-${language}`);
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    assert.deepEqual(
      job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value]),
      [['classes', 2]],
    );
    assert.equal(await modelOf(job), centroids, language);
    artifact = job.ModelArtifacts?.S3ModelArtifacts ?? '';
    const broken = await train(`ragged-${language}`, `mean-${language}`, {}, 'ragged');
    assert.match(broken.FailureReason ?? '', /^ClientError: Row 2 has 2 columns, the first one has 3/);
  }
  for (const language of ['python', 'typescript']) {
    assert.equal(await deploy(`serve-${language}`, `mean-${language}`, artifact), undefined);
    assert.equal(await invoke(`serve-${language}`, '1,1\n12,12\n'), 'low\nhigh\n');
    await assert.rejects(
      invoke(`serve-${language}`, 'x,y\n'),
      (thrown) => thrown instanceof ModelError && thrown.OriginalStatusCode === 400,
    );
  }
  const noServe = await deploy('serve-shell', 'mean-shell', artifact).catch((thrown: unknown) => String(thrown));
  assert.match(noServe ?? '', /has no program serve; it has: train/);
});

test("A program finds its files at /opt/ml, and neither the server's keys nor a loader of the caller's choice", async () => {
  await addScripts('looks', {
    train: `
      base=/opt/ml; [ -d /opt/ml/input ] || base=$SAGEMAKER_BASE_DIR
      cat $base/input/data/train/a.csv > $base/model/seen
      pwd > $base/model/where
      env > $base/model/environment
      helper >> $base/model/where`,
    helper: 'echo beside',
  });
  const job = await train('looks', 'looks', { Environment: { MINE: 'yes', LD_PRELOAD: '/evil.so', LINNET_X: '1' } });
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  const model = await modelOf(job);
  assert.match(model, /low,1,2\nhigh,9,10/);
  assert.match(model, /^MINE=yes$/m);
  assert.match(model, /^beside$/m, 'what lies beside a program is on its PATH');
  assert.doesNotMatch(model, /AWS_SECRET|AWS_ACCESS_KEY|evil|LINNET_X/);
  if (hasNamespaces) assert.match(model, /^\/opt\/ml$/m);
  else assert.ok((await linesOf('looks')).some((line) => line.includes('SAGEMAKER_BASE_DIR')));
});

test("A program reads neither the server's key nor other jobs' data", {
  skip: hasNamespaces ? false : 'this host gives nobody a namespace',
}, async () => {
  await addScripts('looks-around', {
    train: `
      cd "$LOOK"; find . -type f | sort
      grep -rl "$KEY_ID" . | head -1
      echo end`,
  });
  const job = await train('looks-around', 'looks-around', {
    Environment: { LOOK: folder, KEY_ID: server.credentials.accessKeyId },
  });
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  const lines = await linesOf('looks-around');
  assert.equal(lines.at(-1), 'end');
  assert.deepEqual(
    lines.slice(0, -1).filter((line) => !line.startsWith('./images/looks-around/')),
    [],
  );
});

test('A job with EnableNetworkIsolation reaches nobody, not even this machine', {
  skip: hasNamespaces ? false : 'this host gives nobody a namespace',
}, async () => {
  const { port } = new URL(server.address);
  await addScripts('calls', {
    train: `exec ${process.execPath} -e "require('net').connect(${port}, '127.0.0.1').on('connect', () => { console.log('reached'); process.exit() }).on('error', (e) => console.log('refused ' + e.code))"`,
  });
  await train('calls-open', 'calls');
  assert.ok((await linesOf('calls-open')).includes('reached'));
  await train('calls-isolated', 'calls', { EnableNetworkIsolation: true });
  assert.deepEqual(await linesOf('calls-isolated'), ['refused ECONNREFUSED']);
});

test('An entry point of the request runs in place of the image’s program, with its arguments', async () => {
  await s3.send(new PutObjectCommand({ Bucket: 'own', Key: 'code/__init__.py', Body: '#' }));
  await addScripts('entry', { train: 'echo never; exit 1' });
  const job = await train('entry', 'entry', {
    AlgorithmSpecification: {
      TrainingImage: imageOf('entry'),
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '-c', 'echo "$0 $1 $(ls input/data/code)"'],
      ContainerArguments: ['one', 'two'],
    },
    InputDataConfig: [
      { ChannelName: 'code', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://own/code/' } } },
    ],
  });
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  assert.deepEqual(await linesOf('entry'), ['one two __init__.py']);

  const builtIn = train('entry-built-in', 'linear-learner', {
    AlgorithmSpecification: {
      TrainingImage: imageOf('linear-learner'),
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh'],
    },
  });
  await assert.rejects(
    builtIn,
    (thrown) => thrown instanceof SageMakerServiceException && /this image is built in/.test(thrown.message),
  );
});

test('The hosts of a job find each other by their names, and two jobs at once do not meet on a port', {
  skip: hasNamespaces ? false : 'this host allows no namespaces',
}, async () => {
  // The first host adds up what the others send it; the model is the sum.
  const script = `
    const { hosts, current_host: me } = JSON.parse(require('fs').readFileSync('input/config/resourceconfig.json'));
    console.log(me + ' is ' + require('os').hostname());
    const rows = require('fs').readdirSync('input/data/train').length;
    if (me === 'algo-1') {
      let sum = rows, left = hosts.length - 1;
      require('net').createServer((s) => s.on('data', (d) => {
        sum += Number(d);
        if (--left === 0) { require('fs').writeFileSync('model/sum', String(sum)); process.exit(); }
      })).listen(5000, 'algo-1');
    } else {
      const call = () => require('net').connect(5000, 'algo-1').on('error', () => setTimeout(call, 50))
        .on('connect', function () { this.end(String(rows)); }).on('close', (bad) => bad || process.exit());
      call();
    }`;
  await addScripts('sum', { train: `cat > tmp/sum.js <<'END'\n${script}\nEND\nexec ${process.execPath} tmp/sum.js` });
  const ResourceConfig = { InstanceCount: 3, InstanceType: 'ml.m5.large', VolumeSizeInGB: 10 } as const;
  const jobs = await Promise.all(['sum-1', 'sum-2'].map((name) => train(name, 'sum', { ResourceConfig })));
  for (const job of jobs) {
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    assert.equal(await modelOf(job), '6');
    const lines = await linesOf(job.TrainingJobName ?? '');
    assert.deepEqual(lines.sort(), ['algo-1 is algo-1', 'algo-2 is algo-2', 'algo-3 is algo-3']);
  }
});

test('A program that listens on 8080 whatever it is told is found there', {
  skip: process.platform === 'linux' ? false : 'only Linux tells which program listens',
}, async (t) => {
  const script = `require('http').createServer((q, s) => s.end('from 8080')).listen(8080, '127.0.0.1')`;
  await addScripts('stubborn', { serve: `exec ${process.execPath} -e "${script}"`, train: 'echo x > model/x' });
  const job = await train('stubborn', 'stubborn');
  const failure = await deploy('stubborn', 'stubborn', job.ModelArtifacts?.S3ModelArtifacts ?? '');
  if (failure?.includes('EADDRINUSE')) return t.skip('another program of this machine listens on 8080');
  assert.equal(failure, undefined);
  assert.equal(await invoke('stubborn', ''), 'from 8080');
});
