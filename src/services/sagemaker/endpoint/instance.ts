import { mkdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { DataError, messageOf } from '../../../base/index.ts';
import type { ProgramAddress, RunningProgram } from '../../../compute/index.ts';
import { framesHeader, pingPath, pingTimeoutMs, servingStopGraceMs } from '../../../contract/index.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import { answerBytesMax } from '../../sagemaker-runtime/container-client.ts';
import { type FramedConnection, openFrames } from '../../sagemaker-runtime/framed-client.ts';
import { pause } from '../../timers.ts';
import type { Context } from '../context.ts';
import { removeRoot } from '../training-job/root.ts';
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

/** A program that is in service is asked this often whether it still answers, and started again when it does not for long. */
const healthDelayMs = 10_000;
/** More than the longest invocation may take: a program of one thread is silent while it computes. */
const healthFailuresMax = 8;
/** Sockets to one program; what comes on top waits for one of them. */
const socketsMax = 128;
const pingDelayMs = 20;
const pingDelayMaxMs = 500;
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
    let ended: string | undefined;
    void program.exit.then(({ code, signal: by }) => {
      ended = by === null ? `it ended with exit code ${code}` : `it was ended by signal ${by}`;
    });
    const deadlineMs = context.nowMs() + plan.startupTimeoutMs;
    for (let delayMs = pingDelayMs; !halt.signal.aborted; delayMs = Math.min(delayMs * 1.2, pingDelayMaxMs)) {
      if (ended !== undefined) throw new DataError(`${ended}${toldBy(lastLine)}`);
      const pong = await ping(program.address, agent);
      if (pong.answers && program.address !== undefined) {
        frames = pong.offersFrames ? await openFrames(program.address, answerBytesMax) : undefined;
        address = program.address;
        return;
      }
      if (context.nowMs() >= deadlineMs)
        throw new DataError(`it did not answer within ${plan.startupTimeoutMs / 1000} s${toldBy(lastLine)}`);
      await pause(timers, delayMs, halt.signal);
    }
    throw new DataError('the server is stopping');
  };
  const watchHealth = async (watched: RunningProgram): Promise<void> => {
    for (let failures = 0; failures < healthFailuresMax; ) {
      await pause(timers, healthDelayMs, halt.signal);
      if (halt.signal.aborted || program !== watched || address === undefined) return;
      failures = (await ping(address, agent)).answers ? 0 : failures + 1;
    }
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

const toldBy = (line: string): string => (line === '' ? '' : `. Its last line was: ${line}`);

interface Pong {
  answers: boolean;
  offersFrames: boolean;
}

function ping(address: ProgramAddress | undefined, agent: Agent): Promise<Pong> {
  const silence = { answers: false, offersFrames: false };
  if (address === undefined) return Promise.resolve(silence);
  return new Promise((resolve) => {
    const asking = request({ ...address, agent, path: pingPath, timeout: pingTimeoutMs }, (response) => {
      response.resume();
      const pong = { answers: response.statusCode === 200, offersFrames: response.headers[framesHeader] !== undefined };
      response.once('close', () => resolve(pong));
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(silence));
    asking.end();
  });
}
