// The published AWS SDK for JavaScript against the gateway, with operations small enough to see what it passes on.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type ChecksumAlgorithm,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListPipelinesCommand,
  ResourceInUse,
  SageMakerClient,
  SageMakerServiceException,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ServiceError } from '../../src/base/index.ts';
import { type Call, createGateway, type GatewayOptions, type ServiceTable } from '../../src/gateway/index.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

interface Put {
  body: Buffer;
  input: Record<string, unknown>;
  trailers: Record<string, string>;
}

async function start(t: TestContext, services: ServiceTable[], options: Partial<GatewayOptions> = {}) {
  let ids = 0;
  const gateway = createGateway({
    services,
    keyOf: (key) => (key === credentials.accessKeyId ? { secret: credentials.secretAccessKey } : undefined),
    auth: 'strict',
    accountId: '000000000000',
    region: 'us-east-1',
    names: ['localhost'],
    nowMs: Date.now,
    requestId: () => `request-${++ids}`,
    log: () => {},
    ...options,
  });
  const server = createServer();
  gateway.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, port, region: 'us-east-1', credentials, maxAttempts: 1 };
}

/** As much S3 as shows what arrives: puts and parts are kept by key and part number. */
function s3Table(puts: Map<string, Put>): ServiceTable {
  const keep = async (name: string, { input, trailers }: Call<{ Body: Readable }>): Promise<void> => {
    const body = await buffer(input.Body);
    puts.set(name, { body, input, trailers: { ...trailers() } });
  };
  return {
    service: 's3',
    operations: {
      PutObject: async (call: Call<{ Key: string; Body: Readable }>) => {
        await keep(call.input.Key, call);
        return { ETag: '"etag"' };
      },
      CreateMultipartUpload: async ({ input }) => ({ Bucket: input.Bucket, Key: input.Key, UploadId: 'upload' }),
      UploadPart: async (call: Call<{ Key: string; PartNumber: number; Body: Readable }>) => {
        await keep(`${call.input.Key} ${call.input.PartNumber}`, call);
        return { ETag: `"${call.input.PartNumber}"` };
      },
      CompleteMultipartUpload: async ({ input }) => {
        puts.set(`${input.Key} complete`, { body: Buffer.alloc(0), input, trailers: {} });
        return { Bucket: input.Bucket, Key: input.Key, ETag: '"whole-2"' };
      },
      GetObject: async ({ input }: Call<{ Key: string }>) => {
        const put = puts.get(input.Key);
        if (put === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
        return {
          Body: Readable.from([put.body]),
          ContentLength: put.body.length,
          LastModified: new Date(1529870369000),
          Metadata: put.input.Metadata,
        };
      },
      HeadObject: async () => {
        throw new ServiceError('NotFound', 'Not Found');
      },
      ListObjectsV2: async ({ input }: Call<{ Bucket: string; Prefix?: string }>) => ({
        Name: input.Bucket,
        Prefix: input.Prefix ?? '',
        KeyCount: 2,
        MaxKeys: 1000,
        IsTruncated: false,
        Contents: ['<a>&"b"', 'c\rd'].map((Key) => ({
          Key,
          Size: 1,
          ETag: '"e"',
          LastModified: new Date(1529870369986),
        })),
        CommonPrefixes: [{ Prefix: 'p/' }],
      }),
      DeleteObjects: async ({ input }) => ({ Deleted: input.Delete.Objects }),
      GetBucketLocation: async () => ({ LocationConstraint: 'eu-west-1' }),
    },
  };
}

async function startS3(t: TestContext, options: Partial<GatewayOptions> = {}) {
  const puts = new Map<string, Put>();
  const config = await start(t, [s3Table(puts)], options);
  const s3 = new S3Client(config);
  t.after(() => s3.destroy());
  return { s3, puts, config };
}

const streamOf = (bytes: Buffer): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536)),
  );

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as ChecksumAlgorithm[]) {
  test(`a streamed upload arrives without its framing, its ${algorithm} as a trailer`, async (t) => {
    const { s3, puts } = await startS3(t);
    const body = randomBytes(300_000);
    await s3.send(
      new PutObjectCommand({
        Bucket: 'b',
        Key: 'k',
        Body: streamOf(body),
        ContentLength: body.length,
        ChecksumAlgorithm: algorithm,
      }),
    );
    const put = puts.get('k')!;
    assert.ok(put.body.equals(body));
    assert.deepEqual(Object.keys(put.trailers), [`x-amz-checksum-${algorithm.toLowerCase()}`]);
    assert.deepEqual(
      [put.input.ContentLength, put.input.ContentEncoding, put.input.ChecksumAlgorithm],
      [body.length, undefined, algorithm],
    );
  });

  test(`a batch delete with ${algorithm} over its body is checked and read`, async (t) => {
    const { s3 } = await startS3(t);
    const keys = [{ Key: 'a&<b>' }, { Key: ' c\n' }];
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: keys }, ChecksumAlgorithm: algorithm }),
    );
    assert.deepEqual(Deleted, keys);
  });
}

