import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../base/index.ts';
import { programRootVariable } from './environment.ts';
import { processEntry, processesOfGroup, processesStartedWith, signal, wasStartedWith } from './process-table.ts';

/** A note in a program's root while the program runs, for the server that starts after a crash. */
interface ProgramNote {
  /** Number of the process and of its group. */
  pid: number;
  /** See ProcessEntry; absent where the system does not provide it. */
  started?: string | undefined;
  socketPath?: string | undefined;
}

const noteFile = (root: string): string => join(root, '.linnet-program.json');
const reapWaitMs = 5000;
const reapPollMs = 5;

export function writeNote(root: string, pid: number, socketPath: string | undefined): void {
  const note: ProgramNote = { pid, started: processEntry(pid)?.started, socketPath };
  writeFileSync(noteFile(root), JSON.stringify(note), { mode: 0o600 });
}

export function removeNote(root: string, socketPath: string | undefined): void {
  rmSync(noteFile(root), { force: true });
  if (socketPath !== undefined) removeSocket(socketPath);
}

/** Rounds in which processes that start others meanwhile are looked for again. */
const strayRoundsMax = 10;

/** Kills what a program of this root started and took out of its group, as daemons do: it still has the root's variable. */
export function endStrays(root: string): void {
  for (let round = 0; round < strayRoundsMax; round++) {
    const strays = processesStartedWith(programRootVariable, root);
    if (strays.length === 0) return;
    for (const pid of strays) signal(pid, 'SIGKILL');
  }
}

/**
 * Kills what a note names: the group if its leader is still the same process, else those of the group that were started
 * on this root; and strays. Without /proc the processes cannot be identified and nothing is killed; such programs still end by themselves
 * when their standard input does. Rejects with Unavailable when they stay.
 */
export async function reapNote(root: string): Promise<void> {
  const note = readNote(root);
  if (note === undefined) return;
  const leader = processEntry(note.pid);
  const ours = (): number[] => {
    if (leader !== undefined && leader.started !== note.started) return [];
    const group = processesOfGroup(note.pid);
    return leader !== undefined ? group : group.filter((pid) => wasStartedWith(pid, programRootVariable, root));
  };
  const startMs = performance.now();
  for (let left = ours(); left.length > 0; left = ours()) {
    if (performance.now() - startMs > reapWaitMs)
      throw new Unavailable(`The program left running on ${root} (process ${left.join(', ')}) does not end`);
    for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(reapPollMs);
  }
  endStrays(root);
  removeNote(root, note.socketPath);
  if (note.socketPath !== undefined) removeHome(note.socketPath);
}

/** Undefined when there is none or it cannot be trusted: a crash may have cut it, the program may have changed it. */
function readNote(root: string): ProgramNote | undefined {
  try {
    const { pid, started, socketPath } = JSON.parse(readFileSync(noteFile(root), 'utf8')) as Partial<
      Record<keyof ProgramNote, unknown>
    >;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 1 || typeof started !== 'string') return undefined;
    return { pid: pid as number, started, socketPath: typeof socketPath === 'string' ? socketPath : undefined };
  } catch {
    return undefined;
  }
}

export const socketFile = 'program.sock';
export const socketFolderPrefix = 'linnet-';

/** Removes a socket and its folder, and nothing else whatever the path says. */
export function removeSocket(socketPath: string): void {
  const folder = dirname(socketPath);
  if (!socketPath.endsWith(`/${socketFile}`) || !folder.split('/').at(-1)!.startsWith(socketFolderPrefix)) return;
  try {
    rmSync(socketPath, { force: true });
    rmdirSync(folder);
  } catch {
    // It is gone already, or somebody put another file there, which stays.
  }
}

/** Removes the folder of a former server's sockets, when its last one is gone. */
function removeHome(socketPath: string): void {
  const folder = dirname(dirname(socketPath));
  if (!folder.split('/').at(-1)!.startsWith(socketFolderPrefix)) return;
  try {
    rmdirSync(folder);
  } catch {
    // Others are still there.
  }
}
