import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, messageOf, Unavailable } from '../base/index.ts';
import type { Compute, Program, ProgramExit, RunningProgram } from './compute.ts';
import { environmentOf, temporaryFolder, withheldVariables } from './environment.ts';
import { readLines } from './lines.ts';
import { signal } from './process-table.ts';
import { reapNote, removeNote, removeSocket, socketFile, socketFolderPrefix, writeNote } from './program-note.ts';
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
  /** Leaves the time after a start to what is asked first. */
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
      const socketPath = program.listens ? makeSocketPath(socketParent) : undefined;
      try {
        const child = await launch(program, socketPath, standby);
        const started = run(program, child, socketPath);
        running.set(program.root, started);
        void started.exit.then(() => {
          running.delete(program.root);
          standby.prepare(program.command);
        });
        return started;
      } catch (cause) {
        if (socketPath !== undefined) removeSocket(socketPath);
        throw notStarted(program, cause);
      }
    },

    async reap(root) {
      assert(!running.has(root), `Reaping is for roots whose program was started by another server: ${root}`);
      await reapNote(root);
    },

    close() {
      standby.close();
      closed ??= Promise.all([...running.values()].map((each) => each.stop(closeGraceMs))).then(() => undefined);
      return closed;
    },
  };
}

async function launch(program: Program, socketPath: string | undefined, standby: Standby): Promise<Child> {
  const [file, ...args] = program.command;
  assert(file !== undefined, 'A program has a command');
  // Without this check a missing folder would look like a missing program.
  if (!existsSync(program.root)) throw new Error(`its folder ${program.root} does not exist`);
  mkdirSync(temporaryFolder(program.root), { recursive: true });
  const env = environmentOf(program, socketPath);
  const child =
    standby.take(program.command, { directory: program.root, environment: env }) ??
    spawn(file, args, { cwd: program.root, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  child.on('error', () => undefined);
  try {
    // In the same turn as the start: a crash of ours leaves both or neither, but for an instant.
    writeNote(program.root, child.pid, socketPath);
  } catch (cause) {
    signal(-child.pid, 'SIGKILL');
    throw cause;
  }
  return child;
}

function run(program: Program, child: Child, socketPath: string | undefined): RunningProgram {
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
    address: socketPath === undefined ? undefined : { socketPath },
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

/** Of these it is known that they pass. */
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
