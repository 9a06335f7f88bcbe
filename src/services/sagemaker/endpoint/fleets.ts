import { join } from 'node:path';
import type { AsyncInferenceConfig, DataCaptureConfig, ExplainerConfig } from '@aws-sdk/client-sagemaker';
import { messageOf } from '../../../base/index.ts';
import { asyncRuleOf } from '../../sagemaker-runtime/asynchronous/rule.ts';
import { captureRuleOf } from '../../sagemaker-runtime/capture/rule.ts';
import { explainerRuleOf } from '../../sagemaker-runtime/explanations.ts';
import { componentKey, type LiveEndpoint, type Route } from '../../sagemaker-runtime/live-table.ts';
import type { Context } from '../context.ts';
import { removeTree } from '../files/remove-tree.ts';
import type { Instance } from '../serving/instance.ts';
import { containersOf, type VariantPlan } from './deployment.ts';
import { endpointFolder, type Fleet, leftBehind } from './fleet.ts';
import type { EndpointState } from './lifecycle.ts';
import { type EndpointBody, servedNameOf } from './record.ts';
import { startSettling } from './scaling/settle.ts';

/** The fleets of a region's endpoints, and their entries in the table that InvokeEndpoint reads. */
export interface Fleets {
  of(id: string): Fleet | undefined;
  /** Shows an endpoint as its record says, with the programs that it has. */
  show(id: string, body: EndpointBody, state: EndpointState): void;
  /** New requests go to this fleet from now on; instances that it did not take over end after their requests. */
  switchTo(id: string, body: EndpointBody, fleet: Fleet): void;
  /** The endpoint takes no requests any more. */
  hide(id: string): void;
  /** Ends an endpoint's programs, which may end their requests first. */
  end(id: string, drainMs: number): Promise<void>;
  /** Ends all programs, quickly. */
  stop(): Promise<void>;
}

/** A stopping server waits no longer than this for its serving programs. */
const stopGraceMs = 1_000;

/** Amazon's longest answer in parts. Any other answer at once takes less. */
const streamMaxMs = 480_000;
/** The most that InvocationTimeoutSeconds can be. */
const asyncMaxMs = 3_600_000;

export function createFleets(context: Context, kind: 'endpoint' | 'inference-component'): Fleets {
  const keyOf = (id: string): string => (kind === 'endpoint' ? id : componentKey(id));
  const { live: table, region } = context;
  const fleets = new Map<string, Fleet>();
  const draining = new Map<Promise<void>, readonly Instance[]>();
  const settle = startSettling(context, () => [...fleets.values()]);
  const end = async (id: string, drainMs: number): Promise<void> => {
    const fleet = fleets.get(id);
    fleets.delete(id);
    const instances = (fleet?.variants ?? []).flatMap((variant) => variant.instances);
    await Promise.all(instances.map((instance) => instance.stop(drainMs, stopGraceMs)));
  };
  return {
    of: (id) => fleets.get(id),
    show(id, body, { status }) {
      const { routes = [], shadows = [], bare = false } = table.get(region, keyOf(id)) ?? {};
      table.set(region, keyOf(id), { ...servedNameOf(body), status, routes, shadows, bare });
    },
    switchTo(id, body, fleet) {
      const former = fleets.get(id);
      fleets.set(id, fleet);
      settle.begin();
      const status = table.get(region, keyOf(id))?.status ?? 'InService';
      table.set(region, keyOf(id), { ...servedNameOf(body), status, ...routesOf(fleet) });
      if (former === undefined) return;
      const left = leftBehind(former, fleet);
      const drained = Promise.all(left.map((instance) => instance.stop(drainMsOf(former, instance))));
      const done: Promise<void> = drained
        .then(() => forgetVariants(context, body, plansOf(former), plansOf(fleet)))
        .finally(() => draining.delete(done));
      draining.set(done, left);
    },
    hide: (id) => table.delete(region, keyOf(id)),
    end,
    async stop() {
      settle.end();
      await Promise.all([...fleets.keys()].map((id) => end(id, 0)));
      for (const instances of draining.values()) for (const instance of instances) void instance.stop(0, stopGraceMs);
      await Promise.all(draining.keys());
    },
  };
}

/** The longest that a request in flight may take: it ends the wait for it, and no wait begins where there is none. */
const drainMsOf = ({ variants }: Fleet, instance: Instance): number =>
  variants.find(({ instances }) => instances.includes(instance))?.plan.async === undefined ? streamMaxMs : asyncMaxMs;

const plansOf = ({ variants }: Fleet): VariantPlan[] => variants.map(({ plan }) => plan);

/** A variant without programs, in a stage of an update, takes no requests. */
function routesOf({ variants }: Fleet): Pick<LiveEndpoint, 'routes' | 'shadows' | 'bare'> {
  const served = variants.filter(({ plan }) => plan.instanceCount > 0 && plan.hosts !== true);
  return {
    bare: served.length === 0,
    routes: served.filter(({ plan }) => plan.shadow !== true).map(routeOf),
    shadows: served.filter(({ plan }) => plan.shadow === true).map(routeOf),
  };
}

const routeOf = ({ plan, instances, model, pool }: Fleet['variants'][number]): Route => ({
  variant: plan.name,
  model,
  weight: plan.weight,
  direct: plan.direct === true,
  instances,
  pool,
  capture: captureRuleOf(plan.capture as DataCaptureConfig | undefined, plan.role),
  async: asyncRuleOf(plan.async as AsyncInferenceConfig | undefined, plan.role),
  explainer: explainerRuleOf((plan.explainer as ExplainerConfig | undefined)?.ClarifyExplainerConfig),
  credit: 0,
});

/** Removes the files of variants, except those that others still use. */
export async function forgetVariants(
  context: Context,
  body: EndpointBody,
  plans: readonly VariantPlan[],
  kept: readonly VariantPlan[],
): Promise<void> {
  const keptFolders = new Set(kept.flatMap(containersOf).map(({ folder }) => folder));
  for (const { folder } of plans.flatMap(containersOf)) {
    if (keptFolders.has(folder)) continue;
    await removeTree(join(endpointFolder(context, body), folder)).catch((cause: unknown) =>
      context.log(`The folder of a former variant could not be removed: ${messageOf(cause)}`),
    );
  }
}
