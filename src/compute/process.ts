import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, messageOf, Unavailable } from '../base/index.ts';
import { bindPortDefault, containerRootDefault, hostAddressesVariable } from '../contract/index.ts';
import type { Compute, Program, ProgramAddress, ProgramExit, RunningProgram } from './compute.ts';
import { environmentOf, type Listening, temporaryFolder, withheldVariables } from './environment.ts';
import { freePort } from './free-port.ts';
import { loopbackAddresses, writeHostsFile } from './host-addresses.ts';
import { readLines } from './lines.ts';
import { findNamespaces } from './namespaces.ts';
import { listensOn, sacrificeFirst, signal } from './process-table.ts';
import {
  endStrays,
  reapNote,
  removeNote,
  removeSocket,
  socketFile,
  socketFolderPrefix,
  writeNote,
} from './program-note.ts';
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
}

/** The address of a Unix socket holds 103 bytes on macOS and 107 on Linux. */
const socketPathBytesMax = 100;
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
}: ProcessComputeOptions = {}): Compute {
  const running = new Map<string, RunningProgram>();
  const standby = openStandby(waitingCommands);
  setTimeout(() => waitingCommands.forEach(standby.prepare), standbyDelayMs).unref();
  let closed: Promise<void> | undefined;

  return {
    async start(program) {
      if (closed) throw new Unavailable('Compute is closed', { retry: false });
      assert(!running.has(program.root), `One program at a time runs on a root: ${program.root}`);
      const listening = await placeFor(program, socketParent);
      try {
        const child = await launch(program, listening, standby);
        const started = run(program, child, listening);
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
      closed ??= Promise.all([...running.values()].map((each) => each.stop(closeGraceMs))).then(() => undefined);
      return closed;
    },
  };
}

/** Where a program is to listen. */
async function placeFor(program: Program, socketParent: string): Promise<Listening | undefined> {
  if (!program.listens) return undefined;
  return program.foreign?.port ? { port: await freePort() } : { socketPath: makeSocketPath(socketParent) };
}

async function launch(program: Program, listening: Listening | undefined, standby: Standby): Promise<Child> {
  // Without this check a missing folder would look like a missing program.
  if (!existsSync(program.root)) throw new Error(`its folder ${program.root} does not exist`);
  // In namespaces it is a shell that would not find it. Commands without a folder are looked for on the PATH there.
  const [wanted = ''] = program.command;
  if (program.foreign !== undefined && isAbsolute(wanted) && !existsSync(wanted) && !isBelowRoot(wanted))
    throw Object.assign(new Error(`${wanted} does not exist`), { code: 'ENOENT' });
  mkdirSync(temporaryFolder(program.root), { recursive: true });
  const { command, env } = await withNamespaces(program, listening);
  const [file, ...args] = command;
  assert(file !== undefined, 'A program has a command');
  const child =
    standby.take(command, { directory: program.root, environment: env }) ??
    spawn(file, args, { cwd: program.root, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
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
  return child;
}

/** What a program finds at its root is elsewhere on the host. */
const isBelowRoot = (path: string): boolean => path.startsWith(`${containerRootDefault}/`);
const onHost = (path: string, root: string): string =>
  isBelowRoot(path) ? join(root, path.slice(containerRootDefault.length)) : path;

/** Command and environment of a program: one that is not ours gets the namespaces that the host has. */
async function withNamespaces(
  program: Program,
  listening: Listening | undefined,
): Promise<{ command: readonly string[]; env: Record<string, string> }> {
  const { command, root, foreign, host, onLine } = program;
  if (foreign === undefined) return { command, env: environmentOf(program, listening) };
  const namespaces = await findNamespaces();
  if ('why' in namespaces) {
    await onLine(
      `Linnet: the files of this program are in ${root}, not in ${containerRootDefault} (SAGEMAKER_BASE_DIR says so): ${namespaces.why}`,
    );
    if (!foreign.network) await onLine(`Linnet: the network cannot be kept from this program: ${namespaces.why}`);
    if (host !== undefined)
      await onLine(
        `Linnet: the names of the hosts do not resolve (${hostAddressesVariable} has their addresses): ${namespaces.why}`,
      );
    return { command: command.map((word) => onHost(word, root)), env: environmentOf(program, listening) };
  }
  // In a network of its own nobody could reach it.
  const network = foreign.network || listening?.port !== undefined || host !== undefined;
  if (network !== foreign.network)
    await onLine(
      `Linnet: the network cannot be kept from this program, since it ${host === undefined ? 'answers on a port' : 'talks to its other hosts'}`,
    );
  const named = host && { name: host.name, hostsFile: writeHostsFile(root, host) };
  return {
    command: [...namespaces.command(root, { network, host: named }), ...command],
    env: {
      ...environmentOf(program, listening, containerRootDefault),
      ...(network ? {} : { LINNET_NO_NETWORK: '1' }),
    },
  };
}

function run(program: Program, child: Child, listening: Listening | undefined): RunningProgram {
  const { socketPath } = listening ?? {};
  const group = -child.pid!;
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
        resolve({ code, signal: signalName });
      });
    });
  });

  return {
    get address() {
      return listening && addressOf(listening, child.pid!);
    },
    exit,
    async stop(graceMs) {
      if (!ended && !asked) signal(group, 'SIGTERM');
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

/** The contract's port is for programs that do not look at the variable which gives them another one. */
function addressOf({ socketPath, port = 0 }: Listening, group: number): ProgramAddress {
  if (socketPath !== undefined) return { socketPath };
  return { host: '127.0.0.1', port: listensOn(group, bindPortDefault) ? bindPortDefault : port };
}

/** A path for a socket in a new folder that only we may enter. */
function makeSocketPath(parent: string): string {
  const places = [parent, '/tmp'].map((folder) => join(folder, socketFolderPrefix));
  const prefix = places.find((place) => Buffer.byteLength(`${place}XXXXXX/${socketFile}`) < socketPathBytesMax);
  if (prefix === undefined)
    throw new Unavailable(`The folder ${parent} has too long a path for a Unix socket`, { retry: false });
  try {
    return join(mkdtempSync(prefix), socketFile);
  } catch (cause) {
    throw new Unavailable(`No folder for a program's socket can be made: ${messageOf(cause)}`, { cause });
  }
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
