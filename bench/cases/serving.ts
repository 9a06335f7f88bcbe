import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { type LinnetProcess, startLinnet } from '../framework/linnet-process.ts';
import { measureLoad } from '../framework/load.ts';
import type { LoadReport } from '../framework/load-process.ts';
import { benchRoot, cacheFolder } from '../framework/places.ts';
import { versionsOf } from './versions.ts';

const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const role = 'arn:aws:iam::000000000000:role/bench';
const types = { CSV: 'text/csv', JSON: 'application/json' } as const;
type Form = keyof typeof types;

interface Peer {
  port: number;
  requestOf(form: Form, rows: readonly number[][]): Promise<Buffer>;
}

const bodyOf = (form: Form, rows: readonly number[][]): string =>
  form === 'CSV'
    ? rows.map((row) => row.join(',')).join('\n')
    : JSON.stringify({ instances: rows.map((features) => ({ features })) });

/** Trains on the rows and hosts the model, `single` with one instance and `double` with two. */
async function host(linnet: LinnetProcess, rows: readonly number[][], labels: readonly number[]): Promise<void> {
  const s3 = new S3Client(linnet.client);
  const sagemaker = new SageMakerClient(linnet.client);
  const until = async (status: () => Promise<string | undefined>, wanted: string): Promise<void> => {
    for (let now = await status(); now !== wanted; now = await status()) {
      if (now === 'Failed') throw new Error('the bench could not be set up');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await s3.send(new CreateBucketCommand({ Bucket: 'bench' }));
  const table = rows.map((row, at) => [labels[at], ...row].join(',')).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'bench', Key: 'train/rows.csv', Body: table }));
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'bench',
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bench/train/' } },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://bench/output/' },
      HyperParameters: { predictor_type: 'binary_classifier' },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  const describe = () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'bench' }));
  await until(async () => (await describe()).TrainingJobStatus, 'Completed');
  const model = (await describe()).ModelArtifacts?.S3ModelArtifacts;
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'bench',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataUrl: model },
    }),
  );
  for (const [name, count] of [
    ['single', 1],
    ['double', 2],
  ] as const) {
    const variant = { VariantName: 'all', ModelName: 'bench', InstanceType: 'ml.m5.large' as const };
    await sagemaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: [{ ...variant, InitialInstanceCount: count }],
      }),
    );
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    const endpoint = new DescribeEndpointCommand({ EndpointName: name });
    await until(async () => (await sagemaker.send(endpoint)).EndpointStatus, 'InService');
  }
}

/** The bytes that the published SDK sends, with its signature. */
async function signedRequest(linnet: LinnetProcess, endpoint: string, form: Form, body: string): Promise<Buffer> {
  const client = new SageMakerRuntimeClient(linnet.client);
  let bytes: Buffer = Buffer.alloc(0);
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { method: string; path: string; headers: Record<string, string>; body: string };
      bytes = httpBytes(request.path, request.headers, Buffer.from(request.body));
      return next(args);
    },
    { step: 'deserialize' },
  );
  await client.send(new InvokeEndpointCommand({ EndpointName: endpoint, ContentType: types[form], Body: body }));
  return bytes;
}

function httpBytes(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('FastAPI does not answer');
}

async function measure(bench: Bench, linnet: LinnetProcess, fastApi: Peer | Error): Promise<Row[]> {
  const { rows } = tableOf(bench);
  const seconds = bench.quick ? 0.5 : 2;
  const rounds = bench.quick ? 1 : 3;
  const results: Row[] = [];
  for (const form of ['CSV', 'JSON'] as const) {
    for (const count of [1, 57]) {
      const body = bodyOf(form, rows.slice(0, count));
      const ours = { port: linnet.port, request: await signedRequest(linnet, 'single', form, body) };
      const two = { port: linnet.port, request: await signedRequest(linnet, 'double', form, body) };
      const peer =
        fastApi instanceof Error
          ? undefined
          : { port: fastApi.port, request: await fastApi.requestOf(form, rows.slice(0, count)) };
      for (const connections of [1, 8, 32]) {
        const best = new Map<string, LoadReport>();
        for (let round = 0; round < rounds; round += 1) {
          for (const [name, target] of Object.entries({ ours, two, peer })) {
            if (target === undefined) continue;
            const report = await measureLoad({ ...target, connections, seconds, warmupSeconds: seconds / 2 });
            if (report.requestsPerSecond > (best.get(name)?.requestsPerSecond ?? 0)) best.set(name, report);
          }
        }
        results.push(...rowsOf(`${count} ${count === 1 ? 'row' : 'rows'} of ${form}`, connections, best, fastApi));
      }
    }
  }
  results.push(await measureSecondInstance(linnet, rows, { seconds, rounds }));
  return results;
}

