import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type DeploymentConfig, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { type Server, start } from './linnet-up.ts';
import { ask, askSteadily, endpointName, inService, twoModels } from './two-models.ts';

// More by hand: npm run trials -- endpoint-updates
const updates = Number(process.env.LINNET_UPDATES ?? 8);
const cycles = Number(process.env.LINNET_CRASH_CYCLES ?? 3);
const perSecond = 200;

const linear = (waitSeconds: number): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'LINEAR',
      LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 50 },
      WaitIntervalInSeconds: waitSeconds,
    },
  },
});
const rolling: DeploymentConfig = {
  RollingUpdatePolicy: { MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 }, WaitIntervalInSeconds: 0 },
};
const ways = [undefined, linear(0), rolling];

const update = ({ sagemaker }: Server, EndpointConfigName: string, config: DeploymentConfig | undefined) =>
  sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: endpointName,
      EndpointConfigName,
      ...(config !== undefined && { DeploymentConfig: config }),
    }),
  );

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-updates-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

test(`${updates} updates under ${perSecond} requests a second: none is dropped, each answer is of the version it names`, {
  timeout: 120_000 + updates * 5_000,
}, async (t) => {
  const server = await start(folderOf(t));
  t.after(() => server.child.kill('SIGKILL'));
  const versions = await twoModels(server);
  await inService(server);
  const load = askSteadily(server, versions, perSecond);
  for (let count = 0; count < updates; count += 1) {
    const name = count % 2 === 0 ? 'two' : 'one';
    await update(server, name, ways[count % ways.length]);
    const endpoint = await inService(server);
    assert.deepEqual([endpoint.EndpointConfigName, endpoint.FailureReason], [name, undefined]);
    const { version } = await ask(server);
    assert.equal(version.split(';')[0], name, 'in service means that the new version answers');
  }
  const { sent, counts, failures, seconds } = await load.stop();
  console.log(`${updates} updates, ${sent} requests in ${seconds.toFixed(1)} s, ${failures.length} failures`);
  assert.deepEqual(failures, []);
  assert.equal(
    [...counts.values()].reduce((sum, count) => sum + count, 0),
    sent,
  );
  assert.deepEqual([...counts.keys()].sort(), [...versions.keys()].sort());
});

test(`kill -9 at ${cycles} moments of an update: the endpoint serves what its record says, and the update ends`, {
  timeout: 60_000 + cycles * 20_000,
}, async (t) => {
  const folder = folderOf(t);
  let server = await start(folder);
  t.after(() => server.child.kill('SIGKILL'));
  const versions = await twoModels(server);
  await inService(server);
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const name = cycle % 2 === 0 ? 'two' : 'one';
    await update(server, name, linear(1));
    await new Promise((resolve) => setTimeout(resolve, (cycle * 997) % 2_500));
    const ended = new Promise((resolve) => server.child.once('close', resolve));
    server.child.kill('SIGKILL');
    await ended;
    server = await start(folder);
    const { version, answer } = await ask(server);
    assert.equal(answer, versions.get(version));
    assert.equal((await inService(server)).EndpointConfigName, name);
    assert.equal((await ask(server)).version.split(';')[0], name);
  }
});
