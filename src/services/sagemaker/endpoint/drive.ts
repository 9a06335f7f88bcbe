import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import { everyRecord } from '../../every-record.ts';
import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import type { Driver } from '../driver.ts';
import { removeTree } from '../files/remove-tree.ts';
import { appendEvent, fold } from '../history.ts';
import { tagsRemove } from '../tags/tags.ts';
import { endpointFolder, startFleet } from './fleet.ts';
import { createFleets, type Fleets, forgetVariants } from './fleets.ts';
import { type Deployment, type EndpointEvent, type EndpointState, endpointLifecycle } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';

/** Deleting waits this long for requests in flight. */
const deleteDrainMs = 5_000;

/** Starts and ends the programs of endpoints as their records say, and keeps the table that InvokeEndpoint reads. */
export function endpointDriver(context: Context): Driver {
  const fleets = createFleets(context);
  return {
    // An invocation then waits for an endpoint's programs.
    async recall() {
      for await (const { id, body } of everyRecord<EndpointBody>(context.records, 'endpoint'))
        fleets.show(id, body, fold(endpointLifecycle, body.events));
    },
    async drive(task) {
      try {
        await driveEndpoint(context, fleets, task);
      } catch (thrown) {
        // The next start continues the work that a stopping server cuts off.
        if (!task.stopping.aborted) throw thrown;
      }
    },
    // Endpoints stay in service for the next start.
    stop: () => fleets.stop(),
  };
}

async function driveEndpoint(context: Context, fleets: Fleets, { id, stopping }: Task): Promise<void> {
  const { records, timers, nowMs, warn, report } = context;
  const record = await records.get<EndpointBody>('endpoint', id);
  if (record === undefined) {
    fleets.hide(id);
    return fleets.end(id, deleteDrainMs);
  }
  const { body } = record;
  const state = fold(endpointLifecycle, body.events);
  const write = async (event: EndpointEvent): Promise<void> => {
    const outcome = await appendEvent<EndpointState, EndpointEvent, EndpointBody>(
      records,
      endpointLifecycle,
      id,
      () => event,
      { patience: { timers, signal: stopping } },
    );
    if (!outcome?.applied) return;
    if ('reason' in event) warn(`Endpoint "${body.name}": ${event.type}: ${event.reason}`);
    else report(`Endpoint "${body.name}" is in service`);
  };
  const start = (deployment: Deployment) => bringUp(context, fleets, { id, stopping }, body, deployment);
  fleets.show(id, body, state);
  switch (state.status) {
    case 'Creating': {
      const reason = await start(state.deployment);
      const atMs = nowMs();
      await write(reason === undefined ? { type: 'started', atMs } : { type: 'failed', atMs, reason });
      return;
    }
    case 'InService': {
      // Running already, unless the server was started again.
      const reason = fleets.of(id) === undefined ? await start(state.deployment) : undefined;
      if (reason !== undefined) await write({ type: 'failed', atMs: nowMs(), reason });
      return;
    }
    case 'Updating': {
      const reason = await start(state.pending ?? state.deployment);
      const atMs = nowMs();
      await write(reason === undefined ? { type: 'updated', atMs } : { type: 'update-failed', atMs, reason });
      if (reason !== undefined)
        await forgetVariants(context, body, state.pending?.variants ?? [], state.deployment.variants);
      return;
    }
    case 'Deleting': {
      fleets.hide(id);
      await fleets.end(id, deleteDrainMs);
      await removeTree(endpointFolder(context, body));
      await records.write([{ remove: { kind: 'endpoint', id } }, tagsRemove('endpoint', id)]);
      report(`Endpoint "${body.name}" was deleted`);
      return;
    }
    case 'Failed':
      return fleets.end(id, 0);
  }
}

/** Starts a deployment and sends requests to it; returns the reason when it could not be started. */
async function bringUp(
  context: Context,
  fleets: Fleets,
  { id, stopping }: Pick<Task, 'id' | 'stopping'>,
  body: EndpointBody,
  deployment: Deployment,
): Promise<string | undefined> {
  try {
    fleets.switchTo(id, body, await startFleet(context, body, deployment, fleets.of(id), stopping));
    return undefined;
  } catch (thrown) {
    if (stopping.aborted || (thrown instanceof Unavailable && thrown.retry)) throw thrown;
    if (thrown instanceof DataError || thrown instanceof Unavailable) return thrown.message;
    context.warn(`Starting endpoint "${id}" failed: ${messageOf(thrown)}`, { error: thrown });
    return "Linnet met an error of its own while starting the endpoint; the server's log holds the details";
  }
}
