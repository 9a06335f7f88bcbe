import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { ServiceError, Unavailable } from '../base/index.ts';
import type { LogEntry } from './exchange.ts';
import { createGateway } from './handle.ts';
import { loadModel } from './model/service-model.ts';
import type { Call, ServiceName, ServiceTable } from './operation.ts';
import type { GatewayOptions } from './options.ts';
import { answersInEvents } from './sides.ts';

const nowMs = Date.UTC(2026, 4, 1);
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

interface Running {
  port: number;
  /** What PutObject stored; absent while nothing was. */
  stored: Map<string, string>;
  logs: LogEntry[];
  /** Sends bytes as they are and reads until the other side closes. */
  raw(...parts: (string | Buffer)[]): Promise<string>;
  send(request: TestRequest, changes?: Changes): Promise<Answer>;
}

interface TestRequest {
  method: string;
  path: string;
  service: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: string;
}

interface Changes {
  /** Headers added, or replaced, after signing. */
  headers?: Record<string, string>;
  body?: string;
  path?: string;
  signedAtMs?: number;
  secret?: string;
  unsigned?: boolean;
}

interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

const tables = (stored: Map<string, string>): ServiceTable[] => [
  {
    service: 's3',
    operations: {
      PutObject: async ({ input, trailers }: Call<{ Key: string; Body: Readable }>) => {
        if (input.Key === 'refused') throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist');
        const body = await readText(input.Body);
        stored.set(input.Key, body + JSON.stringify(trailers()));
        return { ETag: '"etag"' };
      },
      GetObject: async ({ input }: Call<{ Key: string; Range?: string }>) => {
        if (input.Key === 'same') {
          throw new ServiceError('NotModified', 'Not Modified', { details: { headers: { ETag: '"etag"' } } });
        }
        if (input.Key !== 'there') throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
        const range = input.Range === undefined ? {} : { ContentRange: 'bytes 0-1/5' };
        return { Body: Readable.from([Buffer.from('hello')]), ContentLength: 5, ...range };
      },
      HeadObject: async () => {
        throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
      },
      DeleteObject: async () => undefined,
      PutObjectTagging: async () => ({}),
    },
    anonymousAllowed: async (operation, input) => operation === 'GetObject' && input.Key === 'there',
  },
  {
    service: 'sagemaker',
    operations: {
      DescribeModel: async () => {
        throw new Error('the secret detail');
      },
      DescribeEndpoint: async () => {
        throw new Unavailable('the disk is full');
      },
      StopTrainingJob: async () => undefined,
      CreateTrainingJob: async () => {
        throw new ServiceError('ResourceInUse', 'Taken');
      },
    },
  },
  {
    service: 'sagemaker-runtime',
    operations: {
      InvokeEndpoint: async ({ input }: Call<{ Body: Buffer }>) => ({ Body: input.Body, ContentType: 'text/csv' }),
    },
  },
];

