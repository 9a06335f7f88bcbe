import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import type { Deployment } from '../deployment.ts';
import { deploymentProblems } from './checks.ts';
import { rollbackStagesOf, type Stage, stagesOf } from './stages.ts';

/** Variants by the numbers of their programs. */
const deployment = (configName: string, ...counts: number[]): Deployment => ({
  configName,
  variants: counts.map((instanceCount, index) => ({
    name: `v${index}`,
    modelName: configName,
    image: 'i',
    environment: {},
    folder: `${configName}${index}`,
    weight: 1,
    instanceCount,
    startupTimeoutMs: 1,
  })),
});

/** Per stage: old programs, new programs, the new ones' part of the traffic in per cent, seconds to wait. */
const shown = (stages: readonly Stage[]): string[] =>
  stages.map(({ serves, waitMs }) => {
    const of = (configName: string) => serves.variants.filter(({ modelName }) => modelName === configName);
    const counts = (configName: string) => of(configName).map(({ instanceCount }) => instanceCount);
    const share = of('new').reduce((sum, { weight }) => sum + weight, 0);
    const old = of('old').reduce((sum, { weight }) => sum + weight, 0);
    assert.ok(Math.abs(share + old - 1) < 1e-9, 'the parts of the traffic make the whole');
    return `${counts('old').join('+')} | ${counts('new').join('+')} | ${Math.round(share * 100)} % | ${waitMs / 1000} s`;
  });

const blueGreen = (routing: object, more: object = {}): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { WaitIntervalInSeconds: 60, ...routing } as never,
    ...more,
  },
});
const size = (Value: number, Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT' = 'CAPACITY_PERCENT') => ({ Type, Value });
const stages = (config: DeploymentConfig | undefined, old: number[], fresh: number[]): string[] =>
  shown(stagesOf({ from: deployment('old', ...old), to: deployment('new', ...fresh), config }));

test('Without a configuration all traffic goes to the new deployment at once, with no wait', () => {
  assert.deepEqual(stages(undefined, [2], [1]), ['2 | 1 | 100 % | 0 s']);
});

test('Blue/green: all at once, a canary and linear steps, with a last wait before the old programs end', () => {
  const last = { TerminationWaitInSeconds: 300 };
  assert.deepEqual(stages(blueGreen({ Type: 'ALL_AT_ONCE' }, last), [2], [2]), ['2 | 2 | 100 % | 300 s']);
  assert.deepEqual(stages(blueGreen({ Type: 'CANARY', CanarySize: size(10) }, last), [2], [2]), [
    '2 | 2 | 10 % | 60 s',
    '2 | 2 | 100 % | 300 s',
  ]);
  assert.deepEqual(stages(blueGreen({ Type: 'CANARY', CanarySize: size(1, 'INSTANCE_COUNT') }), [2], [2, 2]), [
    '2 | 2+2 | 25 % | 60 s',
    '2 | 2+2 | 100 % | 0 s',
  ]);
  assert.deepEqual(stages(blueGreen({ Type: 'LINEAR', LinearStepSize: size(30) }), [1], [1]), [
    '1 | 1 | 30 % | 60 s',
    '1 | 1 | 60 % | 60 s',
    '1 | 1 | 90 % | 60 s',
    '1 | 1 | 100 % | 0 s',
  ]);
  assert.equal(stages(blueGreen({ Type: 'LINEAR', LinearStepSize: size(10) }), [1], [1]).length, 10);
});

const rolling = (batch: object, back?: object): DeploymentConfig => ({
  RollingUpdatePolicy: {
    MaximumBatchSize: batch as never,
    WaitIntervalInSeconds: 60,
    ...(back !== undefined && { RollbackMaximumBatchSize: back as never }),
  },
});

test('Rolling: new programs take the place of old ones a batch at a time, and the traffic follows', () => {
  assert.deepEqual(stages(rolling(size(2, 'INSTANCE_COUNT')), [5], [5]), [
    '3 | 2 | 40 % | 60 s',
    '1 | 4 | 80 % | 60 s',
    '0 | 5 | 100 % | 60 s',
  ]);
  assert.deepEqual(stages(rolling(size(50)), [1], [1]), ['0 | 1 | 100 % | 60 s']);
  assert.deepEqual(stages(rolling(size(50)), [4, 2], [2, 4]), ['2+1 | 1+2 | 50 % | 60 s', '0+0 | 2+4 | 100 % | 60 s']);
});

test('A rollback goes back in one step, or in batches where the programs were replaced in batches', () => {
  const back = (config: DeploymentConfig, old: number[], fresh: number[], reached: number) =>
    shown(rollbackStagesOf({ from: deployment('old', ...old), to: deployment('new', ...fresh), config }, reached));
  assert.deepEqual(back(blueGreen({ Type: 'CANARY', CanarySize: size(10) }), [2], [2], 0), ['2 | 0 | 0 % | 0 s']);
  assert.deepEqual(back(rolling(size(1, 'INSTANCE_COUNT')), [4], [4], 2), ['4 | 0 | 0 % | 0 s']);
  assert.deepEqual(back(rolling(size(1, 'INSTANCE_COUNT'), size(1, 'INSTANCE_COUNT')), [4], [4], 2), [
    '2 | 2 | 50 % | 0 s',
    '3 | 1 | 25 % | 0 s',
    '4 | 0 | 0 % | 0 s',
  ]);
});

test('Weights keep their ratio within a part of the traffic; with none, the first variant takes it', () => {
  const to = deployment('new', 1, 1);
  const weights = (first: number, second: number) => {
    to.variants[0]!.weight = first;
    to.variants[1]!.weight = second;
    const [stage] = stagesOf({
      from: deployment('old', 1),
      to,
      config: blueGreen({ Type: 'CANARY', CanarySize: size(40) }),
    });
    return stage!.serves.variants.map(({ weight }) => Math.round(weight * 100));
  };
  assert.deepEqual(weights(3, 1), [60, 30, 10]);
  assert.deepEqual(weights(0, 0), [60, 40, 0]);
});

test('A way to update that Amazon does not allow is refused with all its problems', () => {
  const problems = (config: DeploymentConfig, count = 4) =>
    [...deploymentProblems(config, deployment('old', count), deployment('new', count))].join('; ');
  assert.equal(
    problems({ ...rolling(size(60)), ...blueGreen({ Type: 'CANARY', LinearStepSize: size(10) }) }),
    'DeploymentConfig has both BlueGreenUpdatePolicy and RollingUpdatePolicy; give one of them; TrafficRoutingConfiguration.CanarySize must be given, as the Type is CANARY; TrafficRoutingConfiguration.LinearStepSize cannot be used, as the Type is CANARY; RollingUpdatePolicy.MaximumBatchSize is 60 per cent; it must be from 5 to 50',
  );
  assert.match(
    problems(blueGreen({ Type: 'CANARY', CanarySize: size(3, 'INSTANCE_COUNT') })),
    /^TrafficRoutingConfiguration.CanarySize is 3 of 4 instances; it must be at most a half of them/,
  );
  assert.match(
    problems(blueGreen({ Type: 'LINEAR', LinearStepSize: size(5) })),
    /is 5 per cent; it must be from 10 to 50/,
  );
  const slow = blueGreen({ Type: 'LINEAR', LinearStepSize: size(10), WaitIntervalInSeconds: 100 });
  slow.BlueGreenUpdatePolicy!.MaximumExecutionTimeoutInSeconds = 900;
  assert.match(problems(slow), /is 900; it must be greater than all waits of the update, which are 900 seconds/);
});
