import { join } from 'node:path';
import { DataError, ServiceError } from '../../../base/index.ts';
import { failureReasonLengthMax } from '../../../contract/index.ts';
import type { Context } from '../context.ts';
import { servingSourceOf } from '../script-mode.ts';
import type { Instance } from '../serving/instance.ts';
import { keepModelFiles } from '../serving/model-files.ts';
import { startServing } from '../serving/start.ts';
import type { Deployment, VariantPlan } from './lifecycle.ts';
import { type EndpointBody, endpointLogGroup } from './record.ts';

/** The running programs of a deployment. */
export interface Fleet {
  variants: readonly RunningVariant[];
}

export interface RunningVariant {
  plan: VariantPlan;
  instances: readonly Instance[];
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
    const taken =
      former?.variants.find((variant) => variant.plan.folder === plan.folder)?.instances.slice(0, plan.instanceCount) ??
      [];
    const missing = plan.instanceCount - taken.length;
    if (missing === 0) return { plan, instances: taken };
    const folder = join(endpointFolder(context, endpoint), plan.folder);
    await keepModelFiles(
      context.objects,
      { files: plan.files, source: servingSourceOf(plan.environment) },
      folder,
      signal,
    ).catch((cause: unknown) => {
      if (!(cause instanceof DataError)) throw cause;
      throw new DataError(`The model of production variant ${plan.name} could not be loaded: ${cause.message}`);
    });
    const started = await settled(
      Array.from({ length: missing }, async () => {
        const instance = await startOne(context, endpoint, plan, folder, signal);
        fresh.push(instance);
        return instance;
      }),
    );
    return { plan, instances: [...taken, ...started] };
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

/** All values, or the first failure once all have settled. */
async function settled<Value>(work: readonly Promise<Value>[]): Promise<Value[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function startOne(
  context: Context,
  endpoint: EndpointBody,
  plan: VariantPlan,
  folder: string,
  signal: AbortSignal,
): Promise<Instance> {
  const serving = {
    image: plan.image,
    region: endpoint.region,
    environment: plan.environment,
    isolated: plan.isolated === true,
    folder,
    startupTimeoutMs: plan.startupTimeoutMs,
    logGroup: endpointLogGroup(endpoint.name),
    logPrefix: plan.name,
  };
  return startServing(context, serving, signal).catch((cause: unknown) => {
    if (!(cause instanceof DataError)) throw cause;
    // AWS's own text, then what happened.
    throw new DataError(
      `The primary container for production variant ${plan.name} did not pass the ping health check. Please check CloudWatch logs for this endpoint. Reason: ${cause.message}`,
    );
  });
}

/** Instances of a fleet that another one did not take over. */
export function leftBehind(former: Fleet | undefined, current: Fleet): Instance[] {
  const kept = new Set(current.variants.flatMap(({ instances }) => instances));
  return (former?.variants ?? []).flatMap(({ instances }) => instances).filter((instance) => !kept.has(instance));
}
