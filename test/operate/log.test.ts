// The log on standard error, as an operator reads it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createStub, deployStub, optionsOf, type Stub, trainStub } from './stub-endpoint.ts';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** `linnet up` in a process of its own, and all that it writes to standard error. */
async function up(t: TestContext, stub: Stub, ...options: string[]) {
  const script = `import(${JSON.stringify(program)}).then(({ main }) => main(process.argv.slice(1)))`;
  const args = ['up', '--json', '--data-dir', stub.folder, '--port', '0', ...options];
  const child: ChildProcess = spawn(process.execPath, ['-e', script, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const log = text(child.stderr!);
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const { address, region, accessKeyId, secretAccessKey } = JSON.parse(line) as Record<string, string>;
  const server = {
    address: address!,
    region: region!,
    credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! },
  };
  return {
    server,
    async stop(): Promise<string> {
      child.kill('SIGTERM');
      return log;
    },
  };
}

test('Start, stop, ends of jobs and endpoints and refused sign-ins are lines at the default level', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const { server, stop } = await up(t, stub);
  await trainStub(server, 'fine');
  await trainStub(server, 'fails');
  await deployStub(server, 'echo');
  const intruder = new S3Client({
    ...optionsOf(server),
    credentials: { accessKeyId: 'AKIANOBODYNOBODYNOBO', secretAccessKey: 'x' },
  });
  await assert.rejects(intruder.send(new CreateBucketCommand({ Bucket: 'mine' })));
  const lines = (await stop()).trim().split('\n');
  const said = [
    /^\S+Z info {2}Linnet \S+ started address=http:\S+ dataFolder=\S+ pid=\d+$/,
    /info {2}Training job "fine" completed seconds=[\d.]+$/,
    /warn {2}Training job "fails" failed: AlgorithmError, exit code: 1 \(its FailureReason has the text\)$/,
    /info {2}Endpoint "echo" is in service$/,
    /warn {2}Sign-in refused reason=unknown-key peer=\S+ service=s3 accessKeyId=AKIANOBODYNOBODYNOBO requestId=\S+$/,
    /info {2}Linnet is stopping$/,
    /info {2}Linnet stopped$/,
  ];
  assert.equal(lines.length, said.length, lines.join('\n'));
  for (const [index, pattern] of said.entries()) assert.match(lines[index]!, pattern);
});

test('Each line is JSON by a setting, and shows requests at the level debug', async (t) => {
  const { server, stop } = await up(t, await createStub(t), '--log-format', 'json', '--log-level', 'debug');
  await new S3Client(optionsOf(server)).send(new CreateBucketCommand({ Bucket: 'mine' }));
  const entries = (await stop())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.ok(entries.every(({ level, time }) => typeof level === 'string' && !Number.isNaN(Date.parse(String(time)))));
  const request = entries.find(({ operation }) => operation === 'CreateBucket');
  assert.deepEqual([request?.level, request?.status], ['debug', 200]);
  assert.ok(!JSON.stringify(entries).includes(server.credentials.secretAccessKey));
});
