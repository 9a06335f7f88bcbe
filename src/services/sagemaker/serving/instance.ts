import { mkdir } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { messageOf } from '../../../base/index.ts';
import type { ProgramAddress, RunningProgram } from '../../../compute/index.ts';
import { pingPath, servingStopGraceMs } from '../../../contract/index.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import { pause } from '../../timers.ts';
import type { Context } from '../context.ts';
import { removeRoot } from '../jobs/program-root.ts';
import { answerBytesMax } from './container-client.ts';
import { type FramedConnection, openFrames } from './framed-client.ts';
import { becomesSilent, firstPing, healthFailuresMax } from './health.ts';
import { linkModelFiles } from './model-files.ts';
import { restartPauses } from './restart-pause.ts';

/** One program that serves one variant, kept running. */
export interface Instance {
  readonly id: string;
  /** Where it answers; undefined while it is being started again. */
  readonly address: ProgramAddress | undefined;
  readonly agent: Agent;
  /** For programs that offer frames. */
  readonly frames: FramedConnection | undefined;
  /** Requests that it is answering; counted by whoever sends them. */
  inFlight: number;
  /** Set by whoever got an answer; forgotten when the program is started again. */
  served: boolean;
  /** Lets requests in flight end (at most `drainMs`), then ends the program. Asked again, the shorter times count. */
  stop(drainMs: number, graceMs?: number): Promise<void>;
}

export interface InstancePlan {
  id: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Folder of the variant; the instance's root is made below it. */
  folder: string;
  startupTimeoutMs: number;
  logs: LogWriter;
}

/** Sockets to one program; what comes on top waits for one of them. */
const socketsMax = 128;
const drainPollMs = 20;

/**
 * Starts a serving program and resolves when it answers /ping. Throws DataError with the last line it printed when it
 * ends or stays silent instead. Later ends are its own business: it is started again, after growing pauses.
 */
export async function startInstance(context: Context, plan: InstancePlan, signal: AbortSignal): Promise<Instance> {
  const { timers, log, warn } = context;
  const root = join(plan.folder, `instance-${plan.id}`);
  const halt = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax, maxFreeSockets: socketsMax });
  let lastLine = '';
  let program: RunningProgram | undefined;
  let address: ProgramAddress | undefined;
  let frames: FramedConnection | undefined;
  let stopped: Promise<void> | undefined;
  let drainUntilMs = Number.POSITIVE_INFINITY;
  let graceAtMostMs = servingStopGraceMs;

  const startOnce = async (): Promise<void> => {
    program = await context.compute.start({
      command: [...plan.command, 'serve'],
      root,
      environment: plan.environment,
      listens: true,
      onLine(line) {
        if (line.trim() !== '') lastLine = line;
        return plan.logs.line(line);
      },
    });
    const ready = await firstPing(program, {
      agent,
      timeoutMs: plan.startupTimeoutMs,
      lastLine: () => lastLine,
      timers,
      nowMs: context.nowMs,
      signal: halt.signal,
    });
    frames = ready.offersFrames ? await openFrames(ready.address, answerBytesMax) : undefined;
    address = ready.address;
  };
  const watchHealth = async (watched: RunningProgram): Promise<void> => {
    const current = (): ProgramAddress | undefined => (program === watched ? address : undefined);
    if (!(await becomesSilent(current, { agent, timers, signal: halt.signal }))) return;
    void plan.logs.line(
      `The serving program did not answer ${pingPath} ${healthFailuresMax} times in a row; it is ended`,
    );
    await watched.stop(0);
  };
  const keepRunning = async (): Promise<void> => {
    const pauseMs = restartPauses();
    for (;;) {
      const startedMs = context.nowMs();
      void watchHealth(program!);
      const exit = await program!.exit;
      address = undefined;
      if (halt.signal.aborted) return;
      const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
      void plan.logs.line(`The serving program ended with ${how}; it is started again`);
      warn(`The serving program of instance ${plan.id} ended with ${how}; it is started again`);
      let life = { served: instance.served, upMs: context.nowMs() - startedMs };
      for (let up = false; !up; life = { served: false, upMs: 0 }) {
        await pause(timers, pauseMs(life), halt.signal);
        if (halt.signal.aborted) return;
        instance.served = false;
        up = await startOnce().then(
          () => true,
          async (cause: unknown) => {
            await program?.stop(0);
            void plan.logs.line(`The serving program could not be started again: ${messageOf(cause)}`);
            return false;
          },
        );
      }
      context.live.wake();
    }
  };
  const instance: Instance = {
    id: plan.id,
    get address() {
      return address;
    },
    agent,
    get frames() {
      return frames;
    },
    inFlight: 0,
    served: false,
    stop(drainMs, graceMs = servingStopGraceMs) {
      drainUntilMs = Math.min(drainUntilMs, context.nowMs() + drainMs);
      graceAtMostMs = Math.min(graceAtMostMs, graceMs);
      // Asked again while it is ending: the shorter grace counts.
      if (halt.signal.aborted) void program?.stop(graceAtMostMs);
      stopped ??= (async () => {
        while (instance.inFlight > 0 && context.nowMs() < drainUntilMs) await pause(timers, drainPollMs);
        halt.abort();
        address = undefined;
        await program?.stop(graceAtMostMs);
        agent.destroy();
        frames?.close();
        await plan.logs.flush();
        await removeRoot(root, (cause) => log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
      })();
      return stopped;
    },
  };

  const stopWithServer = (): void => void instance.stop(0, 1_000);
  signal.addEventListener('abort', stopWithServer, { once: true });
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await linkModelFiles(join(plan.folder, 'model'), join(root, 'model'));
    await startOnce();
  } catch (thrown) {
    await instance.stop(0, 0);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stopWithServer);
  }
  void keepRunning().catch((cause: unknown) =>
    warn(`Instance ${plan.id} is no longer watched: ${messageOf(cause)}`, { error: cause }),
  );
  return instance;
}
