import { closeSync, createReadStream, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  type CreateTransformJobCommandInput,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { invoker } from '../../src/algorithms/linear-learner/invoke.ts';
import { readModelFile } from '../../src/learners/index.ts';
import type { DenseSet } from '../data/store.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { type LinnetProcess, startLinnet } from '../framework/linnet-process.ts';
import { wallMs } from '../framework/measure.ts';
import { cacheFolder } from '../framework/places.ts';

const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const role = 'arn:aws:iam::000000000000:role/bench';
/** The default of MaxPayloadInMB. */
const bodyBytes = 6 * 1024 * 1024;
const trainingRows = 2_000;
const accept = 'application/jsonlines';

/** Rows as CSV: an id and features. */
function rowsFile(set: DenseSet, rowCount: number, withIds: boolean): string {
  const path = join(cacheFolder('data'), `transform-${set.name}-${rowCount}${withIds ? '-ids' : ''}.csv`);
  const file = openSync(path, 'w');
  const { featureCount: d } = set;
  for (let from = 0; from < rowCount; from += 10_000) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(rowCount, from + 10_000); row += 1) {
      const cells = Array.from(set.x.subarray(row * d, (row + 1) * d), (value) => value.toFixed(6)).join(',');
      lines.push(withIds ? `row-${row},${cells}\n` : `${cells}\n`);
    }
    writeSync(file, lines.join(''));
  }
  closeSync(file);
  return path;
}

/** What one thread takes that only decodes, predicts and encodes the same bodies. */
function predictionMs(file: string, model: Uint8Array): number {
  const invoke = invoker(readModelFile(model), true);
  const bytes = readFileSync(file);
  const pass = (limit: number): number => {
    const from = wallMs();
    for (let at = 0; at < Math.min(bytes.length, limit); ) {
      const end = at + bodyBytes >= bytes.length ? bytes.length : bytes.lastIndexOf(10, at + bodyBytes - 1) + 1;
      const { status, body } = invoke({ contentType: 'text/csv', accept, body: bytes.subarray(at, end) });
      if (status !== 200) throw new Error(String(body));
      Buffer.from(body as string);
      at = end;
    }
    return wallMs() - from;
  };
  pass(4 * bodyBytes);
  return pass(Number.POSITIVE_INFINITY);
}

/** The most memory that a process has had, in MiB; 0 where the system does not say. */
function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

interface Clients {
  s3: S3Client;
  sagemaker: SageMakerClient;
}

/** Trains a small model of so many features, as the model `bench`; answers its bytes in the model file. */
async function trainModel({ s3, sagemaker }: Clients, set: DenseSet): Promise<void> {
  const d = set.featureCount;
  await s3.send(new CreateBucketCommand({ Bucket: 'bench' }));
  const row = (at: number): string => [set.y[at], ...set.x.subarray(at * d, (at + 1) * d)].join(',');
  const Body = Array.from({ length: trainingRows }, (_, at) => row(at)).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'bench', Key: 'train/rows.csv', Body }));
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: 's3://bench/train/' } as const;
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'bench',
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
      InputDataConfig: [{ ChannelName: 'train', ContentType: 'text/csv', DataSource: { S3DataSource } }],
      OutputDataConfig: { S3OutputPath: 's3://bench/output/', CompressionType: 'NONE' },
      HyperParameters: { predictor_type: 'binary_classifier' },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  const job = await until(
    () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'bench' })),
    ({ TrainingJobStatus }) => TrainingJobStatus,
  );
  const S3Uri = job.ModelArtifacts?.S3ModelArtifacts;
  const source = { S3DataSource: { S3Uri, S3DataType: 'S3Prefix', CompressionType: 'None' } } as const;
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'bench',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataSource: source },
    }),
  );
}

