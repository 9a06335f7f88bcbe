import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGateway } from './handle.ts';
import type { Call } from './operation.ts';

const credential = 'AKID/20260501/us-east-1/sagemaker/aws4_request';
const headers = {
  'content-type': 'text/csv',
  'x-amz-date': '20260501T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};

interface ProfileNode {
  callFrame: { url: string };
  selfSize: number;
  children: ProfileNode[];
}

/** Bytes that the gateway's own code allocated: what Node does for it, the test runner watches and keeps. */
function gatewayBytes({ callFrame, selfSize, children }: ProfileNode): number {
  const own = callFrame.url.includes('/gateway/') ? selfSize : 0;
  return children.reduce((sum, child) => sum + gatewayBytes(child), own);
}

test('what a request allocated is freed by the quick collections, which full ones would wait for', async (t) => {
  const gateway = createGateway({
    services: [
      {
        service: 'sagemaker-runtime',
        operations: { InvokeEndpoint: async ({ input }: Call) => ({ Body: input.Body, ContentType: 'text/csv' }) },
      },
    ],
    keyOf: () => undefined,
    auth: 'open',
    accountId: '000000000000',
    region: 'us-east-1',
    names: ['localhost'],
    nowMs: () => Date.UTC(2026, 4, 1),
    requestId: () => 'id',
    log: () => {},
  });
  const server = createServer();
  gateway.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true });
  const session = new Session();
  session.connect();
  t.after(() => {
    session.disconnect();
    agent.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const invoke = async (): Promise<void> => {
    const asking = request({ port, agent, method: 'POST', path: '/endpoints/e/invocations', headers });
    asking.end('1,2,3');
    const [answer] = await once(asking, 'response');
    assert.equal(answer.statusCode, 200);
    await once(answer.resume(), 'end');
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  const requestCount = 800;
  const invokeAll = async (): Promise<void> => {
    for (let done = 1; done <= requestCount; done += 1) {
      await invoke();
      if (done % 100 === 0) collect({ type: 'minor' });
    }
  };
  await invokeAll();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 4096,
    includeObjectsCollectedByMajorGC: true,
  });
  await invokeAll();
  collect({ type: 'minor' });
  const { profile } = await session.post('HeapProfiler.stopSampling');
  const bytesEach = gatewayBytes(profile.head as ProfileNode) / requestCount;
  assert.ok(bytesEach < 500, `${Math.round(bytesEach)} bytes of each request outlived the quick collections`);
});
