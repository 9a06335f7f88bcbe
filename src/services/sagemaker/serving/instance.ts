import { mkdir } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import { messageOf } from '../../../base/index.ts';
import type { ProgramAddress } from '../../../compute/index.ts';
import { servingStopGraceMs } from '../../../contract/index.ts';
import { pause } from '../../timers.ts';
import { removeRoot } from '../jobs/program-root.ts';
import type { FramedConnection } from './framed-client.ts';
import { KeptProgram, type ProgramPlan, type ServingContext } from './kept-program.ts';
import { linkFiles } from './model-files.ts';

/** One program that serves one model, kept running. */
export interface Instance {
  readonly id: string;
  /** Where it answers; undefined while it is being started again. */
  readonly address: ProgramAddress | undefined;
  readonly agent: Agent;
  /** For programs that offer frames. */
  readonly frames: FramedConnection | undefined;
  /** The number of requests that it is answering; their senders count them. */
  inFlight: number;
  /** Whether a sender has got an answer from it; reset when the program is started again. */
  served: boolean;
  /** Lets requests in flight end (at most `drainMs`), then ends the program. If it is called again, the shorter times count. */
  stop(drainMs: number, graceMs?: number): Promise<void>;
}

export interface InstancePlan extends ProgramPlan {
  /** Holds the model's files; the instance's root is made below it. */
  folder: string;
}

const drainPollMs = 20;

/**
 * Starts a serving program and resolves when it answers /ping. Throws DataError with the last line it printed when it
 * ends or stays silent instead. When it ends later, it is started again, after growing pauses.
 */
export async function startInstance(
  context: ServingContext,
  plan: InstancePlan,
  signal: AbortSignal,
): Promise<Instance> {
  const root = join(plan.folder, `instance-${plan.id}`);
  const program = new KeptProgram(context, plan, root);
  const instance = instanceOf(context, plan, root, program);
  const stopWithServer = (): void => void instance.stop(0, 1_000);
  signal.addEventListener('abort', stopWithServer, { once: true });
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const part of ['model', 'code']) await linkFiles(join(plan.folder, part), join(root, part));
    await program.start();
  } catch (thrown) {
    await instance.stop(0, 0);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stopWithServer);
  }
  void program
    .keep()
    .catch((cause: unknown) =>
      context.warn(`Instance ${plan.id} is no longer watched: ${messageOf(cause)}`, { error: cause }),
    );
  return instance;
}

/** The program as its callers see it: they send requests to it and end it. */
function instanceOf(
  { timers, nowMs, log }: ServingContext,
  { id, logs }: InstancePlan,
  root: string,
  program: KeptProgram,
): Instance {
  let stopped: Promise<void> | undefined;
  let drainUntilMs = Number.POSITIVE_INFINITY;
  let graceAtMostMs = servingStopGraceMs;
  const instance: Instance = {
    id,
    agent: program.agent,
    get address() {
      return program.address;
    },
    get frames() {
      return program.frames;
    },
    inFlight: 0,
    get served() {
      return program.served;
    },
    set served(value) {
      program.served = value;
    },
    stop(drainMs, graceMs = servingStopGraceMs) {
      drainUntilMs = Math.min(drainUntilMs, nowMs() + drainMs);
      graceAtMostMs = Math.min(graceAtMostMs, graceMs);
      program.hurry(graceAtMostMs);
      stopped ??= (async () => {
        while (instance.inFlight > 0 && nowMs() < drainUntilMs) await pause(timers, drainPollMs);
        await program.halt(graceAtMostMs);
        await logs.flush();
        await removeRoot(root, (cause) => log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
      })();
      return stopped;
    },
  };
  return instance;
}
