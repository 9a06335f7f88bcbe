// The published AWS SDK for JavaScript against a whole server: updates of an endpoint in steps, with rollback by an alarm.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import {
  type DeploymentConfig,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  SageMakerClient,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { readConfig, startServer } from '../../src/server/index.ts';
import { ask, endpointName, inService, twoModels } from '../faults/two-models.ts';

const config: DeploymentConfig = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
      WaitIntervalInSeconds: 600,
    },
    TerminationWaitInSeconds: 120,
    MaximumExecutionTimeoutInSeconds: 1800,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'too-slow' }] },
};

test('A canary is rolled back when its alarm goes off, and Describe tells the whole course', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const running = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  t.after(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const { address, region, credentials } = running;
  const options = { endpoint: address, region, credentials, maxAttempts: 1 };
  const [sagemaker, cloudwatch] = [new SageMakerClient(options), new CloudWatchClient(options)];
  const server = { address, region, credentials, sagemaker, s3: new S3Client(options) };
  await twoModels(server);
  await inService(server);
  const update = new UpdateEndpointCommand({
    EndpointName: endpointName,
    EndpointConfigName: 'two',
    DeploymentConfig: config,
  });
  await assert.rejects(sagemaker.send(update), /the alarm "too-slow", which does not exist; make it by PutMetricAlarm/);
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'too-slow',
      Namespace: 'AWS/SageMaker',
      MetricName: 'ModelLatency',
      Dimensions: [{ Name: 'EndpointName', Value: endpointName }],
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1e6,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await sagemaker.send(update);
  const until = async (fits: (endpoint: DescribeEndpointCommandOutput) => boolean) => {
    for (;;) {
      const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName }));
      if (fits(endpoint)) return endpoint;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const baking = await until(
    ({ PendingDeploymentSummary: pending }) =>
      pending?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status === 'Baking',
  );
  assert.equal(baking.EndpointStatus, 'Updating');
  assert.equal(baking.PendingDeploymentSummary?.EndpointConfigName, 'two');
  const answered = [await ask(server), await ask(server)].map(({ version }) => version.split(';')[0]);
  assert.deepEqual(answered.sort(), ['one', 'two'], 'half of the requests');
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: 'too-slow', StateValue: 'ALARM', StateReason: 'A test' }),
  );
  const back = await until(({ EndpointStatus }) => EndpointStatus === 'InService');
  assert.equal(back.EndpointConfigName, 'one');
  assert.equal(back.FailureReason, 'The following alarms are in ALARM: [too-slow]');
  assert.deepEqual(back.LastDeploymentConfig, config);
  assert.equal((await ask(server)).version.split(';')[0], 'one');
});
