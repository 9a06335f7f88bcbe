import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { containerRootDefault } from '../contract/index.ts';
import { minimalEnvironment } from './environment.ts';
import { namespaceScript, scriptArguments, type View } from './namespace-script.ts';

/** A command that runs another one in namespaces of its own, or why this host has none. */
export type Namespaces =
  | {
      command(root: string, options: NamespaceOptions): string[];
      /** The program's end ends all that it started, and it sees no other processes. */
      ownProcesses: boolean;
      /** It has users of its own, which stand for the server's one. */
      ownUsers: boolean;
      /** It cannot undo what the namespaces hide. */
      bound: boolean;
    }
  | { why: string };

export interface NamespaceOptions {
  network: boolean;
  /** A host name of its own, and the file that takes the place of /etc/hosts. */
  host?: { name: string; hostsFile: string } | undefined;
  view: View;
  /** The user that the program runs as; the server's own when left out. */
  user?: ProgramUser | undefined;
}

export interface ProgramUser {
  uid: number;
  gid: number;
}

interface Way {
  ownUsers: boolean;
  ownProcesses: boolean;
  bound: boolean;
}

/** From the one that keeps most apart: as root, then as an ordinary user, where the host lets users have namespaces. */
const ways: readonly Way[] = [false, true].flatMap((ownUsers) =>
  [true, false].flatMap((bound) => [true, false].map((ownProcesses) => ({ ownUsers, bound, ownProcesses }))),
);

let found: Promise<Namespaces> | undefined;

/** What this host offers; looked for once. Never rejects. */
export function findNamespaces(): Promise<Namespaces> {
  found ??= lookFor();
  return found;
}

async function lookFor(): Promise<Namespaces> {
  if (process.platform !== 'linux') return { why: 'only Linux has mount namespaces' };
  if (!existsSync('/opt')) return { why: 'this host has no folder /opt' };
  const root = await mkdtemp(join(tmpdir(), 'linnet-namespaces-'));
  const view: View = { hiddenFolders: [root], hiddenFiles: [], shown: [] };
  let last = '';
  try {
    for (const way of ways) {
      const [file, ...args] = commandOf(way, root, { network: false, view });
      const env = { ...minimalEnvironment(), LINNET_NO_NETWORK: '1' };
      const answer = await promisify(execFile)(file!, [...args, 'sh', '-c', 'pwd'], { env, timeout: 5_000 }).catch(
        (cause: { stderr?: string; message: string }) => ({ stdout: '', stderr: cause.stderr || cause.message }),
      );
      if (answer.stdout.trim() === containerRootDefault)
        return { ...way, command: (of, options) => commandOf(way, of, options) };
      last = answer.stderr.trim().split('\n').at(-1) ?? '';
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return { why: `this host does not allow a mount namespace (${last})` };
}

function commandOf(
  { ownUsers, ownProcesses, bound }: Way,
  root: string,
  { network, host, view, user }: NamespaceOptions,
): string[] {
  return [
    'unshare',
    '--mount',
    ...(ownUsers ? ['--user', '--map-root-user'] : []),
    ...(ownProcesses ? ['--pid', '--fork', '--kill-child', '--mount-proc'] : []),
    ...(network ? [] : ['--net']),
    ...(host === undefined
      ? []
      : ['--uts', 'env', `LINNET_HOST_NAME=${host.name}`, `LINNET_HOSTS_FILE=${host.hostsFile}`]),
    ...['sh', '-c', namespaceScript, 'sh', ...scriptArguments(root, view)],
    ...(bound ? bindingOf(user) : []),
  ];
}

/** What programs in containers usually may as root; not among it are mounts, other programs' memory and devices. */
const rootMay = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'net_bind_service'];

/** Takes from the program what would let it undo its namespaces. */
const bindingOf = (user: ProgramUser | undefined): string[] => [
  ...['setpriv', '--no-new-privs', '--inh-caps=-all'],
  `--bounding-set=${['-all', ...(user === undefined ? rootMay.map((name) => `+${name}`) : [])].join(',')}`,
  ...(user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']),
];
