import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, messageOf, Unavailable } from '../base/index.ts';
import { bindPortDefault, containerRootVariable } from '../contract/index.ts';
import type { Compute, Program, ProgramAddress, ProgramExit, RunningProgram } from './compute.ts';
import { type Listening, temporaryFolder, withheldVariables } from './environment.ts';
import { freePort } from './free-port.ts';
import { loopbackAddresses } from './host-addresses.ts';
import { type Isolation, isBelowRoot, isolate } from './isolation.ts';
import { readLines } from './lines.ts';
import { listensOn, sacrificeFirst, signal, usageOfGroup } from './process-table.ts';
import { endStrays, reapNote, removeNote, removeSocket, writeNote } from './program-note.ts';
import { openSocketHome, type SocketHome } from './socket-home.ts';
import { type Child, openStandby, type Standby } from './standby.ts';

export interface ProcessComputeOptions {
  /** Where the folders of the programs' sockets are made; the system's folder for temporary files when left out. */
  socketParent?: string;
  /** The grace of `close`. */
  closeGraceMs?: number;
  /**
   * Commands of programs that can be started ahead (see `standbyVariable`): one of each is made ready after
   * `standbyDelayMs`, and the next one when one has ended.
   */
  standby?: readonly (readonly string[])[];
  /** A pause after a start, so that the first requests have the processor to themselves. */
  standbyDelayMs?: number;
  /** What is kept from programs that are not ours; nothing when left out. */
  isolation?: Isolation;
}

/** How long output is awaited after the program ended, when a process that left its group still holds the pipe. */
const outputGraceMs = 2000;
const outputPollMs = 100;
const closeGraceMsDefault = 5000;
const standbyDelayMsDefault = 200;

/** Runs programs as child processes of this one, each in a process group of its own. */
export function processCompute({
  socketParent = tmpdir(),
  closeGraceMs = closeGraceMsDefault,
  standby: waitingCommands = [],
  standbyDelayMs = standbyDelayMsDefault,
  isolation = { hiddenFolders: [], hiddenFiles: [] },
}: ProcessComputeOptions = {}): Compute {
  const running = new Map<string, RunningProgram>();
  const standby = openStandby(waitingCommands);
  setTimeout(() => waitingCommands.forEach(standby.prepare), standbyDelayMs).unref();
  let closed: Promise<void> | undefined;
  let sockets: SocketHome | undefined;
  /** Programs that start later have their sockets there too: it is hidden from the first one on. */
  const hiding = ({ folder }: SocketHome): Isolation =>
    isolation.hiddenFolders.length === 0
      ? isolation
      : { ...isolation, hiddenFolders: [...isolation.hiddenFolders.map(realPath), folder] };

  return {
    async start(program) {
      if (closed) throw new Unavailable('Compute is closed', { retry: false });
      assert(!running.has(program.root), `One program at a time runs on a root: ${program.root}`);
      if (program.listens || program.foreign !== undefined) sockets ??= openSocketHome(socketParent);
      const listening = await placeFor(program, sockets);
      try {
        const launched = await launch(program, listening, standby, sockets ? hiding(sockets) : isolation);
        const started = run(program, launched, listening);
        running.set(program.root, started);
        void started.exit.then(() => {
          running.delete(program.root);
          standby.prepare(program.command);
        });
        return started;
      } catch (cause) {
        if (listening?.socketPath !== undefined) removeSocket(listening.socketPath);
        throw notStarted(program, cause);
      }
    },

    async reap(root) {
      assert(!running.has(root), `Reaping is for roots whose program was started by another server: ${root}`);
      await reapNote(root);
    },

    addressesOf: loopbackAddresses,

    close() {
      standby.close();
      closed ??= Promise.all([...running.values()].map((each) => each.stop(closeGraceMs))).then(() => sockets?.close());
      return closed;
    },
  };
}

/** Where a program is to listen. */
async function placeFor(program: Program, sockets: SocketHome | undefined): Promise<Listening | undefined> {
  if (!program.listens) return undefined;
  return program.foreign?.port ? { port: await freePort() } : { socketPath: sockets!.newPath() };
}

interface Launched {
  child: Child;
  throughShell: boolean;
  seenRoot: string;
}

