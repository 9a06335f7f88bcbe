import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text as readText } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type Call, createGateway, type Gateway } from '../gateway/index.ts';
import { closeServer, listen } from './http-server.ts';

interface Running {
  port: number;
  server: Server;
  gateway: Gateway;
  /** The call of the operation that waits, once it was made. */
  waiting: Promise<Call>;
}

const signed = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=a/20260501/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  'x-amz-date': '20260501T000000Z',
  'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
});

async function start(t: TestContext): Promise<Running> {
  let begin = (_: Call): void => undefined;
  const waiting = new Promise<Call>((resolve) => {
    begin = resolve;
  });
  const gateway = createGateway({
    services: [
      {
        service: 's3',
        operations: {
          PutObject: async ({ input }: Call<{ Body: Readable }>) => ({ ETag: await readText(input.Body) }),
          GetObject: async () => ({ Body: Readable.from([Buffer.from('hello')]), ContentLength: 5 }),
        },
      },
      {
        service: 'sagemaker',
        operations: {
          ListModels: async (call) => {
            begin(call);
            await once(call.stopping, 'abort');
            return {};
          },
        },
      },
    ],
    keyOf: () => undefined,
    auth: 'open',
    accountId: '000000000000',
    region: 'us-east-1',
    names: [],
    nowMs: Date.now,
    requestId: () => 'id',
    log: () => undefined,
  });
  const server = await listen({ host: '127.0.0.1', port: 0 }, undefined, gateway);
  t.after(() => server.closeAllConnections());
  return { port: (server.address() as AddressInfo).port, server, gateway, waiting };
}

async function ask(
  port: number,
  options: { method: string; path: string; headers: Record<string, string>; agent?: Agent },
  body = '',
): Promise<IncomingMessage & { text: string }> {
  const asked = request({ port, host: '127.0.0.1', ...options });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return Object.assign(response, { text: (await buffer(response)).toString() });
}

test('While the server stops, no request on a kept connection is lost and each answer closes its connection', async (t) => {
  const { port, server, gateway } = await start(t);
  const options = { method: 'GET', path: '/b/k', headers: signed('s3') };
  let stopping = false;
  let answered = 0;
  const clients = Array.from({ length: 16 }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const wasStopping = stopping;
      try {
        const { text, headers } = await ask(port, { ...options, agent });
        assert.equal(text, 'hello');
        if (wasStopping) assert.equal(headers.connection, 'close');
        answered += 1;
      } catch (cause) {
        // The one thing that may happen: there is no server to connect to any more.
        assert.equal((cause as NodeJS.ErrnoException).code, 'ECONNREFUSED', String(cause));
        return;
      }
    }
  });
  while (answered < 200) await new Promise((resolve) => setImmediate(resolve));
  stopping = true;
  await closeServer(server, gateway, 10_000);
  await Promise.all(clients);
});

test('What waits for a change is answered when the server stops; an upload under way ends', async (t) => {
  const { port, server, gateway, waiting } = await start(t);
  const held = ask(port, {
    method: 'POST',
    path: '/',
    headers: { ...signed('sagemaker'), 'x-amz-target': 'SageMaker.ListModels' },
  });
  const upload = request({
    port,
    host: '127.0.0.1',
    method: 'PUT',
    path: '/b/k',
    headers: { ...signed('s3'), 'content-length': '6' },
  });
  upload.write('abc');
  await waiting;
  const closed = closeServer(server, gateway, 10_000);
  assert.deepEqual([(await held).statusCode, (await held).headers.connection], [200, 'close']);
  upload.end('def');
  const [response] = (await once(upload, 'response')) as [IncomingMessage];
  response.resume();
  assert.deepEqual([response.statusCode, response.headers.etag, response.headers.connection], [200, 'abcdef', 'close']);
  await closed;
});

test('What has not ended within the grace is cut', async (t) => {
  const { port, server, gateway } = await start(t);
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries(signed('s3')).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\n${lines.join('')}\r\nabc`);
  await once(server, 'request');
  socket.on('error', () => undefined);
  const gone = once(socket, 'close');
  await closeServer(server, gateway, 20);
  await gone;
});
