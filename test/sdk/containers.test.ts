// Images of a container engine, by their names, through the published AWS SDK: with Podman, where it runs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  CreateTransformJobCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  SageMakerClient,
  StopTrainingJobCommand,
  waitUntilProcessingJobCompletedOrStopped,
  waitUntilTrainingJobCompletedOrStopped,
  waitUntilTransformJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { openTestEngines, testImage, testUser } from '../../src/compute/containers/engine.testing.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const train = `#!/bin/sh
echo "train as $(id -u): $MODE $*"
case $MODE in
  wait) trap 'echo kept > model/kept; exit 0' TERM; echo ready; while :; do sleep 0.1; done ;;
  fail) echo 'no luck' > output/failure; exit 3 ;;
esac
cat input/data/training/rows.csv > model/rows
`;
const serve = `#!/usr/bin/node
const fs = require('fs');
const server = require('http').createServer((request, response) => {
  if (request.url === '/ping') return response.end();
  request.on('data', (body) => {
    if (String(body) === 'die') process.exit(9);
    response.end(fs.readFileSync('/opt/ml/model/rows', 'utf8') + body + ' by ' + process.getuid());
  });
});
server.listen(8080, () => console.log('serving'));
process.on('SIGTERM', () => process.exit(0));
`;

const processing = `#!/bin/sh
echo 'of the image' > processing/out/made
`;

const [podman] = openTestEngines({ train, serve, process: processing });
assert.ok(podman !== undefined);
after(podman.close);

const role = 'arn:aws:iam::000000000000:role/LinnetExecutionRole';
/** As Amazon's registry would name it: the engine has it by its repository and tag. */
const fromRegistry = '123456789012.dkr.ecr.us-east-1.amazonaws.com/linnet-test:1';

const training = (name: string, image: string): CreateTrainingJobCommandInput => ({
  TrainingJobName: name,
  RoleArn: role,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  InputDataConfig: [
    {
      ChannelName: 'training',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://own/rows/' } },
    },
  ],
  OutputDataConfig: { S3OutputPath: 's3://own/output' },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
});

describe('images of a container engine', { skip: podman.skip }, () => {
  let folder: string;
  let server: RunningServer;
  let s3: S3Client;
  let sagemaker: SageMakerClient;
  let runtime: SageMakerRuntimeClient;
  let logs: CloudWatchLogsClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linnet-container-images-'));
    // The server finds the engine as a user's does.
    process.env.PATH = `${dirname(podman.command)}${delimiter}${process.env.PATH}`;
    const options = { dataDir: folder, port: '0', logLevel: 'silent', containers: 'auto' };
    server = await startServer(readConfig(options, {}));
    const client = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
    s3 = new S3Client(client);
    sagemaker = new SageMakerClient(client);
    runtime = new SageMakerRuntimeClient(client);
    logs = new CloudWatchLogsClient(client);
    await s3.send(new CreateBucketCommand({ Bucket: 'own' }));
    await s3.send(new PutObjectCommand({ Bucket: 'own', Key: 'rows/rows.csv', Body: '1,2\n' }));
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  const create = (name: string, more: Partial<CreateTrainingJobCommandInput> = {}, image = testImage) =>
    sagemaker.send(new CreateTrainingJobCommand({ ...training(name, image), ...more }));
  const ended = async (name: string): Promise<DescribeTrainingJobCommandOutput> => {
    await waitUntilTrainingJobCompletedOrStopped(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { TrainingJobName: name },
    ).catch(() => undefined);
    return sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  };
  const linesOf = async (name: string): Promise<string[]> => {
    const group = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: name };
    return ((await logs.send(new FilterLogEventsCommand(group))).events ?? []).map(({ message = '' }) => message);
  };

  it('a job runs the program of its image, and the model is what it left', async () => {
    await create('plain');
    const job = await ended('plain');
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    assert.ok((await linesOf('plain')).includes(`train as ${testUser}:  `));
    const artifact = await s3.send(new GetObjectCommand({ Bucket: 'own', Key: 'output/plain/output/model.tar.gz' }));
    assert.ok(artifact.ContentLength! > 0);
  });

  it("a request's entrypoint, arguments and environment take the place of the image's", async () => {
    const AlgorithmSpecification = {
      TrainingImage: testImage,
      TrainingInputMode: 'File' as const,
      ContainerEntrypoint: ['sh', '-c'],
      ContainerArguments: ['echo "$GREETING from $(cat /etc/hostname)"; exit 7'],
    };
    await create('entry', { AlgorithmSpecification, Environment: { GREETING: 'hello "you"' } });
    const job = await ended('entry');
    assert.match(job.FailureReason!, /hello "you" from algo-1, exit code: 7$/);
  });

  it('a program fails a job with its own reason and exit code', async () => {
    await create('fails', { Environment: { MODE: 'fail' } }, fromRegistry);
    assert.equal((await ended('fails')).FailureReason, 'AlgorithmError: no luck, exit code: 3');
  });

  it('a stop reaches the program, and what it leaves is kept', async () => {
    await create('stops', { Environment: { MODE: 'wait' } });
    while (!(await linesOf('stops').catch((): string[] => [])).includes('ready'))
      await new Promise((done) => setTimeout(done, 50));
    await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'stops' }));
    const job = await ended('stops');
    assert.equal(job.TrainingJobStatus, 'Stopped');
    assert.match(job.ModelArtifacts!.S3ModelArtifacts!, /stops\/output\/model\.tar\.gz$/);
  });

  it('an endpoint answers, starts a program again that ends, and leaves no container', async () => {
    const names = { ModelName: 'rows', EndpointConfigName: 'rows', EndpointName: 'rows' };
    const PrimaryContainer = { Image: testImage, ModelDataUrl: 's3://own/output/plain/output/model.tar.gz' };
    await sagemaker.send(new CreateModelCommand({ ...names, PrimaryContainer, ExecutionRoleArn: role }));
    const variant = { VariantName: 'all', ModelName: 'rows', InitialInstanceCount: 1 };
    const ProductionVariants = [{ ...variant, InstanceType: 'ml.m5.large' as const }];
    await sagemaker.send(new CreateEndpointConfigCommand({ ...names, ProductionVariants }));
    await sagemaker.send(new CreateEndpointCommand(names));
    for (;;) {
      const { EndpointStatus, FailureReason } = await sagemaker.send(new DescribeEndpointCommand(names));
      assert.notEqual(EndpointStatus, 'Failed', FailureReason);
      if (EndpointStatus === 'InService') break;
      await new Promise((done) => setTimeout(done, 100));
    }
    const invoke = async (body: string): Promise<string> =>
      Buffer.from(
        (await runtime.send(new InvokeEndpointCommand({ ...names, Body: Buffer.from(body) }))).Body,
      ).toString();
    assert.equal(await invoke('asked'), `1,2\nasked by ${testUser}`);
    await assert.rejects(invoke('die'));
    assert.equal(await invoke('again'), `1,2\nagain by ${testUser}`);
    await sagemaker.send(new DeleteEndpointCommand(names));
    while (podman.ask('ps', '--all', '--quiet') !== '') await new Promise((done) => setTimeout(done, 100));
  });

  it('a channel in Pipe mode is read through a pipe', async () => {
    const AlgorithmSpecification = {
      TrainingImage: testImage,
      TrainingInputMode: 'Pipe' as const,
      ContainerEntrypoint: ['sh', '-c', 'cat input/data/training_0 > model/rows; cat model/rows'],
    };
    await create('pipes', { AlgorithmSpecification });
    const job = await ended('pipes');
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    assert.ok((await linesOf('pipes')).includes('1,2'));
  });

  it('a transform job sends its objects to the program of the model', async () => {
    const TransformJobName = 'batch';
    await sagemaker.send(
      new CreateTransformJobCommand({
        TransformJobName,
        ModelName: 'rows',
        TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://own/rows/' } } },
        TransformOutput: { S3OutputPath: 's3://own/scored' },
        TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      }),
    );
    await waitUntilTransformJobCompletedOrStopped(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { TransformJobName },
    );
    const scored = await s3.send(new GetObjectCommand({ Bucket: 'own', Key: 'scored/rows.csv.out' }));
    assert.equal(await scored.Body!.transformToString(), `1,2\n1,2\n by ${testUser}`);
  });

  it('a processing job runs its command in an image, or that of the image itself', async () => {
    const processed = async (name: string, ContainerEntrypoint?: string[]) => {
      const Input = { S3Uri: 's3://own/rows/', LocalPath: '/opt/ml/processing/in', S3DataType: 'S3Prefix' as const };
      const Output = { S3Uri: `s3://own/${name}/`, LocalPath: '/opt/ml/processing/out' };
      await sagemaker.send(
        new CreateProcessingJobCommand({
          ProcessingJobName: name,
          RoleArn: role,
          AppSpecification: { ImageUri: testImage, ...(ContainerEntrypoint && { ContainerEntrypoint }) },
          ProcessingResources: {
            ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
          },
          ProcessingInputs: [{ InputName: 'rows', S3Input: { ...Input, S3InputMode: 'File' } }],
          ProcessingOutputConfig: {
            Outputs: [{ OutputName: 'made', S3Output: { ...Output, S3UploadMode: 'EndOfJob' } }],
          },
        }),
      );
      await waitUntilProcessingJobCompletedOrStopped(
        { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
        { ProcessingJobName: name },
      );
      const made = await s3.send(new GetObjectCommand({ Bucket: 'own', Key: `${name}/made` }));
      return made.Body!.transformToString();
    };
    assert.equal(await processed('given', ['sh', '-c', 'cat processing/in/rows.csv > processing/out/made']), '1,2\n');
    assert.equal(await processed('image'), 'of the image\n');
  });

  it('an image that the engine does not have is refused with what to type', async () => {
    await assert.rejects(
      create('none', {}, 'quay.io/own/none:2'),
      /Linnet does not have the image "quay\.io\/own\/none:2".* Podman has no image "quay\.io\/own\/none:2"; to fetch it, type: podman pull quay\.io\/own\/none:2/,
    );
    await assert.rejects(
      create('hosts', { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } }),
      /asks for 2 instances; an image of a container engine runs on one/,
    );
    await assert.rejects(create('option', {}, '--privileged'), /"--privileged" cannot be the name of an image/);
  });
});

test('an engine that does not answer is said when a job or a model is created', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-silent-engine-'));
  mkdirSync(join(folder, 'bin'));
  const script = '#!/bin/sh\necho "Cannot connect to the Docker daemon at unix:///x" >&2; exit 1\n';
  writeFileSync(join(folder, 'bin/docker'), script, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${join(folder, 'bin')}${delimiter}${path}`;
  const options = { dataDir: join(folder, 'data'), port: '0', logLevel: 'silent', containers: 'docker' };
  const server = await startServer(readConfig(options, {}));
  t.after(async () => {
    process.env.PATH = path;
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const { address: endpoint, region, credentials } = server;
  const client = new SageMakerClient({ endpoint, region, credentials, maxAttempts: 1 });
  const said =
    /does not have the image "own:1"\. .*\. Docker is installed, but does not answer \(Cannot connect .*\); start its daemon/;
  const PrimaryContainer = { Image: 'own:1' };
  await assert.rejects(
    client.send(new CreateModelCommand({ ModelName: 'own', PrimaryContainer, ExecutionRoleArn: role })),
    said,
  );
  await assert.rejects(client.send(new CreateTrainingJobCommand(training('own', 'own:1'))), said);
});