/** Requests that are work for the program: one row is less work for it than for the gateway, which both instances share. */
async function measureSecondInstance(
  linnet: LinnetProcess,
  rows: readonly number[][],
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Row> {
  const count = 400;
  const body = bodyOf('CSV', rows.slice(0, count));
  const best: Record<'single' | 'double', number> = { single: 0, double: 0 };
  for (let round = 0; round < rounds; round += 1) {
    for (const endpoint of ['single', 'double'] as const) {
      const request = await signedRequest(linnet, endpoint, 'CSV', body);
      const report = await measureLoad({
        port: linnet.port,
        request,
        connections: 8,
        seconds,
        warmupSeconds: seconds / 2,
      });
      best[endpoint] = Math.max(best[endpoint], report.requestsPerSecond);
    }
  }
  return {
    what: `${count} rows of CSV, 8 connections: two instances over one`,
    value: best.double / best.single,
    unit: 'x',
    figures: { 'requests/s': best.single, 'with two instances': best.double },
  };
}

function rowsOf(
  what: string,
  connections: number,
  best: ReadonlyMap<string, LoadReport>,
  fastApi: Peer | Error,
): Row[] {
  const ours = best.get('ours')!;
  const two = best.get('two')!;
  const peer = best.get('peer');
  const shape = `${what}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  const figures = {
    'requests/s': ours.requestsPerSecond,
    'with two instances': two.requestsPerSecond,
    p99: ours.p99Ms,
    ...(peer === undefined ? {} : { 'FastAPI requests/s': peer.requestsPerSecond, 'FastAPI p99': peer.p99Ms }),
  };
  const rows: Row[] = [
    {
      what: `${shape}: over FastAPI with onnxruntime`,
      label: `serving ${shape}`,
      ...(peer !== undefined && { value: ours.requestsPerSecond / peer.requestsPerSecond }),
      unit: 'x',
      target: { atLeast: 1 },
      figures,
      ...(fastApi instanceof Error && { note: fastApi.message }),
    },
  ];
  if (connections === 1)
    rows.push({ what: `${shape}: p99`, value: ours.p99Ms, unit: 'ms', target: { atMost: 1 }, figures: {} });
  if (connections === 32)
    rows.push({
      what: `${shape}: two instances over one`,
      value: two.requestsPerSecond / ours.requestsPerSecond,
      unit: 'x',
      figures: {},
    });
  return rows;
}

function tableOf({ data }: Bench): { rows: number[][]; labels: number[] } {
  const { x, y, rowCount } = data.wdbc();
  const rows = Array.from(
    { length: rowCount },
    (
      _,
      at, // As many digits as measurements have.
    ) => Array.from(x.subarray(at * 30, at * 30 + 30), (value) => Number(value.toPrecision(5))),
  );
  return { rows, labels: Array.from(y) };
}

const servingCase: BenchCase = {
  id: 'S1',
  title: 'Invocations of an endpoint, signatures checked',
  async run(bench) {
    const { rows, labels } = tableOf(bench);
    const linnet = await startLinnet();
    let child: ChildProcess | undefined;
    try {
      await host(linnet, rows, labels);
      let fastApi: Peer | Error;
      let peers = {};
      try {
        const python = await bench.python(1);
        peers = await versionsOf(python, ['fastapi', 'uvicorn', 'onnxruntime']);
        const file = join(cacheFolder(), 'serving-model.json');
        writeFileSync(file, JSON.stringify({ weights: rows[0]!.map((_, at) => (at % 2 ? -1e-4 : 1e-4)), bias: 0.1 }));
        const port = await freePort();
        child = spawn(join(cacheFolder(), 'venv/bin/python'), [
          join(benchRoot, 'peers/fastapi_serve.py'),
          file,
          String(port),
        ]);
        await answers(port, child);
        fastApi = {
          port,
          requestOf: async (form, some) =>
            httpBytes(
              '/invocations',
              { host: `127.0.0.1:${port}`, 'content-type': types[form] },
              Buffer.from(bodyOf(form, some)),
            ),
        };
      } catch (error) {
        fastApi = error as Error;
      }
      return { rows: await measure(bench, linnet, fastApi), peers };
    } finally {
      child?.kill('SIGKILL');
      await linnet.close();
    }
  },
};

export const servingCases: readonly BenchCase[] = [servingCase];
