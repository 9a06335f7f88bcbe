import { join } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import { invocationTimeoutMs } from '../../../contract/index.ts';
import { everyRecord } from '../../every-record.ts';
import type { Task } from '../../reconcile.ts';
import type { Route } from '../../sagemaker-runtime/live-table.ts';
import type { Context } from '../context.ts';
import type { Driver } from '../driver.ts';
import { removeTree } from '../files/remove-tree.ts';
import { appendEvent, fold } from '../history.ts';
import type { Instance } from '../serving/instance.ts';
import { tagsRemove } from '../tags/tags.ts';
import { endpointFolder, type Fleet, leftBehind, startFleet } from './fleet.ts';
import {
  type Deployment,
  type EndpointEvent,
  type EndpointState,
  endpointLifecycle,
  type VariantPlan,
} from './lifecycle.ts';
import type { EndpointBody } from './record.ts';

/** A stopping server waits no longer than this for its serving programs. */
const stopGraceMs = 1_000;
/** Deleting waits this long for requests in flight. */
const deleteDrainMs = 5_000;

/** Makes the running programs of endpoints what their records say, and keeps the table that InvokeEndpoint reads. */
export function endpointDriver(context: Context): Driver {
  const { live: table, region } = context;
  const fleets = new Map<string, Fleet>();
  const draining = new Map<Promise<void>, readonly Instance[]>();

  const show = (id: string, { name }: EndpointBody, state: EndpointState): void => {
    table.set(region, id, { name, status: state.status, routes: table.get(region, id)?.routes ?? [] });
  };
  /** New requests go to this fleet from here on; what it did not take over ends when its requests have. */
  const switchTo = (id: string, body: EndpointBody, fleet: Fleet): void => {
    const former = fleets.get(id);
    fleets.set(id, fleet);
    table.set(region, id, { name: body.name, status: 'InService', routes: fleet.variants.map(routeOf) });
    if (former === undefined) return;
    const left = leftBehind(former, fleet);
    const drained = Promise.all(left.map((instance) => instance.stop(invocationTimeoutMs)));
    const done: Promise<void> = drained
      .then(() =>
        forget(
          context,
          body,
          former.variants.map(({ plan }) => plan),
          fleet.variants.map(({ plan }) => plan),
        ),
      )
      .finally(() => draining.delete(done));
    draining.set(done, left);
  };
  const endFleet = async (id: string, drainMs: number): Promise<void> => {
    const fleet = fleets.get(id);
    fleets.delete(id);
    await Promise.all(
      (fleet?.variants ?? []).flatMap(({ instances }) =>
        instances.map((instance) => instance.stop(drainMs, stopGraceMs)),
      ),
    );
  };

  const drive = async ({ id, stopping }: Task): Promise<void> => {
    const record = await context.records.get<EndpointBody>('endpoint', id);
    if (record === undefined) {
      table.delete(region, id);
      return endFleet(id, deleteDrainMs);
    }
    const { body } = record;
    const state = fold(endpointLifecycle, body.events);
    const write = async (event: EndpointEvent): Promise<void> => {
      const outcome = await appendEvent<EndpointState, EndpointEvent, EndpointBody>(
        context.records,
        endpointLifecycle,
        id,
        () => event,
        { patience: { timers: context.timers, signal: stopping } },
      );
      if (outcome?.applied && 'reason' in event)
        context.warn(`Endpoint "${body.name}": ${event.type}: ${event.reason}`);
    };
    const bringUp = async (deployment: Deployment): Promise<string | undefined> => {
      try {
        switchTo(id, body, await startFleet(context, body, deployment, fleets.get(id), stopping));
        return undefined;
      } catch (thrown) {
        if (stopping.aborted || (thrown instanceof Unavailable && thrown.retry)) throw thrown;
        if (thrown instanceof DataError || thrown instanceof Unavailable) return thrown.message;
        context.warn(`Starting endpoint "${id}" failed: ${messageOf(thrown)}`, { error: thrown });
        return "Linnet met an error of its own while starting the endpoint; the server's log holds the details";
      }
    };
    show(id, body, state);
    switch (state.status) {
      case 'Creating': {
        const reason = await bringUp(state.deployment);
        const atMs = context.nowMs();
        await write(reason === undefined ? { type: 'started', atMs } : { type: 'failed', atMs, reason });
        return;
      }
      case 'InService': {
        // Running already, unless the server was started again.
        const reason = fleets.has(id) ? undefined : await bringUp(state.deployment);
        if (reason !== undefined) await write({ type: 'failed', atMs: context.nowMs(), reason });
        return;
      }
      case 'Updating': {
        const reason = await bringUp(state.pending ?? state.deployment);
        const atMs = context.nowMs();
        await write(reason === undefined ? { type: 'updated', atMs } : { type: 'update-failed', atMs, reason });
        if (reason !== undefined) await forget(context, body, state.pending?.variants ?? [], state.deployment.variants);
        return;
      }
      case 'Deleting': {
        table.delete(region, id);
        await endFleet(id, deleteDrainMs);
        await removeTree(endpointFolder(context, body));
        await context.records.write([{ remove: { kind: 'endpoint', id } }, tagsRemove('endpoint', id)]);
        return;
      }
      case 'Failed':
        return endFleet(id, 0);
    }
  };

  return {
    // An invocation then waits for an endpoint's programs.
    async recall() {
      for await (const { id, body } of everyRecord<EndpointBody>(context.records, 'endpoint'))
        show(id, body, fold(endpointLifecycle, body.events));
    },
    async drive(task) {
      try {
        await drive(task);
      } catch (thrown) {
        // What a stopping server cuts off is taken up at the next start.
        if (!task.stopping.aborted) throw thrown;
      }
    },
    // Endpoints stay in service for the next start.
    async stop() {
      await Promise.all([...fleets.keys()].map((id) => endFleet(id, 0)));
      for (const instances of draining.values()) for (const instance of instances) void instance.stop(0, stopGraceMs);
      await Promise.all(draining.keys());
    },
  };
}

const routeOf = ({ plan, instances }: Fleet['variants'][number]): Route => ({
  variant: plan.name,
  weight: plan.weight,
  instances,
  credit: 0,
});

/** Removes the files of variants, but for those that others still use. */
async function forget(
  context: Context,
  body: EndpointBody,
  plans: readonly VariantPlan[],
  kept: readonly VariantPlan[],
): Promise<void> {
  for (const { folder } of plans) {
    if (kept.some((plan) => plan.folder === folder)) continue;
    await removeTree(join(endpointFolder(context, body), folder)).catch((cause: unknown) =>
      context.log(`The folder of a former variant could not be removed: ${messageOf(cause)}`),
    );
  }
}