test('a buffer arrives with its checksum as a header, metadata, type and encoding', async (t) => {
  const { s3, puts } = await startS3(t);
  await s3.send(
    new PutObjectCommand({
      Bucket: 'b',
      Key: 'k',
      Body: 'hello',
      Metadata: { colour: 'red' },
      ContentType: 'text/csv',
      ContentEncoding: 'gzip',
    }),
  );
  const { input, body } = puts.get('k')!;
  assert.equal(body.toString(), 'hello');
  assert.deepEqual(input.Metadata, { colour: 'red' });
  assert.deepEqual([input.ContentType, input.ContentEncoding, input.ChecksumCRC32], ['text/csv', 'gzip', 'NhCmhg==']);
});

test('odd keys arrive as they were given, by path and by host name', async (t) => {
  const { s3, puts, config } = await startS3(t);
  const byHost = new S3Client({
    ...config,
    endpoint: `http://localhost:${config.port}`,
    requestHandler: localHandler(config.port),
  });
  const keys = ['a b', 'ü/ö', 'a+b', "q'uote&<>!*()", 'x//y/../z', '/lead', 'trail/', '%41', '日本'];
  for (const Key of keys) {
    await s3.send(new PutObjectCommand({ Bucket: 'b', Key, Body: Key }));
    assert.equal(puts.get(Key)?.body.toString(), Key);
    const { Body } = await byHost.send(new GetObjectCommand({ Bucket: 'b', Key }));
    assert.equal(await Body?.transformToString(), Key);
  }
});

/** Connects every name below localhost to the loopback address, as a resolver with a wildcard would. */
const localHandler = (port: number) => ({
  httpsAgent: undefined,
  httpAgent: {
    host: '127.0.0.1',
    port,
    lookup: (
      _: string,
      _options: unknown,
      done: (error: null, addresses: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  },
});

test('an upload in parts arrives, parts in any order', async (t) => {
  const { s3, puts } = await startS3(t);
  const body = randomBytes(6 * 2 ** 20);
  await new Upload({ client: s3, params: { Bucket: 'b', Key: 'k', Body: streamOf(body) } }).done();
  assert.ok(Buffer.concat([puts.get('k 1')!.body, puts.get('k 2')!.body]).equals(body));
  assert.deepEqual(
    (puts.get('k complete')!.input.MultipartUpload as { Parts: { ETag: string; PartNumber: number }[] }).Parts.map(
      ({ ETag, PartNumber }) => [ETag, PartNumber],
    ),
    [
      ['"1"', 1],
      ['"2"', 2],
    ],
  );
});

test('listings, locations and errors read as the SDK knows them', async (t) => {
  const { s3 } = await startS3(t);
  const list = await s3.send(new ListObjectsV2Command({ Bucket: 'b' }));
  assert.deepEqual(
    list.Contents?.map(({ Key }) => Key),
    ['<a>&"b"', 'c\rd'],
  );
  assert.deepEqual(list.Contents?.[0]?.LastModified, new Date(1529870369986));
  assert.deepEqual([list.KeyCount, list.IsTruncated, list.CommonPrefixes], [2, false, [{ Prefix: 'p/' }]]);
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: 'b' }))).LocationConstraint, 'eu-west-1');
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'none' })), NoSuchKey);
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: 'b', Key: 'none' })), { name: 'NotFound' });
});

