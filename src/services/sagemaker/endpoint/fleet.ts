import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DataError, ServiceError } from '../../../base/index.ts';
import { explainerVariable, failureReasonLengthMax } from '../../../contract/index.ts';
import type { Context } from '../context.ts';
import { inRole } from '../in-role.ts';
import { componentLimits } from '../inference-component/plan.ts';
import type { Instance } from '../serving/instance.ts';
import { keepModel, servedContainers } from '../serving/keep-model.ts';
import { settled } from '../serving/settled.ts';
import { startServing } from '../serving/start.ts';
import { containersOf, type Deployment, type VariantPlan } from './deployment.ts';
import { modelMeters } from './model-meters.ts';
import { type EndpointBody, logGroupOf, servedNameOf } from './record.ts';
import { type Pool, poolOf } from './scaling/pool.ts';
import { scalingOf, serverlessLimits } from './scaling/rule.ts';

/** The running programs of a deployment. */
export interface Fleet {
  variants: readonly RunningVariant[];
}

export interface RunningVariant {
  plan: VariantPlan;
  instances: readonly Instance[];
  /** Set where their number follows the requests. */
  pool: Pool | undefined;
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
    if (plan.hosts === true) return { plan, instances: [], model: '', pool: undefined };
    const rule = plan.instanceCount === 0 ? undefined : scalingOf(plan);
    const count = rule?.max ?? plan.instanceCount;
    const taken = running?.instances.slice(0, count) ?? [];
    const missing = count - taken.length;
    const withPool = (instances: readonly Instance[], model: string): RunningVariant => {
      if (rule === undefined) return { plan, instances, model, pool: undefined };
      // A number that was asked for is where it begins from.
      if (running?.plan.instanceCount !== plan.instanceCount)
        for (const instance of instances.slice(0, plan.instanceCount)) instance.rouse();
      const isSame = running !== undefined && isDeepStrictEqual(scalingOf(running.plan), rule);
      if (isSame && missing === 0) return { plan, instances, model, pool: running.pool };
      const pool = poolOf({ variant: plan.name, instances, rule, nowMs: context.nowMs, log: context.log });
      return { plan, instances, model, pool };
    };
    if (missing === 0) return withPool(taken, running?.model ?? plan.modelName);
    const digest = await keepModel(
      inRole(context, plan.role),
      containersOf(plan),
      endpointFolder(context, endpoint),
      `production variant ${plan.name}`,
      signal,
    );
    const model = digest === undefined ? plan.modelName : `${plan.modelName};${digest}`;
    const started = await settled(
      Array.from({ length: missing }, async (_, index) => {
        // At least one is started: it shows that the model can be served.
        const rests = rule !== undefined && taken.length + index >= Math.max(plan.instanceCount, rule.min, 1);
        const instance = await startOne(context, endpoint, { plan, rests }, signal);
        fresh.push(instance);
        return instance;
      }),
    );
    return withPool([...taken, ...started], model);
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

function startOne(
  context: Context,
  endpoint: EndpointBody,
  { plan, rests }: { plan: VariantPlan; rests: boolean },
  signal: AbortSignal,
): Promise<Instance> {
  const serving = {
    containers: servedContainers(containersOf(plan), endpointFolder(context, endpoint)),
    serves: `production variant ${plan.name}`,
    logsOf: 'endpoint' as const,
    region: endpoint.region,
    isolated: plan.isolated === true,
    instanceType: plan.instanceType,
    limits: serverlessLimits(plan) ?? componentLimits(plan),
    rests,
    measure: modelMeters(context, endpoint, plan.name),
    startupTimeoutMs: plan.startupTimeoutMs,
    ...(plan.explainerSettings !== undefined && { settings: { [explainerVariable]: plan.explainerSettings } }),
    logGroup: logGroupOf(servedNameOf(endpoint)),
    logStream: (instance: string) => `${plan.name}/${instance}`,
  };
  return startServing(inRole(context, plan.role), serving, signal);
}

/** Instances of a fleet that another one did not take over. */
export function leftBehind(former: Fleet | undefined, current: Fleet): Instance[] {
  const kept = new Set(current.variants.flatMap(({ instances }) => instances));
  return (former?.variants ?? []).flatMap(({ instances }) => instances).filter((instance) => !kept.has(instance));
}
