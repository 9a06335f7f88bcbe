import { DataError, messageOf, Unavailable } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { type Fleet, leftBehind, startFleet } from '../fleet.ts';
import { type Fleets, forgetVariants } from '../fleets.ts';
import { type EndpointEvent, type EndpointState, servedOf, stageReached, stagesLeft } from '../lifecycle.ts';
import type { EndpointBody } from '../record.ts';
import { bake } from './baking.ts';

/** An endpoint in the hands of its driver. */
export interface Driving {
  context: Context;
  fleets: Fleets;
  id: string;
  body: EndpointBody;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
  /** Adds an event to the history and returns the state after it; undefined where the life cycle refused it. */
  write(event: EndpointEvent): Promise<EndpointState | undefined>;
}

/**
 * Takes an update, or its rollback, from the stage that it has reached to its end. Each stage is on disk before a request is sent by
 * it: a server that was killed serves, at its next start, the stage that its clients have seen.
 */
export async function roll(driving: Driving, state: EndpointState): Promise<void> {
  const { context, fleets, id, stopping } = driving;
  let current: EndpointState | undefined = state;
  // The server was started again: what served before comes up first.
  if (fleets.of(id) === undefined) current = await resume(driving, state);
  while (current !== undefined && !stopping.aborted) {
    const { update } = current;
    if (update === undefined) return;
    const isBack = current.status === 'RollingBack';
    const trouble = isBack ? undefined : await troubleNow(context, current, stopping);
    if (stopping.aborted) return;
    const [following] = stagesLeft(current);
    if (trouble !== undefined) current = await turnBack(driving, current, trouble);
    else if (following === undefined) return finish(driving, current);
    else {
      const { index, stage } = following;
      const outcome = await bringUp(driving, stage.serves, () =>
        driving.write({ type: 'stage-reached', atMs: context.nowMs(), stage: index }),
      );
      current = typeof outcome === 'string' ? await turnBack(driving, current, outcome) : outcome;
    }
  }
}

/** Watches the stage that was reached for its time, or looks once before the first. */
const troubleNow = (context: Context, state: EndpointState, stopping: AbortSignal): Promise<string | undefined> =>
  bake(context, state.update!, stageReached(state)?.waitMs ?? 0, stopping);

/** Brings up what an update or a rollback had reached, and returns the state with which it goes on. */
async function resume(driving: Driving, state: EndpointState): Promise<EndpointState | undefined> {
  const reason = await bringUp(driving, servedOf(state), async () => state);
  return typeof reason === 'string' ? turnBack(driving, state, reason) : state;
}

/** What follows when an update cannot go on, or a rollback cannot. */
async function turnBack(driving: Driving, state: EndpointState, why: string): Promise<EndpointState | undefined> {
  const { context, body } = driving;
  const { deployment, update } = state;
  const atMs = context.nowMs();
  const reason = why.slice(0, reasonLengthMax);
  if (state.status === 'RollingBack') {
    await driving.write({ type: 'rollback-failed', atMs, reason });
    return undefined;
  }
  if (update?.stage !== -1) return driving.write({ type: 'rollback-started', atMs, reason });
  await driving.write({ type: 'update-failed', atMs, reason });
  await forgetVariants(context, body, update.to.variants, deployment.variants);
  return undefined;
}

/** A rollback adds to it, and FailureReason holds 1,024 characters. */
const reasonLengthMax = 480;

/** The last stage is reached: the other deployment is given up. */
async function finish(driving: Driving, state: EndpointState): Promise<void> {
  const { context } = driving;
  const isBack = state.status === 'RollingBack';
  const serves = isBack ? state.deployment : (state.update?.to ?? state.deployment);
  const atMs = context.nowMs();
  const outcome = await bringUp(driving, serves, () =>
    driving.write({ type: isBack ? 'rolled-back' : 'updated', atMs }),
  );
  // Its programs run already, so nothing had to start.
  if (typeof outcome === 'string') throw new Unavailable(outcome, { retry: true });
}

/**
 * Starts a deployment beside what runs, has `commit` write what it means, and sends requests to it. Returns the reason when it could not
 * be started, else what `commit` returned: where that is undefined, nothing has changed.
 */
export async function bringUp(
  { context, fleets, id, body, stopping }: Driving,
  deployment: EndpointState['deployment'],
  commit: () => Promise<EndpointState | undefined>,
): Promise<EndpointState | string | undefined> {
  const former = fleets.of(id);
  let fleet: Fleet;
  try {
    fleet = await startFleet(context, body, deployment, former, stopping);
  } catch (thrown) {
    if (stopping.aborted || (thrown instanceof Unavailable && thrown.retry)) throw thrown;
    if (thrown instanceof DataError || thrown instanceof Unavailable) return thrown.message;
    context.warn(`Starting endpoint "${id}" failed: ${messageOf(thrown)}`, { error: thrown });
    return "Linnet met an error of its own while starting the endpoint; the server's log holds the details";
  }
  const state = await commit().catch(async (thrown: unknown) => {
    await stopFresh(fleet, former);
    throw thrown;
  });
  if (state === undefined) await stopFresh(fleet, former);
  else fleets.switchTo(id, body, fleet);
  return state;
}

/** Ends what was started for a fleet that is not to serve. */
async function stopFresh(fleet: Fleet, former: Fleet = { variants: [] }): Promise<void> {
  await Promise.all(leftBehind(fleet, former).map((instance) => instance.stop(0, 1_000)));
}
