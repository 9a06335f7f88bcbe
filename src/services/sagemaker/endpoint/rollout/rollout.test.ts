import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ServiceError } from '../../../../base/index.ts';
import { archiveOf } from '../../../testing/archive.ts';
import { createWorld, image, type World } from '../../../testing/world.ts';
import { systemTimers, type Timers } from '../../../timers.ts';

/** Real time for programs; longer waits end when the test lets the time pass. */
function skippableTime(): { timers: Timers; nowMs(): number; pass(ms: number): void } {
  const waiting = new Set<{ atMs: number; run: () => void }>();
  let skippedMs = 0;
  const nowMs = (): number => Date.now() + skippedMs;
  return {
    nowMs,
    timers: {
      after(delayMs, run) {
        if (delayMs < 5_000) return systemTimers.after(delayMs, run);
        const entry = { atMs: nowMs() + delayMs, run };
        waiting.add(entry);
        return () => void waiting.delete(entry);
      },
    },
    pass(ms) {
      skippedMs += ms;
      for (const entry of [...waiting]) {
        if (entry.atMs > nowMs() || !waiting.delete(entry)) continue;
        entry.run();
      }
    },
  };
}

interface Stand {
  world: World;
  pass(ms: number): void;
  describe(): Promise<any>;
  /** Waits until Describe says so. */
  until(check: (endpoint: any) => boolean): Promise<any>;
  update(config: string, more?: object): Promise<any>;
  /** The models that answered so many requests. */
  answers(count: number): Promise<string>;
}

/** An endpoint in service with the model "old", and configurations for others: each answers with its own name. */
async function stand(t: TestContext, instances = 1): Promise<Stand> {
  const { timers, nowMs, pass } = skippableTime();
  const world = await createWorld(t, { timers, nowMs, waiterHoldMs: 0, sdkHoldMs: 0 });
  for (const name of ['old', 'new', 'broken']) {
    const uri = `s3://models/${name}.tar.gz`;
    await world.put({ [uri]: await archiveOf({ 'model_algo-1': name }) });
    await world.call('CreateModel', { ModelName: name, PrimaryContainer: { Image: image, ModelDataUrl: uri } });
    const variant = {
      VariantName: 'All',
      ModelName: name,
      InitialInstanceCount: instances,
      InstanceType: 'ml.m5.large',
    };
    await world.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: [variant] });
  }
  await world.call('PutMetricAlarm', {
    AlarmName: 'errors',
    Namespace: 'AWS/SageMaker',
    MetricName: 'Invocation5XXErrors',
    Dimensions: [
      { Name: 'EndpointName', Value: 'live' },
      { Name: 'VariantName', Value: 'All' },
    ],
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0.5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'ignore',
  });
  await world.call('CreateEndpoint', { EndpointName: 'live', EndpointConfigName: 'old' });
  const describe = () => world.call('DescribeEndpoint', { EndpointName: 'live' });
  const until: Stand['until'] = async (check) => {
    for (;;) {
      const endpoint = await describe();
      if (check(endpoint)) return endpoint;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until(({ EndpointStatus }) => EndpointStatus === 'InService');
  return {
    world,
    pass,
    describe,
    until,
    update: (EndpointConfigName, more) =>
      world.call('UpdateEndpoint', { EndpointName: 'live', EndpointConfigName, ...more }),
    async answers(count) {
      let all = '';
      for (let index = 0; index < count; index += 1) {
        const { Body, LinnetModel } = await world.call('InvokeEndpoint', {
          EndpointName: 'live',
          Body: Buffer.from('x'),
        });
        const { model } = JSON.parse(Body);
        assert.equal(LinnetModel.split(';')[0], model, 'the header names the model that answered');
        all += model[0];
      }
      return all;
    },
  };
}

const canary = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 },
      WaitIntervalInSeconds: 300,
    },
    TerminationWaitInSeconds: 120,
    MaximumExecutionTimeoutInSeconds: 1800,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
};

