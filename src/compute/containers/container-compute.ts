import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, Unavailable } from '../../base/index.ts';
import { containerRootDefault } from '../../contract/index.ts';
import type { Compute, MachineLimits, Program, ProgramExit, RunningProgram } from '../compute.ts';
import { engineEnvironment } from '../environment.ts';
import { freePort } from '../free-port.ts';
import { readLines } from '../lines.ts';
import {
  containerName,
  containersOf,
  createContainer,
  endOf,
  openToAll,
  removeContainer,
  removeTopLinks,
  signalContainer,
} from './container.ts';
import type { ContainerPlan } from './create-arguments.ts';
import type { ContainerEngine } from './engine.ts';
import type { Engine } from './state.ts';
import { takeBack } from './take-back.ts';

type Plan = Omit<ContainerPlan, 'environment'>;

export interface ContainerComputeOptions {
  engine: ContainerEngine;
  /** Whether a program that wants a network may have one. */
  network: boolean;
  /** The grace of `close`. */
  closeGraceMs?: number;
}

const closeGraceMsDefault = 5_000;
/** Between two attempts to signal a container that is being started. */
const signalPauseMs = 200;
const signalAttemptsMax = 100;

/** Runs programs in containers of an engine: one for each program, removed when it has ended. */
export function containerCompute({
  engine: engines,
  network,
  closeGraceMs = closeGraceMsDefault,
}: ContainerComputeOptions): Compute {
  const running = new Map<string, RunningProgram>();
  let closed: Promise<void> | undefined;
  return {
    async start(program) {
      if (closed) throw closedError();
      const { root, command, foreign } = program;
      const container = foreign?.container;
      assert(container !== undefined, 'A program in a container names its image');
      assert(!running.has(root), `One program at a time runs on a root: ${root}`);
      const engine = await engines.find();
      if ('why' in engine) throw new Unavailable(engine.why, { retry: engine.mayPass });
      checkRoot(root);
      openToAll(root);
      const { image, entrypointWords = 0, hostName } = container;
      const wanted = foreign?.network === true;
      const plan: Plan = {
        name: containerName(root),
        ...{ root, image, command, entrypointWords, hostName },
        limits: limitsHere(container.limits),
        port: program.listens ? await freePort() : undefined,
        network: network && wanted,
      };
      await createContainer(engine, plan, { ...program.environment, ...program.settings });
      if (closed) {
        await removeContainer(engine, plan.name);
        throw closedError();
      }
      await sayNetwork(program, { wanted, given: plan.port !== undefined || network });
      const started = attach(engine, program, plan);
      running.set(root, started);
      void started.exit.then(() => running.delete(root));
      return started;
    },

    async reap(root) {
      assert(!running.has(root), `Reaping is for roots whose program was started by another server: ${root}`);
      if (engines.setting === 'off') return;
      const engine = await engines.find();
      if ('why' in engine) {
        // What is not installed has left nothing running.
        if (!engine.mayPass) return;
        throw new Unavailable(engine.why);
      }
      for (const { id, image } of await containersOf(engine, root)) {
        // Else Podman asks it to end and waits ten seconds first.
        await signalContainer(engine, id, 'SIGKILL');
        if (!(await removeContainer(engine, id)))
          throw new Unavailable(`The container ${id} of ${root} cannot be removed`);
        await takeBack(engine, root, image);
      }
    },

    async addressesOf() {
      throw new Unavailable('Programs in containers have no way to each other', { retry: false });
    },

    close() {
      closed ??= Promise.all([...running.values()].map((each) => each.stop(closeGraceMs))).then(() => undefined);
      return closed;
    },
  };
}

const closedError = (): Unavailable => new Unavailable('Compute is closed', { retry: false });

function checkRoot(root: string): void {
  if (!existsSync(root)) throw new Unavailable(`The folder ${root} does not exist`, { retry: false });
  // In the words of both engines a colon divides the two ends of a mount.
  if (root.includes(':'))
    throw new Unavailable(`The folder ${root} has a colon in its path, with which no container can see it`, {
      retry: false,
    });
}

/** An engine refuses more processors than there are. */
const limitsHere = (limits: MachineLimits | undefined): MachineLimits | undefined =>
  limits && { ...limits, processors: Math.min(limits.processors, availableParallelism()) };

async function sayNetwork(
  { listens, onLine }: Program,
  { wanted, given }: { wanted: boolean; given: boolean },
): Promise<void> {
  if (wanted && !given)
    await onLine('Linnet: this container has no network; `linnet up --container-network on` gives one to it');
  if (!wanted && listens)
    await onLine('Linnet: the network cannot be kept from this container, since it answers on a port');
}

/** Starts a container that was made, and follows it. */
function attach(engine: Engine, { onLine }: Program, { name, root, image, limits, port }: Plan): RunningProgram {
  // A group of its own: what interrupts this server in a terminal must not reach it.
  const client = spawn(engine.command, ['start', '--attach', name], {
    // Podman's monitor leaves a file where it is started when memory runs out.
    cwd: root,
    env: engineEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = Promise.all([readLines(client.stdout, onLine), readLines(client.stderr, onLine)]);
  const over = new AbortController();
  let asked = false;

  const ended = async (): Promise<ProgramExit> => {
    const clientCode = await once(client, 'exit').then(
      ([code]) => code as number | null,
      () => null,
    );
    over.abort();
    const { exit, outOfMemory } = await endOf(engine, name, clientCode);
    await removeContainer(engine, name);
    await output;
    const fault = await takeBack(engine, root, image);
    if (fault !== undefined)
      await onLine(`Linnet: files of this container belong to another user and may stay in ${root}: ${fault}`);
    removeTopLinks(root);
    if (exit.signal === null || asked || limits === undefined || !engine.limits.memory) return exit;
    await onLine(memoryLine(outOfMemory, limits));
    // So that this line is what is said of the end.
    return { code: 137, signal: null };
  };
  const exit = ended();

  /** Until it is heard: a container that is being started cannot be signalled. */
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    for (let attempt = 0; attempt < signalAttemptsMax && !over.signal.aborted; attempt++) {
      if (await signalContainer(engine, name, signal)) return;
      await sleep(signalPauseMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
    if (signal === 'SIGKILL' && !over.signal.aborted) client.kill('SIGKILL');
  };

  return {
    address: port === undefined ? undefined : { host: '127.0.0.1', port },
    seenRoot: containerRootDefault,
    exit,
    async stop(graceMs) {
      if (!asked && !over.signal.aborted) void send('SIGTERM');
      asked = true;
      const waiting = new AbortController();
      const kill = sleep(graceMs, undefined, { signal: waiting.signal }).then(
        () => send('SIGKILL'),
        () => undefined,
      );
      await exit;
      waiting.abort();
      await kill;
    },
  };
}

function memoryLine(outOfMemory: boolean, { memoryBytes }: MachineLimits): string {
  const size = `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return outOfMemory
    ? `Linnet: the container was ended because it needed more than the ${size} of memory of its instance type`
    : `Linnet: the container was ended by SIGKILL; most likely it needed more than the ${size} of memory of its instance type`;
}
