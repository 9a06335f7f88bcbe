import { containerRootDefault } from '../../contract/index.ts';
import { ask } from './client.ts';
import type { Engine } from './state.ts';

const timeoutMs = 120_000;

/**
 * Gives the files that a container's users left in a root to the user of this server, who could not remove them else.
 * Returns why that failed; undefined when it is done or nothing was to do.
 */
export async function takeBack(
  { kind, command, rootless }: Engine,
  root: string,
  image: string,
): Promise<string | undefined> {
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (user === 0) return undefined;
  // To a rootless engine this user is root, and others are numbers that only its own user namespace has.
  const owner = rootless ? '0:0' : `${user}:${group}`;
  const args =
    kind === 'podman' && rootless
      ? ['unshare', 'chown', '--recursive', '--no-dereference', owner, root]
      : [
          ...['run', '--rm', '--pull', 'never', '--network', 'none', '--user', '0', '--entrypoint=chown'],
          ...['--volume', `${root}:${containerRootDefault}`, '--', image, '-R', '-h', owner, containerRootDefault],
        ];
  const { code, fault } = await ask(command, args, timeoutMs);
  return code === 0 ? undefined : fault;
}
