import { DataError } from '../../../base/index.ts';
import { servingStopGraceMs } from '../../../contract/index.ts';
import { pause } from '../../timers.ts';
import { type Container, type ContainerPlan, containerOf, type KeptContainer } from './container.ts';
import type { ServingContext } from './kept-program.ts';

/** The containers that serve a model together: one, or those of a pipeline in its order. */
export interface Instance {
  readonly id: string;
  readonly containers: readonly Container[];
  /** The number of requests that it is answering; their senders count them. */
  inFlight: number;
  /** Whether its programs are not to run now. */
  readonly resting: boolean;
  /** Takes no new requests, and ends its programs behind those in flight, until it is roused. */
  rest(): Promise<void>;
  rouse(): void;
  /** Ends its programs for a reason; they are started again. */
  renew(why: string): Promise<void>;
  /** Lets requests in flight end (at most `drainMs`), then ends the programs. If it is called again, the shorter times count. */
  stop(drainMs: number, graceMs?: number): Promise<void>;
}

export interface InstancePlan {
  id: string;
  containers: readonly ContainerPlan[];
  /** What it serves, as its error names it. */
  serves: string;
  /** Whose logs that error refers to. */
  logsOf: 'endpoint' | 'job';
  /** Its programs are started when it is roused first. */
  rests?: boolean;
}

const drainPollMs = 20;

/**
 * Starts the programs of an instance, all at once, and resolves when each answers /ping. Throws DataError with the last
 * line that the first failing one printed, after ending the others. A program that ends later is started again.
 */
export async function startInstance(
  context: ServingContext,
  { id, containers: plans, serves, logsOf, rests = false }: InstancePlan,
  signal: AbortSignal,
): Promise<Instance> {
  const containers = plans.map((plan) => containerOf(context, plan));
  const instance = instanceOf(context, id, containers);
  if (rests) {
    for (const container of containers) await container.prepare();
    await instance.rest();
    for (const container of containers) container.keep();
    return instance;
  }
  const stopWithServer = (): void => void instance.stop(0, 1_000);
  signal.addEventListener('abort', stopWithServer, { once: true });
  const starts = containers.map((container) =>
    container.start().catch((cause: unknown) => {
      if (!(cause instanceof DataError)) throw cause;
      // AWS's own text, then what happened.
      throw new DataError(
        `The ${container.name} container for ${serves} did not pass the ping health check. Please check CloudWatch logs for this ${logsOf}. Reason: ${cause.message}`,
      );
    }),
  );
  try {
    await Promise.all(starts);
  } catch (thrown) {
    await instance.stop(0, 0);
    await Promise.allSettled(starts);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stopWithServer);
  }
  for (const container of containers) container.keep();
  return instance;
}

/** The programs as their callers see them: they send requests to them and end them. */
function instanceOf({ timers, nowMs }: ServingContext, id: string, containers: readonly KeptContainer[]): Instance {
  let stopped: Promise<void> | undefined;
  let drainUntilMs = Number.POSITIVE_INFINITY;
  let graceAtMostMs = servingStopGraceMs;
  let resting = false;
  const instance: Instance = {
    id,
    containers,
    inFlight: 0,
    get resting() {
      return resting;
    },
    async rest() {
      if (resting) return;
      resting = true;
      while (instance.inFlight > 0 && resting && stopped === undefined) await pause(timers, drainPollMs);
      // It was roused, or is ended for good.
      if (!resting || stopped !== undefined) return;
      await Promise.all(containers.map((container) => container.rest(servingStopGraceMs)));
    },
    rouse() {
      resting = false;
      for (const container of containers) container.rouse();
    },
    async renew(why) {
      await Promise.all(containers.map((container) => container.renew(why)));
    },
    stop(drainMs, graceMs = servingStopGraceMs) {
      drainUntilMs = Math.min(drainUntilMs, nowMs() + drainMs);
      graceAtMostMs = Math.min(graceAtMostMs, graceMs);
      for (const container of containers) container.hurry(graceAtMostMs);
      stopped ??= (async () => {
        while (instance.inFlight > 0 && nowMs() < drainUntilMs) await pause(timers, drainPollMs);
        await Promise.all(containers.map((container) => container.end(graceAtMostMs)));
      })();
      return stopped;
    },
  };
  return instance;
}
