import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { messageOf } from '../../../base/index.ts';
import type { Compute, ForeignProgram, ProgramAddress, ProgramUsage, RunningProgram } from '../../../compute/index.ts';
import { pingPath } from '../../../contract/index.ts';
import type { Objects } from '../../../store/index.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import { pause, type Timers } from '../../timers.ts';
import { type FramedConnection, openFrames } from './framed-client.ts';
import { becomesSilent, firstPing, healthFailuresMax } from './health.ts';
import { restartPauses } from './restart-pause.ts';

/** The parts that keeping programs running needs. */
export interface ServingContext {
  compute: Compute;
  objects: Objects;
  timers: Timers;
  nowMs(): number;
  /** A clock for durations. */
  steadyMs(): number;
  log(text: string, details?: Record<string, unknown>): void;
  warn(text: string, details?: Record<string, unknown>): void;
  /** The callers that wait for a program to answer. */
  live: { wake(): void };
}

export interface ProgramPlan {
  /** Its name in the server's log: the id of its instance, and in a pipeline the container's name. */
  id: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** See `Program`. */
  settings: Readonly<Record<string, string>>;
  foreign: ForeignProgram | undefined;
  startupTimeoutMs: number;
  /** The largest answer that is taken over frames. */
  answerBytesMax: number;
  logs: LogWriter;
}

/** The most sockets to one program; further requests wait for one of them. */
const socketsMax = 128;

/** Every model that is being loaded listens to it. */
function endless(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** A serving program in its root, started again whenever it ends. */
export class KeptProgram {
  readonly agent = new Agent({ keepAlive: true, maxSockets: socketsMax, maxFreeSockets: socketsMax });
  /** Whether it has answered an invocation since it was started; the receiver of the answer sets it. */
  served = false;
  readonly #context: ServingContext;
  readonly #plan: ProgramPlan;
  readonly #root: string;
  readonly #halt = endless();
  #program: RunningProgram | undefined;
  #address: ProgramAddress | undefined;
  /** Whether it knows the header that asks for explanations. */
  explains = false;
  #frames: FramedConnection | undefined;
  #lastLine = '';
  /** Set while it is not to run; aborted when it is to run again. */
  #rest: AbortController | undefined;
  /** The program that ended because it was to rest. */
  #rested: RunningProgram | undefined;

  constructor(context: ServingContext, plan: ProgramPlan, root: string) {
    this.#context = context;
    this.#plan = plan;
    this.#root = root;
  }

  /** Where it answers; undefined while it is being started again. */
  get address(): ProgramAddress | undefined {
    return this.#address;
  }

  /** The path under which it sees its root. */
  get seenRoot(): string {
    return this.#program?.seenRoot ?? this.#root;
  }

  /** Aborted when it ends for good. */
  get halted(): AbortSignal {
    return this.#halt.signal;
  }

  /** What it has used since it was last started. */
  usage(): ProgramUsage | undefined {
    return this.#program?.usage?.();
  }

  /** Where it offers frames. */
  get frames(): FramedConnection | undefined {
    return this.#frames;
  }

  /** Resolves when it answers /ping. Throws DataError with the last line it printed when it ends or stays silent instead. */
  async start(): Promise<void> {
    const { compute, timers, nowMs } = this.#context;
    const { command, environment, settings, foreign, startupTimeoutMs, logs } = this.#plan;
    // What an earlier one printed may be of a request.
    this.#lastLine = '';
    const program = await compute.start({
      command,
      root: this.#root,
      environment,
      settings,
      foreign,
      listens: true,
      onLine: (line) => {
        if (line.trim() !== '') this.#lastLine = line;
        return logs.line(line);
      },
    });
    this.#program = program;
    // It was halted, or sent to rest, while it was being started.
    if (this.#halt.signal.aborted || this.#rest !== undefined) await program.stop(0);
    const { address, offersFrames, explains } = await firstPing(program, {
      agent: this.agent,
      timeoutMs: startupTimeoutMs,
      lastLine: () => this.#lastLine,
      timers,
      nowMs,
      signal: this.#halt.signal,
    });
    this.explains = explains;
    this.#frames = offersFrames ? await openFrames(address, this.#plan.answerBytesMax) : undefined;
    this.#address = address;
  }

  /** Starts it again whenever it ends, after growing pauses, until it is halted. */
  async keep(): Promise<void> {
    const { nowMs, warn, live } = this.#context;
    const { id, logs } = this.#plan;
    const pauseMs = restartPauses();
    for (;;) {
      const startedMs = nowMs();
      const program = this.#program;
      let waitMs = 0;
      if (program !== undefined) {
        void this.#endWhenSilent(program);
        const exit = await program.exit;
        this.#address = undefined;
        if (this.#halt.signal.aborted) return;
        if (this.#rested !== program) {
          const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
          void logs.line(`The serving program ended with ${how}; it is started again`);
          warn(`The serving program of instance ${id} ended with ${how}; it is started again`);
          waitMs = pauseMs({ served: this.served, upMs: nowMs() - startedMs });
        }
      }
      for (let up = false; !up; waitMs = pauseMs({ served: false, upMs: 0 })) {
        await this.#whileResting();
        await pause(this.#context.timers, waitMs, this.#halt.signal);
        if (this.#halt.signal.aborted) return;
        if (this.#rest === undefined) up = await this.#startAgain();
      }
      live.wake();
    }
  }

  async #whileResting(): Promise<void> {
    while (this.#rest !== undefined && !this.#halt.signal.aborted)
      await aborted(AbortSignal.any([this.#rest.signal, this.#halt.signal]));
  }

  async #startAgain(): Promise<boolean> {
    this.served = false;
    try {
      await this.start();
      return true;
    } catch (cause) {
      await this.#program?.stop(0);
      const { id, logs } = this.#plan;
      void logs.line(`The serving program could not be started again: ${messageOf(cause)}`);
      this.#context.warn(`The serving program of instance ${id} could not be started again: ${messageOf(cause)}`);
      return false;
    }
  }

  async #endWhenSilent(watched: RunningProgram): Promise<void> {
    const address = (): ProgramAddress | undefined => (this.#program === watched ? this.#address : undefined);
    const asking = { agent: this.agent, timers: this.#context.timers, signal: this.#halt.signal };
    if (!(await becomesSilent(address, asking))) return;
    void this.#plan.logs.line(
      `The serving program did not answer ${pingPath} ${healthFailuresMax} times in a row; it is ended`,
    );
    await watched.stop(0);
  }

  /** Ends it until it is roused. */
  async rest(graceMs: number): Promise<void> {
    this.#rest ??= new AbortController();
    this.#rested = this.#program;
    this.#address = undefined;
    await this.#program?.stop(graceMs);
    this.#frames?.close();
    this.#frames = undefined;
  }

  rouse(): void {
    this.#rest?.abort();
    this.#rest = undefined;
  }

  /** Ends it for a reason, to be started again. */
  async renew(why: string): Promise<void> {
    void this.#plan.logs.line(why);
    await this.#program?.stop(0);
  }

  /** Ends it for good. */
  async halt(graceMs: number): Promise<void> {
    this.#halt.abort();
    this.#address = undefined;
    await this.#program?.stop(graceMs);
    this.agent.destroy();
    this.#frames?.close();
  }

  /** While it is ending: the shorter grace counts. */
  hurry(graceMs: number): void {
    if (this.#halt.signal.aborted) void this.#program?.stop(graceMs);
  }
}
