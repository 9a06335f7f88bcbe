import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { containerRootDefault } from '../contract/index.ts';
import { minimalEnvironment } from './environment.ts';

/** A command that runs another one in namespaces of its own, or why this host has none. */
export type Namespaces = { command(root: string, options: NamespaceOptions): string[] } | { why: string };

export interface NamespaceOptions {
  network: boolean;
  /** A host name of its own, and the file that takes the place of /etc/hosts. */
  host?: { name: string; hostsFile: string } | undefined;
}

/**
 * Gives a program its root at /opt/ml, in a mount namespace of its own: a file system in memory over /opt, in which all
 * that was there is bound again and the root beside it. $1 is the root, the rest the command. Nothing of it is seen outside.
 */
const script = `set -e
root=$1; shift
old=$root/tmp/.opt
mkdir -p "$old"
mount --rbind /opt "$old"
mount -t tmpfs -o mode=755,size=1m tmpfs /opt
for entry in "$old"/* "$old"/.[!.]*; do
  name=\${entry##*/}
  if [ "$name" = ml ]; then :
  elif [ -L "$entry" ]; then cp -P "$entry" "/opt/$name"
  elif [ -d "$entry" ]; then mkdir "/opt/$name"; mount --rbind "$entry" "/opt/$name"
  elif [ -e "$entry" ]; then : > "/opt/$name"; mount --bind "$entry" "/opt/$name"; fi
done
mkdir ${containerRootDefault}
mount --bind "$root" ${containerRootDefault}
umount -l "$old"
rmdir "$old"
cd ${containerRootDefault}
if [ -n "$LINNET_HOST_NAME" ]; then
  [ ! -e /etc/hosts ] || mount --bind "$LINNET_HOSTS_FILE" /etc/hosts
  hostname "$LINNET_HOST_NAME" 2>/dev/null || :
  unset LINNET_HOST_NAME LINNET_HOSTS_FILE
fi
if [ "$LINNET_NO_NETWORK" = 1 ]; then
  unset LINNET_NO_NETWORK
  ip link set lo up 2>/dev/null || :
fi
exec "$@"`;

/** As an ordinary user: where the host lets users have namespaces, in one of users too. */
const ways: readonly (readonly string[])[] = [['--mount'], ['--user', '--map-root-user', '--mount']];

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
  let last = '';
  try {
    for (const way of ways) {
      const [file, ...args] = commandOf(way, root, { network: false });
      const env = { ...minimalEnvironment(), LINNET_NO_NETWORK: '1' };
      const answer = await promisify(execFile)(file!, [...args, 'sh', '-c', 'pwd'], { env, timeout: 5_000 }).catch(
        (cause: { stderr?: string; message: string }) => ({ stdout: '', stderr: cause.stderr || cause.message }),
      );
      if (answer.stdout.trim() === containerRootDefault)
        return { command: (of, options) => commandOf(way, of, options) };
      last = answer.stderr.trim().split('\n').at(-1) ?? '';
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return { why: `this host does not allow a mount namespace (${last})` };
}

const commandOf = (way: readonly string[], root: string, { network, host }: NamespaceOptions): string[] => [
  ...(host === undefined ? [] : ['env', `LINNET_HOST_NAME=${host.name}`, `LINNET_HOSTS_FILE=${host.hostsFile}`]),
  'unshare',
  ...way,
  ...(network ? [] : ['--net']),
  ...(host === undefined ? [] : ['--uts']),
  ...['sh', '-c', script, 'sh', root],
];