async function launch(
  program: Program,
  listening: Listening | undefined,
  standby: Standby,
  isolation: Isolation,
): Promise<Launched> {
  // Without this check a missing folder would look like a missing program.
  if (!existsSync(program.root)) throw new Error(`its folder ${program.root} does not exist`);
  // In namespaces it is a shell that would not find it. Commands without a folder are looked for on the PATH there.
  const [wanted = ''] = program.command;
  if (program.foreign !== undefined && isAbsolute(wanted) && !existsSync(wanted) && !isBelowRoot(wanted))
    throw Object.assign(new Error(`${wanted} does not exist`), { code: 'ENOENT' });
  mkdirSync(temporaryFolder(program.root), { recursive: true });
  const { command, env, throughShell } = await isolate(program, listening, isolation);
  const [file, ...args] = command;
  assert(file !== undefined, 'A program has a command');
  const child =
    standby.take(command, { directory: program.root, environment: env }) ??
    (spawn(file, args, {
      cwd: program.root,
      env,
      stdio: ['pipe', 'pipe', 'pipe', ...(throughShell ? ['pipe' as const] : [])],
      detached: true,
    }) as Child);
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  child.on('error', () => undefined);
  sacrificeFirst(child.pid);
  try {
    // In the same turn as the start: a crash of ours leaves both or neither, but for an instant.
    writeNote(program.root, child.pid, listening?.socketPath);
  } catch (cause) {
    signal(-child.pid, 'SIGKILL');
    throw cause;
  }
  return { child, throughShell, seenRoot: env[containerRootVariable]! };
}

function run(
  program: Program,
  { child, throughShell, seenRoot }: Launched,
  listening: Listening | undefined,
): RunningProgram {
  const { socketPath } = listening ?? {};
  const group = -child.pid!;
  const hears = throughShell ? announced(child) : Promise.resolve();
  let ended = false;
  let asked = false;
  // The pipe stays open and unused: its end tells the program that this server is gone.
  child.stdin.on('error', () => undefined);

  const withheld = withheldVariables(program);
  if (withheld.length > 0)
    void program.onLine(
      `These environment variables reach only programs in a container of their own: ${withheld.join(', ')}`,
    );
  let telling = 0;
  const tell = (line: string): void | Promise<void> => {
    const pending = program.onLine(line);
    if (!pending) return;
    telling++;
    return pending.finally(() => telling--);
  };
  const output = Promise.all([readLines(child.stdout, tell), readLines(child.stderr, tell)]);

  const exit = new Promise<ProgramExit>((resolve) => {
    child.once('exit', (code, signalName) => {
      ended = true;
      signal(group, 'SIGKILL');
      if (program.foreign !== undefined) endStrays(program.root);
      let quietMs = 0;
      const cut = setInterval(() => {
        if (telling === 0) quietMs += outputPollMs;
        if (quietMs < outputGraceMs) return;
        child.stdout.destroy();
        child.stderr.destroy();
      }, outputPollMs);
      void output.then(() => {
        clearInterval(cut);
        child.stdin.destroy();
        removeNote(program.root, socketPath);
        resolve(throughShell ? exitOfShell(code, signalName) : { code, signal: signalName });
      });
    });
  });

  return {
    get address() {
      return listening && addressOf(listening, child.pid!);
    },
    seenRoot,
    exit,
    usage: () => (ended ? undefined : usageOfGroup(-group)),
    async stop(graceMs) {
      if (!asked) void hears.then(() => ended || signal(group, 'SIGTERM'));
      asked = true;
      const waiting = new AbortController();
      const kill = sleep(graceMs, undefined, { signal: waiting.signal }).then(
        () => ended || signal(group, 'SIGKILL'),
        () => undefined,
      );
      await exit;
      waiting.abort();
      await kill;
    },
  };
}

/** Resolves when a program that a shell starts is there, or its start has failed. */
async function announced({ stdio }: Child): Promise<void> {
  const line = stdio[3] as Readable;
  line.on('error', () => undefined).resume();
  await Promise.race(['data', 'close'].map((event) => new Promise((resolve) => line.once(event, resolve))));
  line.destroy();
}

/** What a shell says of a command that a signal ended. */
function exitOfShell(code: number | null, signalName: string | null): ProgramExit {
  const [name] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? [];
  return name === undefined ? { code, signal: signalName } : { code: null, signal: name };
}

const realPath = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

/** The contract's port is for programs that do not look at the variable which gives them another one. */
function addressOf({ socketPath, port = 0 }: Listening, group: number): ProgramAddress {
  if (socketPath !== undefined) return { socketPath };
  return { host: '127.0.0.1', port: listensOn(group, bindPortDefault) ? bindPortDefault : port };
}

/** Errors that are known to pass, so that a retry may help. */
const passing = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY'];

function notStarted(program: Program, cause: unknown): Unavailable {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const why =
    code === 'ENOENT'
      ? 'there is no such program'
      : code === 'EACCES'
        ? 'it is not an executable file'
        : messageOf(cause);
  return new Unavailable(`The program ${program.command[0]} cannot be started: ${why}`, {
    cause,
    retry: passing.includes(code),
  });
}
