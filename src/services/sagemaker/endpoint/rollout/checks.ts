import type { CapacitySize, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import type { Records } from '../../../../store/index.ts';
import { findAlarm } from '../../../cloudwatch/alarms/alarm.ts';
import { invalid } from '../../resource.ts';
import type { Deployment } from '../deployment.ts';
import { stagesOf } from './stages.ts';

/** Throws for a way to update that Amazon does not allow either, and for alarms that are not there. */
export async function checkDeploymentConfig(
  records: Records,
  config: DeploymentConfig,
  from: Deployment,
  to: Deployment,
): Promise<void> {
  const problems = [...deploymentProblems(config, from, to)];
  for (const name of alarmsOf(config)) {
    if ((await findAlarm(records, name)) === undefined)
      problems.push(
        `AutoRollbackConfiguration names the alarm "${name}", which does not exist; make it by PutMetricAlarm`,
      );
  }
  if (problems.length > 0) throw invalid(problems.join('; '));
}

/** Why an endpoint cannot be updated in this way. */
export function* deploymentProblems(config: DeploymentConfig, from: Deployment, to: Deployment): Generator<string> {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config;
  if (blueGreen !== undefined && rolling !== undefined)
    yield 'DeploymentConfig has both BlueGreenUpdatePolicy and RollingUpdatePolicy; give one of them';
  const routing = blueGreen?.TrafficRoutingConfiguration;
  if (routing !== undefined) {
    for (const [member, type, percentMin] of [
      ['CanarySize', 'CANARY', 1],
      ['LinearStepSize', 'LINEAR', 10],
    ] as const) {
      const size = routing[member];
      const at = `TrafficRoutingConfiguration.${member}`;
      if (routing.Type === type && size === undefined) yield `${at} must be given, as the Type is ${type}`;
      if (routing.Type !== type && size !== undefined) yield `${at} cannot be used, as the Type is ${routing.Type}`;
      if (routing.Type === type) yield* sizeProblems(at, size, { percentMin, capacities: [countOf(to)] });
    }
  }
  if (rolling !== undefined) {
    const at = 'RollingUpdatePolicy';
    const serverless = [...from.variants, ...to.variants].find((variant) => variant.serverless !== undefined);
    if (serverless !== undefined)
      yield `${at} cannot be used with the serverless variant "${serverless.name}"; use BlueGreenUpdatePolicy`;
    const capacities = to.variants.map(({ instanceCount }) => instanceCount);
    yield* sizeProblems(`${at}.MaximumBatchSize`, rolling.MaximumBatchSize, { percentMin: 5, capacities });
    const back = rolling.RollbackMaximumBatchSize;
    if (back?.Type === 'CAPACITY_PERCENT') yield* percentProblems(`${at}.RollbackMaximumBatchSize`, back, 5, 100);
  }
  yield* timeProblems(config, from, to);
}

const countOf = ({ variants }: Deployment): number =>
  variants.reduce((sum, { instanceCount }) => sum + instanceCount, 0);

/** A part of the capacity of at most a half, so that something is left to go back to. */
function* sizeProblems(
  at: string,
  size: CapacitySize | undefined,
  { percentMin, capacities }: { percentMin: number; capacities: readonly number[] },
): Generator<string> {
  if (size === undefined) return;
  if (size.Type === 'CAPACITY_PERCENT') return yield* percentProblems(at, size, percentMin, 50);
  const least = Math.min(...capacities);
  if ((size.Value ?? 0) * 2 > least)
    yield `${at} is ${size.Value} of ${least} instances; it must be at most a half of them (or give a CAPACITY_PERCENT)`;
}

function* percentProblems(at: string, { Value = 0 }: CapacitySize, min: number, max: number): Generator<string> {
  if (Value < min || Value > max) yield `${at} is ${Value} per cent; it must be from ${min} to ${max}`;
}

function* timeProblems(config: DeploymentConfig, from: Deployment, to: Deployment): Generator<string> {
  const limit = executionTimeoutSeconds(config);
  if (limit === undefined) return;
  const waitsMs = stagesOf({ from, to, config }).reduce((sum, { waitMs }) => sum + waitMs, 0);
  if (waitsMs / 1000 >= limit)
    yield `MaximumExecutionTimeoutInSeconds is ${limit}; it must be greater than all waits of the update, which are ${waitsMs / 1000} seconds`;
}

export const executionTimeoutSeconds = (config: DeploymentConfig | undefined): number | undefined =>
  config?.BlueGreenUpdatePolicy?.MaximumExecutionTimeoutInSeconds ??
  config?.RollingUpdatePolicy?.MaximumExecutionTimeoutInSeconds;

/** The alarms that roll an update back. */
export const alarmsOf = (config: DeploymentConfig | undefined): string[] =>
  (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
