import { everyRecord } from '../../every-record.ts';
import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import type { Driver } from '../driver.ts';
import { removeTree } from '../files/remove-tree.ts';
import { appendEvent, fold } from '../history.ts';
import { tagsRemove } from '../tags/tags.ts';
import { endpointFolder } from './fleet.ts';
import { createFleets, type Fleets } from './fleets.ts';
import { componentLifecycle, type EndpointEvent, type EndpointState, endpointLifecycle } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';
import { bringUp, type Driving, roll } from './rollout/roll.ts';

/** Deleting waits this long for requests in flight. */
const deleteDrainMs = 5_000;

/** Starts and ends the programs of endpoints as their records say, and keeps the table that InvokeEndpoint reads. */
export const endpointDriver = (context: Context): Driver => driverOf(context, endpointLifecycle);

/** Inference components live as endpoints do. */
export const componentDriver = (context: Context): Driver => driverOf(context, componentLifecycle);

function driverOf(context: Context, lifecycle: typeof endpointLifecycle | typeof componentLifecycle): Driver {
  const { kind } = lifecycle;
  const fleets = createFleets(context, kind);
  return {
    // An invocation then waits for an endpoint's programs.
    async recall() {
      for await (const { id, body } of everyRecord<EndpointBody>(context.records, kind))
        fleets.show(id, body, fold(endpointLifecycle, body.events));
    },
    async drive(task) {
      try {
        await driveEndpoint(context, fleets, lifecycle, task);
      } catch (thrown) {
        // The next start continues the work that a stopping server cuts off.
        if (!task.stopping.aborted) throw thrown;
      }
    },
    // Endpoints stay in service for the next start.
    stop: () => fleets.stop(),
  };
}

async function driveEndpoint(
  context: Context,
  fleets: Fleets,
  lifecycle: typeof endpointLifecycle | typeof componentLifecycle,
  { id, stopping }: Task,
): Promise<void> {
  const { kind } = lifecycle;
  const what = kind === 'endpoint' ? 'Endpoint' : 'Inference component';
  const { records, timers, nowMs, warn, report } = context;
  const record = await records.get<EndpointBody>(kind, id);
  if (record === undefined) {
    fleets.hide(id);
    return fleets.end(id, deleteDrainMs);
  }
  const { body } = record;
  const state = fold(endpointLifecycle, body.events);
  const write = async (event: EndpointEvent): Promise<EndpointState | undefined> => {
    const outcome = await appendEvent<EndpointState, EndpointEvent, EndpointBody>(records, lifecycle, id, () => event, {
      patience: { timers, signal: stopping },
    });
    if (!outcome?.applied) return undefined;
    fleets.show(id, body, outcome.state);
    if ('reason' in event) warn(`${what} "${body.name}": ${event.type}: ${event.reason}`);
    else if (outcome.state.status === 'InService') report(`${what} "${body.name}" is in service`);
    return outcome.state;
  };
  const driving: Driving = { context, fleets, id, body, stopping, write };
  fleets.show(id, body, state);
  switch (state.status) {
    case 'Creating': {
      const outcome = await bringUp(driving, state.deployment, () => write({ type: 'started', atMs: nowMs() }));
      if (typeof outcome === 'string') await write({ type: 'failed', atMs: nowMs(), reason: outcome });
      return;
    }
    case 'InService':
    case 'UpdateRollbackFailed': {
      // Running already, unless the server was started again.
      if (fleets.of(id) !== undefined) return;
      const outcome = await bringUp(driving, state.deployment, async () => state);
      if (typeof outcome === 'string') await write({ type: 'failed', atMs: nowMs(), reason: outcome });
      return;
    }
    case 'Updating':
    case 'RollingBack':
      return roll(driving, state);
    case 'Deleting': {
      fleets.hide(id);
      await fleets.end(id, deleteDrainMs);
      await removeTree(endpointFolder(context, body));
      await records.write([{ remove: { kind, id } }, tagsRemove(kind, id)]);
      report(`${what} "${body.name}" was deleted`);
      return;
    }
    case 'Failed':
      return fleets.end(id, 0);
  }
}
