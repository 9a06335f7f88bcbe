// The server's own pages, as a prober and Prometheus see them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ModelError } from '@aws-sdk/client-sagemaker-runtime';
import { readConfig } from '../../src/server/index.ts';
import { repositoryRoot } from '../architecture/sources.ts';
import { createStub, deployStub, invokeStub, optionsOf } from './stub-endpoint.ts';

/** On a new connection, as probers do: `200 text`, or `refused`. */
async function ask(address: string, page: string): Promise<string> {
  try {
    const response = await fetch(`${address}/_linnet/${page}`, { headers: { connection: 'close' } });
    return `${response.status} ${(await response.text()).trim()}`;
  } catch {
    return 'refused';
  }
}

test('Health and readiness say their state, and buckets of these names stay buckets', async (t) => {
  const server = await (await createStub(t)).start({ stopDelay: '0' });
  assert.equal(await ask(server.address, 'health'), '200 ok');
  assert.equal(await ask(server.address, 'ready'), '200 ready');
  assert.equal(await ask(server.address, 'other'), '404 There is no such page; there are health, ready, metrics');
  const head = await fetch(`${server.address}/_linnet/health`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
  for (const Bucket of ['health', 'ready', 'metrics', 'console']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  }
  await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: '_linnet' })), { name: 'InvalidBucketName' });
  const change = await fetch(`${server.address}/_linnet/health`, { method: 'DELETE' });
  assert.equal(change.status, 403);
});

test('Beyond loopback the pages need a setting', async (t) => {
  const pagesOf = (options: object) => readConfig({ allowInsecure: true, ...options }, {}).pages;
  assert.equal(pagesOf({}), 'all');
  assert.equal(pagesOf({ host: '0.0.0.0' }), 'none');
  assert.equal(pagesOf({ host: '0.0.0.0', pages: 'probes' }), 'probes');
  const stub = await createStub(t);
  const server = await stub.start({ pages: 'none', stopDelay: '0' });
  assert.equal(await ask(server.address, 'health'), '404 This page is off; turn it on with --pages probes');
  await server.stop();
  const probed = await stub.start({ pages: 'probes', stopDelay: '0' });
  assert.equal(await ask(probed.address, 'ready'), '200 ready');
  assert.equal(await ask(probed.address, 'metrics'), '404 This page is off; turn it on with --pages all');
});

test('Readiness ends before the listener does, and comes back when the endpoints answer', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const first = await stub.start();
  await deployStub(first, 'echo');
  // As a prober: again and again.
  for (let i = 0; i < 2; i += 1) assert.equal(await ask(first.address, 'ready'), '200 ready');
  const stopped = first.stop();
  assert.equal(await ask(first.address, 'ready'), '503 stopping');
  await stopped;
  assert.equal(await ask(first.address, 'ready'), 'refused');

  stub.open(false);
  const second = await stub.start({ stopDelay: '0' });
  assert.equal(await ask(second.address, 'health'), '200 ok');
  assert.equal(await ask(second.address, 'ready'), '503 starting');
  stub.open(true);
  assert.equal(await invokeStub(second, 'echo', 'hello'), 'hello');
  assert.equal(await ask(second.address, 'ready'), '200 ready');
});

test('A stop delay keeps the listener open for its whole length', async (t) => {
  const server = await (await createStub(t)).start({ stopDelay: '0.4' });
  const stopped = server.stop();
  assert.equal(await ask(server.address, 'ready'), '503 stopping');
  assert.equal(await ask(server.address, 'ready'), '503 stopping');
  await stopped;
});

/** The names of metrics in a page of Prometheus. */
const namesIn = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!).sort();

test('Metrics count requests, latencies, jobs, invocations and their errors', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const server = await stub.start();
  await deployStub(server, 'echo');
  for (const body of ['a', 'b']) await invokeStub(server, 'echo', body);
  await assert.rejects(invokeStub(server, 'echo', 'bad'), ModelError);
  const wrong = { ...server, credentials: { ...server.credentials, secretAccessKey: 'wrong' } };
  await assert.rejects(invokeStub(wrong, 'echo', 'a'), { name: 'InvalidSignatureException' });
  const text = await (await fetch(`${server.address}/_linnet/metrics`)).text();
  for (const line of [
    'linnet_requests_total{service="sagemaker-runtime",operation="InvokeEndpoint",status="200"} 2',
    'linnet_requests_total{service="sagemaker-runtime",operation="InvokeEndpoint",status="424"} 1',
    'linnet_request_seconds_bucket{service="sagemaker-runtime",operation="InvokeEndpoint",le="+Inf"} 3',
    'linnet_request_seconds_count{service="sagemaker-runtime",operation="InvokeEndpoint"} 3',
    'linnet_endpoint_invocations_total{region="us-east-1",endpoint="echo"} 3',
    'linnet_endpoint_errors_total{region="us-east-1",endpoint="echo",kind="client"} 1',
    'linnet_endpoint_seconds_bucket{region="us-east-1",endpoint="echo",le="+Inf"} 3',
    'linnet_endpoint_seconds_count{region="us-east-1",endpoint="echo"} 3',
    'linnet_endpoint_programs{region="us-east-1",endpoint="echo",state="up"} 1',
    'linnet_refused_sign_ins_total{reason="mismatch"} 1',
    'linnet_jobs{kind="training-job",status="Training"} 0',
    'linnet_store_up 1',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
  const guide = readFileSync(join(repositoryRoot, 'docs/operations.md'), 'utf8');
  const table = guide.slice(guide.indexOf('| metric |'), guide.indexOf('Alarms worth having'));
  assert.deepEqual([...new Set(table.match(/\b(linnet|process|nodejs)_\w+/g))].sort(), namesIn(text));
  for (const line of text.split('\n').filter((each) => each !== ''))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/);
});
