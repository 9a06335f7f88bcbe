import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../base/index.ts';
import { containerRootDefault, hostAddressesVariable } from '../contract/index.ts';
import type { ForeignProgram, Program } from './compute.ts';
import { environmentOf, type Listening } from './environment.ts';
import { writeHostsFile } from './host-addresses.ts';
import { limiting } from './limits.ts';
import type { View } from './namespace-script.ts';
import { findNamespaces, type ProgramUser } from './namespaces.ts';

/** What is kept from programs that are not ours, where the host allows it. */
export interface Isolation {
  /** Folders of the server, such as the one with its data and keys. */
  hiddenFolders: readonly string[];
  /** Files of the server elsewhere. */
  hiddenFiles: readonly string[];
  /** The user that they run as; the server's own when left out. Only root can give them another one. */
  user?: ProgramUser | undefined;
  /** Memory that one process may write to; no limit when left out. */
  memoryBytes?: number | undefined;
}

export interface IsolatedCommand {
  command: readonly string[];
  env: Record<string, string>;
  /**
   * A shell starts it, which hears no SIGTERM: the program does from the line on that it announces itself with (see `limiting`). The
   * exit code is the shell's, which says 128 and a number for a signal.
   */
  throughShell: boolean;
}

/** The command and environment of a program: one that is not ours gets the namespaces and limits that the host has. */
export async function isolate(
  program: Program,
  listening: Listening | undefined,
  isolation: Isolation,
): Promise<IsolatedCommand> {
  const { command, root, foreign, host, onLine } = program;
  if (foreign === undefined) return { command, env: environmentOf(program, listening), throughShell: false };
  const namespaces = await findNamespaces();
  if ('why' in namespaces) return withoutNamespaces(program, listening, isolation, namespaces.why);
  const { user } = isolation;
  if (user !== undefined) await giveAway(root, listening, user);
  // In a network of its own nobody could reach it.
  const network = foreign.network || listening?.port !== undefined || host !== undefined;
  if (network !== foreign.network)
    await onLine(
      `Linnet: the network cannot be kept from this program, since it ${host === undefined ? 'answers on a port' : 'talks to its other hosts'}`,
    );
  if (!namespaces.bound)
    await onLine("Linnet: this program could undo what hides the server's data: this host has no working setpriv");
  if (!namespaces.ownProcesses)
    await onLine('Linnet: this program sees the other processes: this host allows no namespace of processes');
  const named = host && { name: host.name, hostsFile: writeHostsFile(root, host) };
  const view = viewOf(foreign, listening, isolation);
  return {
    command: [
      ...namespaces.command(root, { network, host: named, view, user }),
      ...limiting({
        memoryBytes: isolation.memoryBytes,
        ownUsers: namespaces.ownUsers || user !== undefined,
        announces: namespaces.ownProcesses,
      }),
      ...command,
    ],
    env: {
      ...environmentOf(program, listening, containerRootDefault),
      ...(network ? {} : { LINNET_NO_NETWORK: '1' }),
    },
    throughShell: namespaces.ownProcesses,
  };
}

function viewOf({ folders = [] }: ForeignProgram, listening: Listening | undefined, isolation: Isolation): View {
  const { socketPath } = listening ?? {};
  const { hiddenFolders, hiddenFiles } = isolation;
  if (hiddenFolders.length === 0) return { hiddenFolders, hiddenFiles, shown: [] };
  return {
    hiddenFolders,
    hiddenFiles,
    shown: [
      ...folders.map((path) => ({ path, real: realpathSync(path), writable: false })),
      ...(socketPath === undefined ? [] : [shownSocket(dirname(socketPath))]),
    ],
  };
}

const shownSocket = (path: string) => ({ path, real: realpathSync(path), writable: true });

/** Another user of the system cannot read what the server laid out, nor make a socket. */
async function giveAway(root: string, listening: Listening | undefined, { uid, gid }: ProgramUser): Promise<void> {
  const { socketPath } = listening ?? {};
  const paths = [root, ...(socketPath === undefined ? [] : [dirname(socketPath)])];
  await promisify(execFile)('chown', ['-hR', `${uid}:${gid}`, ...paths]);
}

async function withoutNamespaces(
  program: Program,
  listening: Listening | undefined,
  isolation: Isolation,
  why: string,
): Promise<IsolatedCommand> {
  const { command, root, foreign, host, onLine } = program;
  if (isolation.user !== undefined)
    throw new Unavailable(`Programs cannot run as another user: ${why}`, { retry: false });
  await onLine(
    `Linnet: the files of this program are in ${root}, not in ${containerRootDefault} (SAGEMAKER_BASE_DIR says so): ${why}`,
  );
  if (isolation.hiddenFolders.length > 0)
    await onLine(`Linnet: the server's data cannot be hidden from this program: ${why}`);
  if (!foreign!.network) await onLine(`Linnet: the network cannot be kept from this program: ${why}`);
  if (host !== undefined)
    await onLine(
      `Linnet: the names of the hosts do not resolve (${hostAddressesVariable} has their addresses): ${why}`,
    );
  return {
    command: [
      ...limiting({ memoryBytes: isolation.memoryBytes, ownUsers: false, announces: false }),
      ...command.map((word) => onHost(word, root)),
    ],
    env: environmentOf(program, listening),
    throughShell: false,
  };
}

/** What a program finds at its root is elsewhere on the host. */
export const isBelowRoot = (path: string): boolean => path.startsWith(`${containerRootDefault}/`);
const onHost = (path: string, root: string): string =>
  isBelowRoot(path) ? join(root, path.slice(containerRootDefault.length)) : path;
