// The published AWS SDK for JavaScript against a whole server: answers that come in parts.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointWithResponseStreamCommand,
  ModelError,
  ModelStreamError,
  SageMakerRuntimeClient,
  ValidationError,
} from '@aws-sdk/client-sagemaker-runtime';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

let folder: string;
let notes: string;
let server: RunningServer;
let runtime: SageMakerRuntimeClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  notes = mkdtempSync(join(tmpdir(), 'linnet-notes-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const sagemaker = new SageMakerClient(options);
  runtime = new SageMakerRuntimeClient(options);
  const from = join(folder, 'program');
  mkdirSync(from);
  // Writes the second part when the file that the request names is there.
  const program = `#!${process.execPath}
const { existsSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (body === 'refuse') return response.writeHead(400).end('not that');
    if (body === '') return response.end();
    const [word, file] = body.split(' ');
    response.writeHead(200, { 'content-type': 'text/plain', 'x-amzn-sagemaker-custom-attributes': 'back' });
    response.write(request.headers.accept + ' first ');
    if (word === 'break') return setTimeout(() => response.destroy(), 20);
    const wait = setInterval(() => {
      if (!existsSync(file)) return;
      clearInterval(wait);
      response.end('second');
    }, 5);
  });
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
`;
  writeFileSync(join(from, 'serve'), program);
  chmodSync(join(from, 'serve'), 0o755);
  await addFolder(
    { dataFolder: folder, nowMs: Date.now, progress: () => undefined },
    { name: 'parts', folder: from, taken: [] },
  );
  await sagemaker.send(new CreateModelCommand({ ModelName: 'parts', PrimaryContainer: { Image: 'parts:latest' } }));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'parts',
      ProductionVariants: [
        { VariantName: 'All', ModelName: 'parts', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
      ],
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'parts', EndpointConfigName: 'parts' }));
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60 }, { EndpointName: 'parts' });
});

after(async () => {
  await server.stop();
  for (const path of [folder, notes]) rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const ask = (Body: string, EndpointName = 'parts') =>
  runtime.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName, Body, Accept: 'text/own' }));

/** The texts of an answer's parts; `each` is called behind every one of them. */
async function partsOf(answer: Awaited<ReturnType<typeof ask>>, each = (): void => undefined): Promise<string[]> {
  const parts: string[] = [];
  for await (const { PayloadPart } of answer.Body ?? []) {
    parts.push(Buffer.from(PayloadPart?.Bytes ?? []).toString());
    each();
  }
  return parts;
}

test('The parts of an answer arrive while the program still writes', async () => {
  const file = join(notes, 'go');
  const answer = await ask(`wait ${file}`);
  assert.equal(answer.ContentType, 'text/plain');
  assert.equal(answer.InvokedProductionVariant, 'All');
  assert.equal(answer.CustomAttributes, 'back');
  // The program writes its second part only when the first one is here.
  const parts = await partsOf(answer, () => existsSync(file) || writeFileSync(file, ''));
  assert.deepEqual(parts, ['text/own first ', 'second']);
});

test('An empty answer is a stream without parts', async () => {
  assert.deepEqual(await partsOf(await ask('')), []);
});

test('An answer that breaks off ends with ModelStreamError, behind what had come', async () => {
  const answer = await ask('break');
  let seen = 0;
  await assert.rejects(
    partsOf(answer, () => (seen += 1)),
    (thrown) =>
      thrown instanceof ModelStreamError && thrown.ErrorCode === 'StreamBroken' && /broke off/.test(thrown.message),
  );
  assert.equal(seen, 1);
});

test("A refusal comes before the stream, as InvokeEndpoint's", async () => {
  await assert.rejects(ask('refuse'), (thrown) => {
    assert.ok(thrown instanceof ModelError);
    assert.equal(thrown.OriginalStatusCode, 400);
    return /Received client error \(400\) from primary with message "not that"/.test(thrown.message);
  });
  await assert.rejects(ask('x', 'nothing'), ValidationError);
});