const allAtOnce = {
  TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
  TerminationWaitInSeconds: 600,
};

const isBaking = ({ PendingDeploymentSummary }: any): boolean =>
  PendingDeploymentSummary?.ProductionVariants[0].VariantStatus[0].Status === 'Baking';
const isSettled = ({ EndpointStatus }: any): boolean => EndpointStatus === 'InService';
const raise = (world: World) =>
  world.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'A test' });

test('A canary takes its part of the traffic, then all of it, and the old programs end after the last wait', async (t) => {
  const { world, pass, until, update, answers } = await stand(t);
  assert.equal(await answers(2), 'oo');
  await update('new', { DeploymentConfig: canary });
  const baking = await until(isBaking);
  assert.deepEqual(
    [baking.EndpointStatus, baking.EndpointConfigName, baking.PendingDeploymentSummary.EndpointConfigName],
    ['Updating', 'old', 'new'],
  );
  assert.equal((await answers(8)).replaceAll('o', '').length, 2, 'a quarter');
  pass(300_000);
  while ((await answers(4)) !== 'nnnn');
  assert.equal((await until(isBaking)).EndpointStatus, 'Updating', 'it is watched for the termination wait');
  pass(120_000);
  const done = await until(isSettled);
  assert.deepEqual([done.EndpointConfigName, done.FailureReason], ['new', undefined]);
  assert.deepEqual(done.LastDeploymentConfig, canary);
  const { LinnetModel } = await world.call('InvokeEndpoint', { EndpointName: 'live', Body: Buffer.from('x') });
  const archive = await world.read('s3://models/new.tar.gz');
  assert.equal(LinnetModel, `new;${createHash('sha256').update(archive).digest('hex')}`);
  // The next update may take the configuration of the last one.
  await update('old', { RetainDeploymentConfig: true });
  await until(isBaking);
});

test('An alarm rolls an update back to the old programs, and Describe names it', async (t) => {
  const { world, until, update, answers } = await stand(t);
  await update('new', { DeploymentConfig: canary });
  await until(isBaking);
  await raise(world);
  const back = await until(isSettled);
  assert.equal(back.EndpointConfigName, 'old');
  assert.equal(back.FailureReason, 'The following alarms are in ALARM: [errors]');
  assert.equal(back.PendingDeploymentSummary, undefined);
  assert.equal(await answers(4), 'oooo');
  // One that is in ALARM already lets no update begin.
  await update('new', { DeploymentConfig: canary });
  assert.equal((await until(isSettled)).EndpointConfigName, 'old');
});