async function until<Job extends { FailureReason?: string | undefined }>(
  describe: () => Promise<Job>,
  statusOf: (job: Job) => string | undefined,
): Promise<Job> {
  for (;;) {
    const job = await describe();
    if (statusOf(job) === 'Completed') return job;
    if (statusOf(job) === 'Failed') throw new Error(job.FailureReason);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How long a job works, its program's start included. */
async function transformMs(
  { sagemaker }: Clients,
  name: string,
  more: Partial<CreateTransformJobCommandInput> = {},
): Promise<number> {
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: `s3://bench/${name.split('-')[0]}/` } as const;
  await sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: name,
      ModelName: 'bench',
      TransformInput: { DataSource: { S3DataSource }, ContentType: 'text/csv', SplitType: 'Line' },
      TransformOutput: { S3OutputPath: `s3://bench/${name}-out`, Accept: accept, AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      ...more,
    }),
  );
  const { TransformStartTime, TransformEndTime } = await until(
    () => sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name })),
    ({ TransformJobStatus }) => TransformJobStatus,
  );
  return TransformEndTime!.getTime() - TransformStartTime!.getTime();
}

async function upload({ s3 }: Clients, Key: string, file: string): Promise<void> {
  const ContentLength = statSync(file).size;
  await s3.send(new PutObjectCommand({ Bucket: 'bench', Key, Body: createReadStream(file), ContentLength }));
}

async function measure(bench: Bench, linnet: LinnetProcess): Promise<Row[]> {
  const clients = { s3: new S3Client(linnet.client), sagemaker: new SageMakerClient(linnet.client) };
  const rowCount = bench.quick ? 100_000 : 1_000_000;
  const set = bench.data.synthetic(rowCount, 30);
  await trainModel(clients, set);
  const { Body } = await clients.s3.send(
    new GetObjectCommand({ Bucket: 'bench', Key: 'output/bench/output/model/model_algo-1' }),
  );
  const model = await Body!.transformToByteArray();
  const plain = rowsFile(set, rowCount, false);
  await upload(clients, 'plain/rows.csv', plain);
  await upload(clients, 'ids/rows.csv', rowsFile(set, rowCount, true));
  await transformMs(clients, 'plain-warmup');
  const memoryBefore = peakMemory(linnet.pid);
  const rounds = bench.quick ? 1 : 3;
  const best = {
    prediction: Number.POSITIVE_INFINITY,
    transform: Number.POSITIVE_INFINITY,
    joined: Number.POSITIVE_INFINITY,
  };
  const join = {
    DataProcessing: { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[0,-2:]' },
    TransformOutput: { S3OutputPath: 's3://bench/joined', Accept: 'text/csv', AssembleWith: 'Line' },
  } as const;
  for (let round = 0; round < rounds; round += 1) {
    best.prediction = Math.min(best.prediction, predictionMs(plain, model));
    best.transform = Math.min(best.transform, await transformMs(clients, `plain-${round}`));
    best.joined = Math.min(best.joined, await transformMs(clients, `ids-${round}`, join));
  }
  const shape = `${rowCount}x30`;
  const megabytes = statSync(plain).size / 2 ** 20;
  return [
    {
      what: `batch transform of ${shape} rows of CSV to JSON Lines, against decoding, predicting and encoding alone`,
      label: 'batch transform',
      value: best.transform / best.prediction,
      unit: 'x',
      target: { atMost: 1.3 },
      figures: { ...best, 'MB of CSV': megabytes },
      note: 'wall clock; the job from its start to its end, its program started for it, objects read and stored; the other side is one warm thread with the file in memory',
    },
    {
      what: `the same with an id that the model does not see and that is joined to the answer, ${shape}`,
      value: best.joined / best.prediction,
      unit: 'x',
      figures: { joined: best.joined },
    },
    {
      what: `memory that the server needed at most for these jobs beyond what an earlier one needed, ${megabytes.toFixed(0)} MB of input each`,
      value: peakMemory(linnet.pid) - memoryBefore,
      unit: 'MiB',
      figures: { 'peak MiB': peakMemory(linnet.pid) },
    },
  ];
}

export const transformCases: readonly BenchCase[] = [
  {
    id: 'B1',
    title: 'Batch transform against prediction alone',
    async run(bench) {
      const linnet = await startLinnet();
      try {
        return { rows: await measure(bench, linnet) };
      } finally {
        await linnet.close();
      }
    },
  },
];