test('metadata and times come back in headers', async (t) => {
  const { s3 } = await startS3(t);
  await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x', Metadata: { a: 'b c' } }));
  const object = await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  assert.deepEqual(
    [object.Metadata, object.LastModified, object.ContentLength],
    [{ a: 'b c' }, new Date(1529870369000), 1],
  );
  await object.Body?.transformToString();
});

test('a wrong secret is told even when the body is long', async (t) => {
  const { config, puts } = await startS3(t);
  const forger = new S3Client({ ...config, credentials: { ...credentials, secretAccessKey: 'wrong' } });
  t.after(() => forger.destroy());
  const refused = (thrown: unknown): boolean =>
    thrown instanceof S3ServiceException &&
    thrown.name === 'SignatureDoesNotMatch' &&
    thrown.$metadata.httpStatusCode === 403;
  await assert.rejects(forger.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' })), refused);
  await assert.rejects(
    forger.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.alloc(20 * 2 ** 20) })),
    refused,
  );
  assert.equal(puts.size, 0);
});

test('presigned URLs put and get without credentials until they expire', async (t) => {
  let now = Date.now();
  const { s3, puts } = await startS3(t, { nowMs: () => now });
  const putUrl = await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'b', Key: 'k ü', Metadata: { a: '1' } }), {
    expiresIn: 60,
  });
  assert.equal((await fetch(putUrl, { method: 'PUT', body: 'hello' })).status, 200);
  assert.equal(puts.get('k ü')?.body.toString(), 'hello');
  // The URL carries the checksum of an empty body, which is not about the upload.
  assert.match(putUrl, /x-amz-checksum-crc32=/);
  assert.deepEqual([puts.get('k ü')?.input.ChecksumCRC32, puts.get('k ü')?.input.Metadata], [undefined, { a: '1' }]);
  const getUrl = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'b', Key: 'k ü' }), { expiresIn: 60 });
  assert.equal(await (await fetch(getUrl)).text(), 'hello');
  assert.equal((await fetch(getUrl.replace('/b/k', '/b/l'))).status, 403);
  assert.equal((await fetch(getUrl, { method: 'DELETE' })).status, 403);
  now += 61_000;
  const late = await fetch(getUrl);
  assert.deepEqual([late.status, /<Message>Request has expired<\/Message>/.test(await late.text())], [403, true]);
});

const trainingJob = {
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::000000000000:role/Role',
  AlgorithmSpecification: { TrainingImage: 'linear-learner:1', TrainingInputMode: 'File' as const },
  OutputDataConfig: { S3OutputPath: 's3://b/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};

test('the control plane speaks to its client: dates, refusals, waiters, the unknown', async (t) => {
  const createdAt = new Date(1529870369986);
  const config = await start(t, [
    {
      service: 'sagemaker',
      operations: {
        CreateTrainingJob: async ({ input, region, accountId }: Call<{ TrainingJobName: string }>) => {
          if (input.TrainingJobName === 'taken') throw new ServiceError('ResourceInUse', 'Taken');
          return { TrainingJobArn: `arn:aws:sagemaker:${region}:${accountId}:training-job/${input.TrainingJobName}` };
        },
        DescribeTrainingJob: async ({ input }: Call<{ TrainingJobName: string }>) => ({
          TrainingJobName: input.TrainingJobName,
          TrainingJobStatus: 'Completed',
          CreationTime: createdAt,
          FailureReason: undefined,
        }),
      },
    },
  ]);
  const client = new SageMakerClient(config);
  t.after(() => client.destroy());
  const { TrainingJobArn, $metadata } = await client.send(new CreateTrainingJobCommand(trainingJob));
  assert.equal(TrainingJobArn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job');
  assert.match($metadata.requestId ?? '', /^request-/);
  assert.deepEqual(
    (await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'job' }))).CreationTime,
    createdAt,
  );
  const { state } = await waitUntilTrainingJobCompletedOrStopped(
    { client, maxWaitTime: 300 },
    { TrainingJobName: 'job' },
  );
  assert.equal(state, 'SUCCESS');
  await assert.rejects(
    client.send(new CreateTrainingJobCommand({ ...trainingJob, TrainingJobName: 'taken' })),
    (thrown) => thrown instanceof ResourceInUse && thrown.message === 'Taken',
  );
  await assert.rejects(
    client.send(new CreateTrainingJobCommand({ ...trainingJob, TrainingJobName: 'a_b', RoleArn: 'x' })),
    {
      name: 'ValidationException',
      message:
        /^3 validation errors detected: Value 'a_b' at 'trainingJobName' failed .*; Value 'x' at 'roleArn' failed /,
    },
  );
  await assert.rejects(
    client.send(new ListPipelinesCommand({})),
    (thrown) =>
      thrown instanceof SageMakerServiceException &&
      /ListPipelines is an operation of Amazon SageMaker that Linnet does not offer/.test(thrown.message),
  );
});