test('Errors of the new model raise the alarm on the own metrics of Linnet, and the update goes back', async (t) => {
  const { world, pass, until, update, answers } = await stand(t);
  await update('new', { DeploymentConfig: { ...canary, BlueGreenUpdatePolicy: allAtOnce } });
  await until(isBaking);
  const failing = { EndpointName: 'live', Body: Buffer.from('status 500') };
  await assert.rejects(world.call('InvokeEndpoint', failing), /Received server error \(500\)/);
  for (let seconds = 0; seconds < 80; seconds += 10) {
    pass(10_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const back = await until(isSettled);
  assert.deepEqual(
    [back.EndpointConfigName, back.FailureReason],
    ['old', 'The following alarms are in ALARM: [errors]'],
  );
  assert.equal(await answers(2), 'oo');
});

test('A killed or stopped server goes on with the step that it had reached, and can still roll back', async (t) => {
  const { world, pass, until, update, answers } = await stand(t);
  await update('new', { DeploymentConfig: canary });
  await until(isBaking);
  await world.restart();
  assert.equal((await answers(8)).replaceAll('o', '').length, 2, 'the canary has its quarter again');
  pass(300_000);
  while ((await answers(4)) !== 'nnnn');
  await world.restart();
  assert.equal(await answers(4), 'nnnn');
  await raise(world);
  assert.equal((await until(isSettled)).EndpointConfigName, 'old');
  assert.equal(await answers(4), 'oooo');
});

test('An update that takes longer than it may is rolled back', async (t) => {
  const { pass, until, update } = await stand(t);
  await update('new', { DeploymentConfig: canary });
  await until(isBaking);
  pass(1_800_000);
  const back = await until(isSettled);
  assert.deepEqual([back.EndpointConfigName, back.EndpointStatus], ['old', 'InService']);
  assert.match(back.FailureReason, /longer than MaximumExecutionTimeoutInSeconds, which is 1800/);
});

const rolling = {
  RollingUpdatePolicy: {
    MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
    WaitIntervalInSeconds: 60,
    RollbackMaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
};

const counts = ({ ProductionVariants, PendingDeploymentSummary }: any) => [
  ProductionVariants[0].CurrentInstanceCount,
  PendingDeploymentSummary?.ProductionVariants[0].CurrentInstanceCount,
];

test('Rolling replaces programs batch by batch and never has more than one batch too many', async (t) => {
  const { pass, until, update, answers } = await stand(t, 2);
  await update('new', { DeploymentConfig: rolling });
  assert.deepEqual(counts(await until(isBaking)), [1, 1]);
  assert.equal((await answers(4)).replaceAll('o', '').length, 2);
  pass(60_000);
  assert.deepEqual(counts(await until((endpoint) => counts(endpoint)[0] === 0)), [0, 2]);
  pass(60_000);
  assert.equal((await until(isSettled)).EndpointConfigName, 'new');
});

test('A rollback that fails leaves what runs in service until the next update', async (t) => {
  const { world, until, update, answers } = await stand(t, 2);
  await update('new', { DeploymentConfig: rolling });
  await until(isBaking);
  // The old programs cannot come up again: their files are gone, here and in S3.
  await world.objects.remove('models', 'old.tar.gz');
  const folders = join(world.folder, 'programs/endpoints');
  for (const endpoint of readdirSync(folders)) {
    for (const variant of readdirSync(join(folders, endpoint)))
      rmSync(join(folders, endpoint, variant, 'model'), { recursive: true });
  }
  await world.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'A test' });
  const failed = await until(({ EndpointStatus }) => EndpointStatus === 'UpdateRollbackFailed');
  assert.match(
    failed.FailureReason,
    /in ALARM: \[errors\]. The rollback failed too: The model of .* could not be loaded/,
  );
  assert.equal((await answers(4)).replaceAll('o', '').length, 2, 'old and new beside each other');
  await world.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'OK', StateReason: 'A test' });
  await update('new');
  assert.equal((await until(isSettled)).EndpointConfigName, 'new');
  assert.equal(await answers(4), 'nnnn');
});

test('A configuration whose programs do not start is refused by the update, in the middle of which nothing has changed', async (t) => {
  const { until, update, answers } = await stand(t);
  await update('broken', { DeploymentConfig: canary });
  const back = await until(isSettled);
  assert.match(back.FailureReason, /did not pass the ping health check/);
  assert.equal(await answers(4), 'oooo');
});

test('UpdateEndpoint names what is wrong with its DeploymentConfig', async (t) => {
  const { update } = await stand(t);
  const refused = async (more: object): Promise<string> => {
    const thrown = await update('new', more).catch((cause: unknown) => cause);
    assert.ok(thrown instanceof ServiceError);
    return thrown.message;
  };
  const DeploymentConfig = { ...canary, AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'none' }] } };
  assert.match(await refused({ DeploymentConfig }), /names the alarm "none", which does not exist/);
  assert.match(await refused({ DeploymentConfig: canary, RetainDeploymentConfig: true }), /cannot both be given/);
  assert.match(await refused({ DeploymentConfig: rolling }), /is 1 of 1 instances; it must be at most a half/);
});