async function start(t: TestContext, changes: Partial<GatewayOptions> = {}): Promise<Running> {
  const stored = new Map<string, string>();
  const logs: LogEntry[] = [];
  let ids = 0;
  const gateway = createGateway({
    services: tables(stored),
    keyOf: (key) => (key === credentials.accessKeyId ? { secret: credentials.secretAccessKey } : undefined),
    auth: 'strict',
    accountId: '000000000000',
    region: 'us-east-1',
    names: ['localhost', 'x'],
    nowMs: () => nowMs,
    requestId: () => `request-${++ids}`,
    log: (entry) => logs.push(entry),
    ...changes,
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
  const raw = async (...parts: (string | Buffer)[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
    return readUntilClose(socket);
  };
  const send = async (request: TestRequest, changed: Changes = {}): Promise<Answer> => {
    const headers = { ...(await sign(port, request, changed)), ...changed.headers };
    const query = new URLSearchParams(request.query).toString();
    const target = `http://127.0.0.1:${port}${changed.path ?? request.path}${query === '' ? '' : `?${query}`}`;
    const body = changed.body ?? request.body;
    const { host: _, ...rest } = headers as Record<string, string>;
    const response = await fetch(target, {
      method: request.method,
      headers: rest,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return { port, stored, logs, raw, send };
}

async function readUntilClose(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  // Not `once`, which rejects when the other side cuts an upload short.
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(pieces).toString('latin1');
}

class NodeHash {
  readonly #hash;
  constructor(key?: Uint8Array) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

type SignerInit = ConstructorParameters<typeof SignatureV4>[0];
const signerOf = (service: string, secret = credentials.secretAccessKey): SignatureV4 =>
  new SignatureV4({
    credentials: { ...credentials, secretAccessKey: secret },
    region: 'eu-west-1',
    service,
    sha256: NodeHash as unknown as SignerInit['sha256'],
    uriEscapePath: service !== 's3',
  });

async function sign(
  port: number,
  request: TestRequest,
  { signedAtMs = nowMs, secret, unsigned }: Changes,
): Promise<Record<string, string>> {
  const headers = { host: `127.0.0.1:${port}`, ...request.headers };
  if (unsigned) return headers;
  const { method, path, query, body } = request;
  const wire = {
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path,
    headers,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
  const signed = await signerOf(request.service, secret).sign(wire as Parameters<SignatureV4['sign']>[0], {
    signingDate: new Date(signedAtMs),
  });
  return signed.headers;
}

const json = (operation: string, body = '{}'): TestRequest => ({
  method: 'POST',
  path: '/',
  service: 'sagemaker',
  headers: { 'x-amz-target': `SageMaker.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
  body,
});
const invoke = (body: string): TestRequest => ({
  method: 'POST',
  path: '/endpoints/e/invocations',
  service: 'sagemaker',
  body,
});
const put = (key: string, body: string): TestRequest => ({ method: 'PUT', path: `/b/${key}`, service: 's3', body });
const get = (key: string): TestRequest => ({ method: 'GET', path: `/b/${key}`, service: 's3' });

test('a signed request is answered with the operation’s output and a request id', async (t) => {
  const { send } = await start(t);
  const answer = await send(json('StopTrainingJob', '{"TrainingJobName":"j"}'));
  assert.deepEqual(
    [answer.status, answer.body, answer.headers.get('content-type')],
    [200, '{}', 'application/x-amz-json-1.1'],
  );
  assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^request-\d+$/);
  const invoked = await send(invoke('1,2,3'));
  assert.deepEqual([invoked.status, invoked.body, invoked.headers.get('content-type')], [200, '1,2,3', 'text/csv']);
  const deleted = await send({ ...get('k'), method: 'DELETE' });
  assert.deepEqual([deleted.status, deleted.body], [204, '']);
});

const forgeries: readonly [name: string, request: TestRequest, changes: Changes, status: number, code: string][] = [
  ['no signature at all', json('StopTrainingJob'), { unsigned: true }, 403, 'MissingAuthenticationTokenException'],
  ['a wrong secret', json('StopTrainingJob'), { secret: 'other' }, 403, 'InvalidSignatureException'],
  [
    'a body changed after signing',
    json('StopTrainingJob', '{"a":1}'),
    { body: '{"a":2}' },
    403,
    'InvalidSignatureException',
  ],
  [
    'another operation than was signed',
    json('StopTrainingJob'),
    { headers: { 'x-amz-target': 'SageMaker.DeleteModel' } },
    403,
    'InvalidSignatureException',
  ],
  [
    'a signature of 16 minutes ago',
    json('StopTrainingJob'),
    { signedAtMs: nowMs - 16 * 60_000 },
    403,
    'InvalidSignatureException',
  ],
  [
    'a signature from the future',
    json('StopTrainingJob'),
    { signedAtMs: nowMs + 16 * 60_000 },
    403,
    'InvalidSignatureException',
  ],
  [
    'an endpoint changed after signing',
    invoke('1'),
    { path: '/endpoints/f/invocations' },
    403,
    'InvalidSignatureException',
  ],
  ['S3: no signature', put('k', 'x'), { unsigned: true }, 403, 'AccessDenied'],
  ['S3: a wrong secret', put('k', 'x'), { secret: 'other' }, 403, 'SignatureDoesNotMatch'],
  ['S3: a key changed after signing', put('k', 'x'), { path: '/b/l' }, 403, 'SignatureDoesNotMatch'],
  ['S3: a body changed after signing', put('k', 'x'), { body: 'y' }, 400, 'XAmzContentSHA256Mismatch'],
  ['S3: an unsigned x-amz- header', put('k', 'x'), { headers: { 'x-amz-acl': 'public-read' } }, 403, 'AccessDenied'],
  [
    'S3: a signature of 16 minutes ago',
    put('k', 'x'),
    { signedAtMs: nowMs - 16 * 60_000 },
    403,
    'RequestTimeTooSkewed',
  ],
  [
    'S3: a scope of another day',
    put('k', 'x'),
    { headers: { 'x-amz-date': '20260502T000000Z' } },
    400,
    'AuthorizationHeaderMalformed',
  ],
];
for (const [name, request, changes, status, code] of forgeries) {
  test(`refused: ${name}`, async (t) => {
    const { send, stored } = await start(t);
    const answer = await send(request, changes);
    assert.equal(answer.status, status, answer.body);
    assert.ok(
      answer.body.includes(`"__type":"${code}"`) ||
        answer.body.includes(`<Code>${code}</Code>`) ||
        answer.headers.get('x-amzn-errortype') === code,
      answer.body,
    );
    assert.equal(stored.size, 0);
  });
}

test('an unknown key is refused before the body is read', async (t) => {
  const { raw, port } = await start(t);
  const headers = await sign(port, { ...put('k', ''), headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, {});
  const head = Object.entries({ ...headers, authorization: headers.authorization!.replace('AKID', 'NOBODY') });
  const answer = await raw(
    `PUT /b/k HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(answer, /connection: close/i);
  assert.match(answer, /InvalidAccessKeyId/);
});

test('a client that waits for 100 Continue gets it once its signature holds, and not when the operation refuses', async (t) => {
  const { port, raw, stored } = await start(t);
  const head = async (key: string): Promise<string> => {
    const headers = await sign(port, { ...put(key, ''), headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, {});
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `PUT /b/${key} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n${lines.join('')}\r\n`;
  };
  const socket = connect(port, '127.0.0.1');
  socket.write(await head('k'));
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 100 Continue/);
  socket.write('hello');
  const [second] = (await once(socket, 'data')) as [Buffer];
  assert.match(second.toString(), /^HTTP\/1\.1 200 OK/);
  socket.destroy();
  assert.equal(stored.get('k'), 'hello{}');
  const refused = await raw(await head('refused'));
  assert.match(refused, /^HTTP\/1\.1 404 Not Found/);
});

test('a client that sends without waiting reads its refusal, and the connection lives on', async (t) => {
  const { port } = await start(t);
  const body = Buffer.alloc(8 * 2 ** 20);
  const socket = connect(port, '127.0.0.1');
  socket.write(`PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
  socket.write(body);
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 403 Forbidden/);
  socket.write('GET /b/there HTTP/1.1\r\nHost: x\r\n\r\n');
  const [second] = (await once(socket, 'data')) as [Buffer];
  assert.match(second.toString(), /^HTTP\/1\.1 200 OK/);
  socket.destroy();
});

test('a refused upload is not read to its end when that is far', async (t) => {
  const { port } = await start(t, { limits: { lingerBytesMax: 1_000_000 } });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000000\r\n\r\n');
  const block = Buffer.alloc(2 ** 20);
  const feed = (): void => {
    if (!socket.destroyed) socket.write(block, (failure) => failure ?? feed());
  };
  feed();
  const answer = await readUntilClose(socket);
  assert.match(answer, /^HTTP\/1\.1 403 Forbidden/);
  assert.ok(socket.bytesWritten < 200 * 2 ** 20);
});

test('without a signature only what the service allows is answered', async (t) => {
  const { send, logs } = await start(t);
  assert.equal((await send(get('there'), { unsigned: true })).body, 'hello');
  assert.equal((await send(get('other'), { unsigned: true })).status, 403);
  assert.equal((await send({ ...get('there'), method: 'DELETE' }, { unsigned: true })).status, 403);
  assert.equal(logs.at(-1)?.code, 'AccessDenied');
});

test('open authentication takes any key, but no unsigned write', async (t) => {
  const { send } = await start(t, { auth: 'open' });
  assert.equal(
    (await send(json('StopTrainingJob', '{"TrainingJobName":"j"}'), { secret: 'any', signedAtMs: 0 })).status,
    200,
  );
  assert.equal((await send(put('k', 'x'), { secret: 'any' })).status, 200);
  assert.equal((await send(put('k', 'x'), { unsigned: true })).status, 403);
});

const presigned =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260501/eu-west-1/s3/aws4_request&X-Amz-Date=20260501T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature='.concat(
    '0'.repeat(64),
  );
const pages: readonly [what: string, method: string, headers: string[], status: number][] = [
  ['a program', 'PUT', [], 200],
  ['a page of this server', 'PUT', ['Origin: http://localhost:1', 'Sec-Fetch-Site: same-origin'], 200],
  ['a page of another port', 'PUT', ['Origin: http://localhost:2'], 403],
  ['a page of another scheme', 'PUT', ['Origin: https://localhost:1'], 403],
  ['a page of another name', 'PUT', ['Origin: https://evil.example'], 403],
  ['a page in a sandbox', 'PUT', ['Origin: null'], 403],
  ['a link or form of another site', 'PUT', ['Sec-Fetch-Site: cross-site'], 403],
  ['a page of a sister site', 'PUT', ['Sec-Fetch-Site: same-site'], 403],
  ['a preflight', 'OPTIONS', ['Origin: https://evil.example', 'Access-Control-Request-Method: PUT'], 403],
];
for (const [what, method, headers, status] of pages) {
  test(`with open authentication, ${what} gets ${status}`, async (t) => {
    const { raw, stored } = await start(t, { auth: 'open' });
    const lines = ['Host: localhost:1', 'Connection: close', 'Content-Length: 1', ...headers].join('\r\n');
    const answer = await raw(`${method} /b/k?${presigned} HTTP/1.1\r\n${lines}\r\n\r\nx`);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    assert.doesNotMatch(answer, /access-control-allow/i);
    assert.equal(stored.size, status === 200 ? 1 : 0);
  });
}

test('with open authentication, a link changes nothing', async (t) => {
  const { raw } = await start(t, { auth: 'open' });
  const link = (action: string): Promise<string> =>
    raw(
      `GET /?Action=${action}&${presigned.replace('/s3/', '/iam/')} HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\n\r\n`,
    );
  assert.match(await link('CreateRole'), /^HTTP\/1\.1 403 [\s\S]*must be sent by POST/);
  assert.doesNotMatch(await link('GetRole'), /must be sent by POST/);
});

for (const auth of ['open', 'strict'] as const) {
  test(`with ${auth} authentication, a name that is not the server's is told so by every service`, async (t) => {
    const { raw, stored } = await start(t, { auth });
    const scope = (service: string): string =>
      `Authorization: AWS4-HMAC-SHA256 Credential=a/20260501/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}\r\nX-Amz-Date: 20260501T000000Z`;
    for (const [line, service] of [
      ['PUT /k', 's3'],
      ['POST /endpoints/e/invocations', 'sagemaker'],
      ['POST /', 'sagemaker'],
      ['POST /', 'sts'],
      ['POST /', 'monitoring'],
    ]) {
      const head = `${line} HTTP/1.1\r\nHost: b.rebound.example:8470\r\nConnection: close\r\nContent-Length: 0\r\n`;
      const answer = await raw(`${head}${scope(service!)}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 421 [\s\S]*b\.rebound\.example[\s\S]*--domain/, service);
    }
    assert.equal(stored.size, 0);
  });
}

test('what the model forbids is refused with all broken constraints, by the code of the service', async (t) => {
  const { send } = await start(t);
  const answer = await send(json('StopTrainingJob', '{"TrainingJobName":"_"}'));
  assert.equal(answer.status, 400);
  assert.equal(JSON.parse(answer.body).__type, 'ValidationException');
  assert.match(JSON.parse(answer.body).message, /^1 validation error detected: Value '_' at 'trainingJobName'/);
  const runtime = await send({ ...invoke('1'), path: '/endpoints/_/invocations' });
  assert.deepEqual([runtime.status, runtime.headers.get('x-amzn-errortype')], [400, 'ValidationError']);
  assert.match(JSON.parse(runtime.body).Message, /at 'endpointName'/);
});

const badRequests: readonly [name: string, request: TestRequest, status: number, code: string][] = [
  ['JSON that is none', json('StopTrainingJob', '{"TrainingJobName":'), 400, 'SerializationException'],
  ['JSON of too many values', json('StopTrainingJob', `[${'1,'.repeat(30_000)}1]`), 400, 'more than 10000 values'],
  ['JSON too deep', json('StopTrainingJob', '['.repeat(1_000_000)), 400, 'nested more than 64 deep'],
  [
    'brackets in a JSON string',
    json('StopTrainingJob', `{"x":"${'[\\"'.repeat(100)}"}`),
    400,
    'Member must not be null',
  ],
  ['JSON of a wrong type', json('StopTrainingJob', '[]'), 400, 'SerializationException'],
  [
    'an operation Amazon has',
    json('CreatePipeline'),
    400,
    'CreatePipeline is an operation of Amazon SageMaker that Linnet does not offer. docs/coverage.md lists those that it offers.',
  ],
  ['an operation nobody has', json('Nonsense'), 400, 'Nonsense is no operation of Amazon SageMaker'],
  [
    'a path of no operation',
    { ...invoke('x'), path: '/endpoints/e/nothing' },
    404,
    'is no operation of Amazon SageMaker Runtime',
  ],
  ['XML that is none', { ...put('k', '<Tagging>'), query: { tagging: '' } }, 400, 'MalformedXML'],
  [
    'XML beyond the limit of its operation',
    { ...put('k', `<Tagging>${' '.repeat(300_000)}</Tagging>`), query: { tagging: '' } },
    400,
    'the body of PutObjectTagging may have at most 262144 bytes',
  ],
  ['XML of another root', { ...put('k', '<Other/>'), query: { tagging: '' } }, 400, 'MalformedXML'],
  [
    'XML that lacks what is required',
    { ...put('k', '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>'), query: { tagging: '' } },
    400,
    'MalformedXML',
  ],
  [
    'an S3 operation Amazon has',
    { ...get('k'), query: { torrent: '' } },
    501,
    'GetObjectTorrent is an operation of Amazon S3 that Linnet does not offer. Use GetObject.',
  ],
  [
    'a service Linnet has not',
    { ...json('Publish'), service: 'sns' },
    400,
    'Amazon SNS (sns) is not a service that Linnet offers',
  ],
  [
    'a digest that does not hold',
    {
      ...put('k', '<Tagging><TagSet/></Tagging>'),
      query: { tagging: '' },
      headers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
    },
    400,
    'BadDigest',
  ],
];
for (const [name, request, status, text] of badRequests) {
  test(`refused: ${name}`, async (t) => {
    const { send } = await start(t);
    const answer = await send(request);
    assert.equal(answer.status, status, answer.body);
    assert.ok(answer.body.includes(text), answer.body);
  });
}

test('a modelled error has its status and members, under the names of its shape', async (t) => {
  const { send } = await start(t);
  const job = JSON.stringify({
    TrainingJobName: 'j',
    RoleArn: `arn:aws:iam::000000000000:role/r`,
    OutputDataConfig: { S3OutputPath: 's3://b/k' },
  });
  const answer = await send(json('CreateTrainingJob', job));
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [400, { __type: 'ResourceInUse', Message: 'Taken' }]);
});

test('an exception nobody promised is a 500 whose detail is in the log only, and the server lives', async (t) => {
  const { send, logs } = await start(t);
  const answer = await send(json('DescribeModel', '{"ModelName":"m"}'));
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(answer.body).__type, 'InternalFailure');
  assert.ok(!answer.body.includes('secret detail'));
  assert.match(logs.at(-1)?.error ?? '', /the secret detail[\s\S]*handle\.test/);
  assert.equal(logs.at(-1)?.requestId, answer.headers.get('x-amzn-requestid'));
  const unavailable = await send(json('DescribeEndpoint', '{"EndpointName":"e"}'));
  assert.deepEqual([unavailable.status, JSON.parse(unavailable.body).__type], [503, 'ServiceUnavailable']);
  assert.match(unavailable.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal((await send(json('StopTrainingJob', '{"TrainingJobName":"j"}'))).status, 200);
});

test('S3 answers: a range is 206, an unchanged object 304 with its ETag, a HEAD has no body', async (t) => {
  const { send } = await start(t);
  assert.equal((await send(get('there'))).status, 200);
  const range = await send({ ...get('there'), headers: { range: 'bytes=0-1' } });
  assert.deepEqual([range.status, range.headers.get('content-range')], [206, 'bytes 0-1/5']);
  const same = await send(get('same'));
  assert.deepEqual([same.status, same.headers.get('etag'), same.body], [304, '"etag"', '']);
  const head = await send({ ...get('k'), method: 'HEAD' });
  assert.deepEqual([head.status, head.body], [404, '']);
  const missing = await send(get('k'));
  assert.match(
    missing.body,
    /<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist\.<\/Message><Resource>\/b\/k<\/Resource><RequestId>request-/,
  );
});

test('a body beyond the limit is refused with its size and the limit', async (t) => {
  const { send, raw, port } = await start(t, { limits: { invokeBodyBytesMax: 1000 } });
  assert.equal((await send(invoke('x'.repeat(1000)))).status, 200);
  const answer = await send(invoke('x'.repeat(1001)));
  assert.equal(answer.status, 413);
  assert.deepEqual(JSON.parse(answer.body), { Message: 'HTTP content length exceeded 1000 bytes: it is 1001' });
  const headers = await sign(port, invoke(''), {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  const untold = await raw(
    `POST /endpoints/e/invocations HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${lines.join('')}\r\n${chunk}0\r\n\r\n`,
  );
  assert.match(untold, /^HTTP\/1\.1 413 /);
});

test('a body that falls silent is refused after a while', async (t) => {
  const { raw, port, stored } = await start(t, { limits: { bodyIdleMs: 50, lingerMs: 50 } });
  const headers = await sign(port, { ...put('k', ''), headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await raw(`PUT /b/k HTTP/1.1\r\nContent-Length: 100\r\n${lines.join('')}\r\nabc`);
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request[\s\S]*RequestTimeout/);
  assert.equal(stored.size, 0);
});

for (const service of ['s3', 'sagemaker']) {
  test(`a body that only trickles in is refused: ${service}`, async (t) => {
    const limits = { bodyWindowMs: 100, bodyWindowBytesMin: 1000, lingerMs: 50 };
    const { port, stored } = await start(t, { limits });
    const asked = service === 's3' ? put('k', '') : invoke('');
    const headers = await sign(port, { ...asked, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, {});
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${asked.method} ${asked.path} HTTP/1.1\r\nContent-Length: 100000\r\n${lines.join('')}\r\n`);
    const trickle = setInterval(() => socket.write('x'), 10);
    const answer = await readUntilClose(socket);
    clearInterval(trickle);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request[\s\S]*RequestTimeout[\s\S]*1000 bytes came in 0\.1 seconds/);
    assert.equal(stored.size, 0);
  });
}

test('an upload whose reader is slow is not the client’s fault', async (t) => {
  let read = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    read = resolve;
  });
  const services: ServiceTable[] = [
    {
      service: 's3',
      operations: {
        PutObject: async ({ input }: Call<{ Body: Readable }>) => {
          const body = input.Body[Symbol.asyncIterator]();
          const { value } = await body.next();
          await asked;
          let length = (value as Buffer).length;
          for (let next = await body.next(); !next.done; next = await body.next())
            length += (next.value as Buffer).length;
          return { ETag: String(length) };
        },
      },
    },
  ];
  const { send } = await start(t, { services, limits: { bodyWindowMs: 100, bodyWindowBytesMin: 1, bodyIdleMs: 100 } });
  setTimeout(read, 500);
  const answer = await send(put('k', 'x'.repeat(4_000_000)));
  assert.deepEqual([answer.status, answer.headers.get('etag')], [200, '4000000']);
});

test('the memory of each piece of an upload can be taken, however its chunks fall', async (t) => {
  const takes: ServiceTable = {
    service: 's3',
    operations: {
      PutObject: async ({ input }: Call<{ Body: AsyncIterable<Buffer> }>) => {
        const hash = createHash('md5');
        for await (const { buffer, byteOffset, byteLength } of input.Body) {
          // Small pieces may lie in memory that others use.
          const memory = byteLength < 16_384 ? buffer : structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
          hash.update(new Uint8Array(memory, byteOffset, byteLength));
        }
        return { ETag: hash.digest('hex') };
      },
    },
  };
  const { port, raw } = await start(t, { services: [takes] });
  const bytes = randomBytes(1_000_000);
  const chunks: (string | Buffer)[] = [];
  for (let at = 0; at < bytes.length; at += 30_011) {
    const chunk = bytes.subarray(at, at + 30_011);
    chunks.push(`${chunk.length.toString(16)}\r\n`, chunk, '\r\n');
  }
  const headers = await sign(
    port,
    {
      ...put('k', ''),
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(bytes.length),
      },
    },
    {},
  );
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = Buffer.concat([...chunks, '0\r\n\r\n'].map((each) => Buffer.from(each as string)));
  const head = `PUT /b/k HTTP/1.1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines.join('')}\r\n`;
  const answer = await raw(head, body);
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.ok(answer.includes(createHash('md5').update(bytes).digest('hex')), answer);
});

test('an upload that breaks off is not stored', async (t) => {
  const { port, stored, logs } = await start(t);
  const headers = await sign(port, { ...put('k', ''), headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, '127.0.0.1');
  socket.write(`PUT /b/k HTTP/1.1\r\nContent-Length: 100\r\n${lines.join('')}\r\nabc`, () => socket.destroy());
  while (logs.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(logs[0]?.code, 'IncompleteBody');
  assert.equal(stored.size, 0);
});

/** A body in `count` blocks of one memory, which is overwritten when the next is asked for; then it breaks off or ends. */
function passing(count: number, breaks: boolean): Readable {
  async function* passingBlocks(): AsyncGenerator<Buffer> {
    const memory = Buffer.alloc(300_000);
    for (let at = 0; at < count; at++) yield memory.fill(at % 251);
    memory.fill(255);
    if (breaks) throw new Error('the disk is gone');
  }
  return Object.assign(Readable.from([]), { passingBlocks });
}

test('a body whose blocks share their memory arrives as it was, and lets go of its source', async (t) => {
  const body = passing(20, false);
  const operations = { GetObject: async () => ({ Body: body, ContentLength: 20 * 300_000 }) };
  const { send } = await start(t, { services: [{ service: 's3', operations }] });
  const answer = await send(get('k'));
  assert.equal(answer.status, 200);
  const expected = Buffer.concat(Array.from({ length: 20 }, (_, at) => Buffer.alloc(300_000, at)));
  assert.equal(answer.body, expected.toString());
  assert.ok(body.destroyed);
});

test('a client that leaves in the middle of an answer is no fault, a source that breaks off is', async (t) => {
  const services: ServiceTable[] = [
    {
      service: 's3',
      operations: {
        GetObject: async ({ input: { Key } }: Call<{ Key: string }>) => ({
          Body: Key.startsWith('blocks')
            ? passing(Key === 'blocks/broken' ? 1 : Number.POSITIVE_INFINITY, true)
            : new Readable({
                read() {
                  if (Key === 'broken') this.destroy(new Error('the disk is gone'));
                  else setImmediate(() => this.push(Buffer.alloc(65_536)));
                },
              }),
        }),
      },
    },
  ];
  for (const [key, fault] of [
    ['endless', undefined],
    ['broken', /the disk is gone/],
    ['blocks/endless', undefined],
    ['blocks/broken', /the disk is gone/],
  ] as const) {
    const { port, logs } = await start(t, { services });
    const request = { ...put(key, ''), method: 'GET', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
    const lines = Object.entries(await sign(port, request, {})).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.once('data', () => socket.destroy());
    socket.write(`GET /b/${key} HTTP/1.1\r\n${lines.join('')}\r\n`);
    while (logs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(logs[0]?.status, 200);
    if (fault === undefined) assert.equal(logs[0]?.error, undefined);
    else assert.match(logs[0]?.error ?? '', fault);
  }
});

test('a body whose chunks are malformed is refused at once and not stored', async (t) => {
  const { port, raw, stored, logs } = await start(t);
  const headers = await sign(port, invoke(''), {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await raw(
    `POST /endpoints/e/invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${lines.join('')}\r\n3\r\nabc\r\nxyz\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request/);
  while (logs.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(logs[0]?.code, 'IncompleteBody');
  assert.equal(stored.size, 0);
});

test('what is not HTTP gets one 400 and the server lives', async (t) => {
  const { raw, send } = await start(t);
  for (const junk of [randomBytes(10 * 2 ** 20), Buffer.from('GET / HTTP/9.9\r\n\r\n'), Buffer.alloc(100_000, 0x61)]) {
    const answer = await raw(junk);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*<Code>BadRequest<\/Code>/);
  }
  const long = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(long, /^HTTP\/1\.1 431 /);
  const escapes = await raw('GET /b/%zz?%=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(escapes, /^HTTP\/1\.1 400 [\s\S]*InvalidURI/);
  assert.equal((await send(get('there'))).status, 200);
});

test('requests sent in one go are answered in order, and junk after them ends the connection', async (t) => {
  const { raw } = await start(t);
  const one = 'GET /b/there HTTP/1.1\r\nHost: x\r\n\r\n';
  const two = 'GET /b/other HTTP/1.1\r\nHost: x\r\n\r\n';
  const answer = await raw(`${one}${two}${one}\u0000\u0001 junk\r\n\r\n`);
  assert.ok(answer.startsWith('HTTP/1.1 200 OK'), answer);
});

test('ten thousand odd requests are each answered', async (t) => {
  const { port, logs } = await start(t);
  const paths = [
    '/',
    '/b',
    '/b/k',
    '/%00',
    '/b/..',
    '//',
    '/b?list-type=2',
    '/?Action=x',
    '/endpoints/e/invocations',
    '/b/k?X-Amz-Signature=1',
    '/b/k?Signature=x&AWSAccessKeyId=y',
  ];
  const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH'];
  const authorizations = [
    '',
    'AWS4-HMAC-SHA256',
    'AWS x:y',
    'Bearer z',
    'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=, Signature=',
    'AWS4-HMAC-SHA256 Credential=AKID/20260501/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0',
  ];
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  let sent = 0;
  for (const path of paths) {
    for (const method of methods) {
      for (const authorization of authorizations) {
        sent++;
        socket.write(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n${authorization === '' ? '' : `Authorization: ${authorization}\r\n`}\r\n`,
        );
      }
    }
  }
  while (logs.length < sent) await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  for (const { status, method, path } of logs)
    assert.ok(status >= 400 && status < 502 && status !== 500, `${method} ${path}: ${status}`);
});

test('a table that names an operation the gateway cannot serve is refused at the start', () => {
  const build = (service: ServiceName, name: string) => () =>
    createGateway({ services: [{ service, operations: { [name]: async () => ({}) } }] } as unknown as GatewayOptions);
  assert.throws(build('sts', 'Nonsense'), /has no operation Nonsense/);
  const { output } = loadModel('sagemaker-runtime').operation('InvokeEndpoint')!;
  assert.equal(answersInEvents({ output }), false);
  const members = output.members.map((member) => ({ ...member, shape: { ...member.shape, eventStream: true } }));
  assert.equal(answersInEvents({ output: { ...output, members } }), true);
});
