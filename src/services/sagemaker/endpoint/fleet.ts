import { join } from 'node:path';
import { DataError, ServiceError } from '../../../base/index.ts';
import { explainerVariable, failureReasonLengthMax } from '../../../contract/index.ts';
import type { Context } from '../context.ts';
import { inRole } from '../in-role.ts';
import type { Instance } from '../serving/instance.ts';
import { keepModel, servedContainers } from '../serving/keep-model.ts';
import { settled } from '../serving/settled.ts';
import { startServing } from '../serving/start.ts';
import { containersOf, type Deployment, type VariantPlan } from './deployment.ts';
import { type EndpointBody, endpointLogGroup } from './record.ts';

/** The running programs of a deployment. */
export interface Fleet {
  variants: readonly RunningVariant[];
}

export interface RunningVariant {
  plan: VariantPlan;
  instances: readonly Instance[];
  /** The version of the model, as answers name it: its name and the digest of its files. */
  model: string;
}

export const endpointFolder = ({ dataFolder }: Context, { folder }: EndpointBody): string =>
  join(dataFolder, 'endpoints', folder);

/**
 * Brings a deployment up beside what already runs: instances of a variant that stays are taken over, missing ones are
 * started, all at once. Throws DataError with the FailureReason, after ending the instances that it started.
 */
export async function startFleet(
  context: Context,
  endpoint: EndpointBody,
  deployment: Deployment,
  former: Fleet | undefined,
  signal: AbortSignal,
): Promise<Fleet> {
  const fresh: Instance[] = [];
  const startVariant = async (plan: VariantPlan): Promise<RunningVariant> => {
    const running = former?.variants.find((variant) => variant.plan.folder === plan.folder);
    const taken = running?.instances.slice(0, plan.instanceCount) ?? [];
    const missing = plan.instanceCount - taken.length;
    if (missing === 0) return { plan, instances: taken, model: running?.model ?? plan.modelName };
    const digest = await keepModel(
      inRole(context, plan.role),
      containersOf(plan),
      endpointFolder(context, endpoint),
      `production variant ${plan.name}`,
      signal,
    );
    const model = digest === undefined ? plan.modelName : `${plan.modelName};${digest}`;
    const started = await settled(
      Array.from({ length: missing }, async () => {
        const instance = await startOne(context, endpoint, plan, signal);
        fresh.push(instance);
        return instance;
      }),
    );
    return { plan, instances: [...taken, ...started], model };
  };
  try {
    return { variants: await settled(deployment.variants.map(startVariant)) };
  } catch (thrown) {
    await Promise.all(fresh.map((instance) => instance.stop(0, 1_000)));
    if (thrown instanceof DataError || thrown instanceof ServiceError)
      throw new DataError(thrown.message.slice(0, failureReasonLengthMax));
    throw thrown;
  }
}

function startOne(context: Context, endpoint: EndpointBody, plan: VariantPlan, signal: AbortSignal): Promise<Instance> {
  const serving = {
    containers: servedContainers(containersOf(plan), endpointFolder(context, endpoint)),
    serves: `production variant ${plan.name}`,
    logsOf: 'endpoint' as const,
    region: endpoint.region,
    isolated: plan.isolated === true,
    instanceType: plan.instanceType,
    startupTimeoutMs: plan.startupTimeoutMs,
    ...(plan.explainerSettings !== undefined && { settings: { [explainerVariable]: plan.explainerSettings } }),
    logGroup: endpointLogGroup(endpoint.name),
    logStream: (instance: string) => `${plan.name}/${instance}`,
  };
  return startServing(inRole(context, plan.role), serving, signal);
}

/** Instances of a fleet that another one did not take over. */
export function leftBehind(former: Fleet | undefined, current: Fleet): Instance[] {
  const kept = new Set(current.variants.flatMap(({ instances }) => instances));
  return (former?.variants ?? []).flatMap(({ instances }) => instances).filter((instance) => !kept.has(instance));
}
