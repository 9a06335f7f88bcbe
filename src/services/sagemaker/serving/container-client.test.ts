import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { chooseRoute, type Route } from '../../sagemaker-runtime/live-table.ts';
import { sendInvocation } from './container-client.ts';
import { ContainerFailure } from './container-failure.ts';

async function serve(
  t: TestContext,
  answer: RequestListener,
): Promise<{ server: Server; send: (body?: string, timeoutMs?: number) => ReturnType<typeof sendInvocation> }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  const { signal } = new AbortController();
  return {
    server,
    send: (body = '', timeoutMs = 5_000) =>
      sendInvocation({ address, agent, headers: {}, body: Buffer.from(body), signal: () => signal, timeoutMs }),
  };
}

const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (thrown: unknown) => (thrown instanceof ContainerFailure ? thrown.reason : String(thrown)),
  );

test('A connection that the program closed while it was kept is no failure', async (t) => {
  let requests = 0;
  const { send } = await serve(t, (request, response) => {
    requests += 1;
    // The second request on a connection meets its end, as when the program's keep-alive time is over.
    if (requests === 2) request.socket.destroy();
    else response.end('fine');
  });
  assert.equal((await send()).body.toString(), 'fine');
  assert.equal((await send()).body.toString(), 'fine');
  assert.equal(requests, 3);
});

test('A request that a program died of is not sent again', async (t) => {
  let requests = 0;
  const { server, send } = await serve(t, (request, response) => {
    requests += 1;
    if (requests === 1) {
      response.end('fine');
      return;
    }
    server.close();
    server.closeAllConnections();
    request.socket.destroy();
  });
  await send();
  assert.equal(await reasonOf(send()), 'lost');
  assert.equal(requests, 2);
});

test('A program that is not there, answers too late or breaks off is told apart', async (t) => {
  const { server, send } = await serve(t, (request, response) => {
    request.resume();
    if (request.headers['content-length'] === '4')
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
  });
  assert.equal(await reasonOf(send('half')), 'lost');
  assert.equal(await reasonOf(send('slow!', 50)), 'timeout');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  assert.equal(await reasonOf(send('gone!')), 'unreached');
});

test('Weighted routes take turns as evenly as their weights allow', () => {
  const routes = (...weights: number[]): Route[] =>
    weights.map((weight, index) => ({
      variant: 'abc'[index]!,
      model: 'm',
      weight,
      direct: false,
      instances: [],
      pool: undefined,
      capture: undefined,
      async: undefined,
      explainer: undefined,
      credit: 0,
    }));
  const turns = (given: Route[], count: number): string =>
    Array.from({ length: count }, () => chooseRoute(given)?.variant).join('');
  assert.equal(turns(routes(5, 1, 1), 7), 'aabacaa');
  assert.equal(turns(routes(1, 1), 4), 'abab');
  assert.equal(turns(routes(0, 2), 3), 'bbb');
  assert.equal(turns(routes(0, 0), 2), 'aa');
  assert.equal(chooseRoute([]), undefined);
});
