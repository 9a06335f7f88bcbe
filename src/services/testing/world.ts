import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assert } from '../../base/index.ts';
import { processCompute } from '../../compute/index.ts';
import type { Call, ServiceName } from '../../gateway/index.ts';
import { folderObjects, memoryRecords, type Objects, type Records } from '../../store/index.ts';
import { type SagemakerOptions, type SagemakerServices, sagemakerServices } from '../sagemaker/service.ts';
import type { Timers } from '../timers.ts';

/** The services on a memory store, a temporary folder and real processes. For tests. */
export interface World {
  records: Records;
  objects: Objects;
  folder: string;
  services: SagemakerServices;
  /** What the services logged. */
  log: string[];
  /** What they want an operator to see. */
  warnings: string[];
  /** Runs an operation as the gateway would. */
  call(operation: string, input?: object, options?: Partial<Call>): Promise<any>;
  /** Puts objects into a bucket, which is made when it is not there. */
  put(objects: Readonly<Record<string, string | Buffer>>): Promise<void>;
  read(uri: string): Promise<Buffer>;
  /** Ends the services and removes all files. Also done when the test ends. */
  close(): Promise<void>;
  /** Ends the services and starts new ones on the same store, as another start of the server would. */
  restart(): Promise<void>;
}

export const programFile = fileURLToPath(new URL('./program.js', import.meta.url));
export const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1';
export const role = 'arn:aws:iam::123456789012:role/service-role/Linnet';

export interface WorldOptions extends Partial<SagemakerOptions> {
  /** Where objects are indexed, and what `World.records` is; the services' own records when left out. */
  storeRecords?: Records;
}

export async function createWorld(test: TestContext, { storeRecords, ...options }: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-services-'));
  const records = storeRecords ?? options.records ?? memoryRecords();
  const nowMs = options.nowMs ?? Date.now;
  const objects = await folderObjects({ folder: join(folder, 'objects'), records, nowMs, newId: randomUUID });
  const log: string[] = [];
  const warnings: string[] = [];
  const start = (): SagemakerServices =>
    sagemakerServices({
      records,
      objects,
      compute: processCompute({}),
      accountId: '123456789012',
      region: 'us-east-1',
      dataFolder: join(folder, 'programs'),
      algorithms: () => [
        {
          repositories: [{ repository: 'fake' }],
          commands: {
            train: [process.execPath, programFile, 'train'],
            serve: [process.execPath, programFile, 'serve'],
          },
          check: new URL('./check.js', import.meta.url).href,
          metrics: [{ name: 'train:mse', regex: String.raw`#quality_metric: host=\S+, train mse <loss>=(\S+)` }],
        },
      ],
      nowMs,
      newId: randomUUID,
      random: () => 0,
      log: (text) => log.push(text),
      warn: (text) => warnings.push(text),
      ...options,
    });
  let closed: Promise<void> | undefined;
  const world: World = {
    records,
    objects,
    folder,
    services: start(),
    log,
    warnings,
    async call(operation, input = {}, callOptions = {}) {
      const table = world.services.tables.find(({ operations }) => Object.hasOwn(operations, operation));
      const run = table?.operations[operation];
      assert(run !== undefined, `There is an operation ${operation}`);
      return run({
        service: table?.service as ServiceName,
        operation,
        input: input as Record<string, unknown>,
        caller: { accessKeyId: 'AKIA', anonymous: false },
        region: 'us-east-1',
        accountId: '123456789012',
        requestId: randomUUID(),
        address: 'http://127.0.0.1/',
        headers: {},
        trailers: () => ({}),
        fromWaiter: false,
        mayBeWaiter: false,
        signal: new AbortController().signal,
        stopping: new AbortController().signal,
        nowMs: nowMs(),
        ...callOptions,
      });
    },
    async put(given) {
      for (const [uri, content] of Object.entries(given)) {
        const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
        if ((await objects.bucket(bucket)) === undefined) {
          await objects.createBucket({
            name: bucket,
            createdAtMs: nowMs(),
            region: 'us-east-1',
            publicRead: false,
            readOnly: false,
            attributes: {},
          });
        }
        await objects.put({ bucket, key }, Readable.from([Buffer.from(content)]));
      }
    },
    async read(uri) {
      const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
      const found = await objects.get(bucket, key);
      assert(found !== undefined, `${uri} exists`);
      return Buffer.concat(await found.body.toArray());
    },
    close() {
      closed ??= (async () => {
        await world.services.stop();
        await objects.close();
        await records.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
      })();
      return closed;
    },
    async restart() {
      await world.services.stop();
      world.services = start();
      await world.services.start();
    },
  };
  test.after(() => world.close());
  await world.services.start();
  return world;
}

/** A clock that only moves when it is told to. */
export function manualTimers(startMs = Date.UTC(2026, 0, 1)): {
  timers: Timers;
  nowMs(): number;
  advance(byMs: number): void;
} {
  let nowMs = startMs;
  const due = new Set<{ atMs: number; run: () => void }>();
  return {
    nowMs: () => nowMs,
    timers: {
      after(delayMs, run) {
        const entry = { atMs: nowMs + delayMs, run };
        due.add(entry);
        return () => void due.delete(entry);
      },
    },
    advance(byMs) {
      nowMs += byMs;
      for (const entry of [...due].sort((left, right) => left.atMs - right.atMs)) {
        if (entry.atMs > nowMs || !due.delete(entry)) continue;
        entry.run();
      }
    },
  };
}

/** A training job's request as the Python SDK sends it, on the fake program. */
export const trainingJob = (name: string, more: object = {}): object => ({
  TrainingJobName: name,
  RoleArn: role,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 10 },
  InputDataConfig: [channel('train', 's3://data/train/')],
  OutputDataConfig: { S3OutputPath: 's3://data/output' },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  ...more,
});

export const channel = (name: string, uri: string, type = 'S3Prefix'): object => ({
  ChannelName: name,
  ContentType: 'text/csv',
  DataSource: { S3DataSource: { S3DataType: type, S3Uri: uri, S3DataDistributionType: 'ShardedByS3Key' } },
});

/** The channel, for the hosts of these instance groups only. */
export const inGroup = (given: object, ...InstanceGroupNames: string[]): object => {
  const { DataSource } = given as { DataSource: { S3DataSource: object } };
  return { ...given, DataSource: { S3DataSource: { ...DataSource.S3DataSource, InstanceGroupNames } } };
};