test('an invocation passes bytes and headers both ways, and a model’s error with its members', async (t) => {
  const config = await start(t, [
    {
      service: 'sagemaker-runtime',
      operations: {
        InvokeEndpoint: async ({
          input,
        }: Call<{ EndpointName: string; Body: Buffer; ContentType?: string; CustomAttributes?: string }>) => {
          if (input.EndpointName === 'broken')
            throw new ServiceError('ModelError', 'Received', {
              details: { OriginalStatusCode: 400, OriginalMessage: 'no' },
            });
          return {
            Body: Readable.from([input.Body]),
            ContentType: input.ContentType,
            CustomAttributes: input.CustomAttributes,
            InvokedProductionVariant: 'AllTraffic',
          };
        },
      },
    },
  ]);
  const client = new SageMakerRuntimeClient(config);
  t.after(() => client.destroy());
  const Body = randomBytes(100_000);
  const answer = await client.send(
    new InvokeEndpointCommand({
      EndpointName: 'e',
      Body,
      ContentType: 'application/x-recordio-protobuf',
      CustomAttributes: 'a=b',
    }),
  );
  assert.ok(Buffer.from(answer.Body!).equals(Body));
  assert.deepEqual(
    [answer.ContentType, answer.CustomAttributes, answer.InvokedProductionVariant],
    ['application/x-recordio-protobuf', 'a=b', 'AllTraffic'],
  );
  await assert.rejects(
    client.send(new InvokeEndpointCommand({ EndpointName: 'broken', Body })),
    (thrown) =>
      thrown instanceof ModelError &&
      thrown.$metadata.httpStatusCode === 424 &&
      thrown.OriginalStatusCode === 400 &&
      thrown.OriginalMessage === 'no',
  );
});

test('log events come with numbers as CloudWatch writes them', async (t) => {
  const event = { timestamp: 1529870369986, ingestionTime: 1529870369987, message: 'epoch 1' };
  const config = await start(t, [
    {
      service: 'logs',
      operations: {
        GetLogEvents: async () => ({ events: [event], nextForwardToken: 'f/1', nextBackwardToken: 'b/1' }),
      },
    },
  ]);
  const client = new CloudWatchLogsClient(config);
  t.after(() => client.destroy());
  const { events } = await client.send(
    new GetLogEventsCommand({ logGroupName: '/aws/sagemaker/TrainingJobs', logStreamName: 'job/algo-1-1' }),
  );
  assert.deepEqual(events, [event]);
});

test('a call knows when its client went away', async (t) => {
  let aborted: (() => void) | undefined;
  const abortion = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  const config = await start(t, [
    {
      service: 'sagemaker',
      operations: {
        DescribeTrainingJob: ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted?.();
              reject(new ServiceError('ValidationException', 'Gone'));
            });
            controller.abort();
          }),
      },
    },
  ]);
  const controller = new AbortController();
  const client = new SageMakerClient(config);
  t.after(() => client.destroy());
  await assert.rejects(
    client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'j' }), { abortSignal: controller.signal }),
    { name: 'AbortError' },
  );
  await abortion;
});
